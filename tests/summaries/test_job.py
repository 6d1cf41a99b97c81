import logging
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from captions.models import Session, Summary, User
from captions.models.summary import CANCELLED, FAILED, READY, WAITING, WORKING
from captions.summaries import asking, client, job, tasks
from captions.summaries.asking import SummaryError
from captions.summaries.errors import AWAY, BROKE_OFF, MISCONFIGURED, ODD, REFUSED
from captions.summaries.service import configured
from captions.transcripts import trash
from captions.transcripts.changes import GoneError
from tests.factories import make_ended_session, make_session, make_user
from tests.summaries.fake import DONE, TEXT, FakeService, said


@pytest.fixture
def session(user: User) -> Session:
    return make_ended_session(user, ["We met at nine.", "Call Ada."])


def ask(session: Session) -> Summary:
    service = configured()
    assert service
    return asking.ask(session, service)


def write(summary: Summary) -> Summary:
    job.write(summary.pk)
    summary.refresh_from_db()
    return summary


def due_again(summary: Summary) -> None:
    Summary.objects.filter(pk=summary.pk).update(due_at=timezone.now() - timedelta(seconds=1))


def test_a_summary_is_written(session: Session, service: FakeService) -> None:
    summary = write(ask(session))
    assert (summary.state, summary.text, summary.message) == (READY, TEXT, "")
    assert (summary.host, summary.model, summary.due_at) == ("127.0.0.1", "small-model", None)
    assert summary.made_at
    system, user = service.asked[0].body["messages"]
    assert system["content"].startswith("You are given the transcript")
    assert user["content"] == "We met at nine.\nCall Ada."
    write(summary)
    assert len(service.asked) == 1, "once"


def test_the_transcript_stays_as_it_is(session: Session, service: FakeService) -> None:
    before = list(session.utterances.values()), session.title, list(session.notes.values())
    write(ask(session))
    session.refresh_from_db()
    assert (list(session.utterances.values()), session.title, list(session.notes.values())) == before


def test_with_the_instructions_of_the_account(session: Session, service: FakeService, user: User) -> None:
    User.objects.update(summary_prompt="In one word.")
    assert write(ask(session)).prompt == "In one word."
    assert service.asked[0].body["messages"][0] == {"role": "system", "content": "In one word."}


def test_it_grows_while_it_is_written(
    session: Session, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "_SAVE_SECONDS", 0.0)
    saved: list[str] = []
    renew = Summary.renew

    def watched(self: Summary, *args: object, **values: object) -> None:
        if "text" in values:
            saved.append(str(values["text"]))
        renew(self, *args, **values)  # type: ignore[arg-type]

    monkeypatch.setattr(Summary, "renew", watched)
    assert write(ask(session)).state == READY
    assert saved[0] == "# The pier\n\nThey met "
    assert saved[-1] == TEXT


@pytest.mark.parametrize(
    ("status", "parts", "reason"),
    [
        (401, (b"",), MISCONFIGURED),
        (404, (b"",), MISCONFIGURED),
        (400, (b"",), REFUSED),
        (200, (b"data: {\n\n",), ODD),
        (200, (said(" "), DONE), ODD),
        (200, (said("<think>Hm.</think>"), DONE), ODD),
        (200, (said("x" * 60_000), DONE), BROKE_OFF),
    ],
)
def test_it_fails_at_once(
    session: Session, service: FakeService, status: int, parts: tuple[bytes, ...], reason: str
) -> None:
    service.status, service.parts = status, parts
    summary = write(ask(session))
    assert (summary.state, summary.message, summary.due_at) == (FAILED, reason, None)


def test_a_busy_service_is_asked_again_when_it_wants_and_not_for_ever(
    session: Session, service: FakeService
) -> None:
    service.status, service.headers, service.parts = 429, {"Retry-After": "600"}, (b"",)
    summary = ask(session)
    for _ in range(2):
        write(summary)
        assert (summary.state, summary.message) == (WAITING, AWAY)
        assert summary.due_at
        assert summary.due_at > timezone.now() + timedelta(seconds=500)
        write(summary)
        due_again(summary)
    write(summary)
    assert (summary.state, summary.message, summary.due_at) == (FAILED, AWAY, None)
    assert len(service.asked) == 3


def test_it_is_there_after_a_hitch(session: Session, service: FakeService) -> None:
    good = service.parts
    service.parts = (said("# Half"),)
    summary = write(ask(session))
    assert (summary.state, summary.message) == (WAITING, BROKE_OFF)
    due_again(summary)
    service.parts = good
    write(summary)
    assert (summary.state, summary.message, summary.text) == (READY, "", TEXT)


def test_what_a_killed_worker_began_is_begun_again(session: Session, service: FakeService) -> None:
    summary = ask(session)
    now = timezone.now()
    assert Summary.objects.claim(summary.pk, now, state=WORKING, text="# Half")
    job.write(summary.pk)
    assert not service.asked, "the other one may still be alive"
    due_again(summary)
    assert write(summary).text == TEXT


def test_one_that_kills_each_worker_is_given_up(session: Session, service: FakeService) -> None:
    summary = ask(session)
    Summary.objects.update(attempts=3, state=WORKING)
    assert (write(summary).state, summary.message) == (FAILED, BROKE_OFF)
    assert not service.asked


@pytest.mark.parametrize("how", ["cancelled", "trashed", "deleted"])
def test_nobody_wants_it_any_more(
    how: str, transactional_db: None, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(job, "_SAVE_SECONDS", 0.0)
    user = make_user()
    session = make_ended_session(user, ["We met at nine."])
    service.parts = (said("# The pier"), DONE)
    service.go_on.clear()
    summary = ask(session)

    def stop() -> None:
        if how == "cancelled":
            asking.cancel(session)
        elif how == "trashed":
            trash.delete(user, [session.pk], timezone.now())
        else:
            session.erase()
        connection.close()

    thread, real = threading.Thread(target=stop), Summary.renew

    def renew(self: Summary, *args: object, **values: object) -> None:
        if self.text and not thread.ident:
            thread.start()
            thread.join()
        real(self, *args, **values)  # type: ignore[arg-type]

    monkeypatch.setattr(Summary, "renew", renew)
    job.write(summary.pk)
    assert service.left.wait(60), "it has hung up"
    found = Summary.objects.filter(pk=summary.pk).values("state", "text", "due_at")
    assert list(found) == (
        [{"state": CANCELLED, "text": "# The pier", "due_at": None}] if how == "cancelled" else []
    )


def test_it_was_switched_off_meanwhile(session: Session, service: FakeService, settings: Settings) -> None:
    summary = ask(session)
    settings.LLM_BASE_URL = ""
    assert (write(summary).state, summary.message) == (FAILED, MISCONFIGURED)
    assert not service.asked


def test_a_transcript_that_has_grown_too_long(
    session: Session, service: FakeService, settings: Settings
) -> None:
    summary = ask(session)
    settings.LLM_CHARACTERS = 10
    assert (write(summary).state, summary.message) == (FAILED, REFUSED)
    assert not service.asked


def test_what_cannot_be_summarised(
    session: Session, service: FakeService, settings: Settings, user: User
) -> None:
    running = make_session(user, ["One."])
    empty = make_ended_session(user, [])
    for each, sentence in ((running, "still running"), (empty, "no words")):
        with pytest.raises(SummaryError, match=sentence):
            ask(each)
    settings.LLM_CHARACTERS = 24
    with pytest.raises(SummaryError, match="allows 24 characters"):
        ask(session)
    settings.LLM_CHARACTERS = 26
    pending = ask(session)
    assert ask(session) == pending
    with pytest.raises(SummaryError, match="Another of your transcripts"):
        ask(make_ended_session(user, ["One."]))
    assert ask(make_ended_session(make_user(), ["One."])), "others do not wait"
    trash.delete(user, [session.pk], timezone.now())
    with pytest.raises(GoneError):
        ask(session)


def test_a_new_one_takes_the_place_of_the_old(session: Session, service: FakeService) -> None:
    old = write(ask(session))
    new = ask(session)
    assert new.pk != old.pk
    assert list(Summary.objects.values_list("pk", flat=True)) == [new.pk]
    asking.cancel(session)
    assert ask(session).pk != new.pk


def test_what_waits_is_queued_again(
    session: Session, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[object] = []
    monkeypatch.setattr(tasks.write_summary, "apply_async", lambda args, **_: queued.append(args))
    summary = ask(session)
    tasks.resume_summaries()
    assert queued == [[str(summary.pk)]]
    tasks.write_summary(str(summary.pk))
    summary.refresh_from_db()
    assert summary.state == READY


def test_logs_have_neither_words_nor_the_key(
    session: Session, service: FakeService, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    write(ask(session))
    service.status, service.parts = 401, (b"secret words",)
    write(ask(session))
    said_of_it = "\n".join(
        record.getMessage() for record in caplog.records if record.name != "django.db.backends"
    )
    assert "summary_written" in said_of_it
    assert "summary_failed" in said_of_it
    for private in ("sk-hidden", "nine", "Ada", "secret words"):
        assert private not in said_of_it
