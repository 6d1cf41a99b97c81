import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from captions.account.archive.account import account
from captions.account.archive.contents import of_session
from captions.models import Session, Summary, User
from captions.models.summary import CANCELLED, FAILED, READY, USUAL_PROMPT, WAITING, WORKING
from captions.summaries import tasks
from captions.summaries.errors import AWAY, MISCONFIGURED
from captions.transcripts import trash
from tests.factories import make_ended_session, make_session, make_user
from tests.summaries.fake import TEXT

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _a_service(settings: Settings) -> None:
    settings.LLM_BASE_URL, settings.LLM_MODEL = "https://llm.example.org/v1", "small-model"


@pytest.fixture
def session(user: User) -> Session:
    return make_ended_session(user, ["We met at nine."], title="The talk")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What Celery workers were asked to write."""
    told: list[str] = []
    monkeypatch.setattr(tasks.write_summary, "delay", told.append)
    return told


def path(session: Session, name: str = "session-summary") -> str:
    return reverse(name, args=[session.pk])


def text(client: Client, path: str, **options: Any) -> str:
    answer = client.get(path, **options)
    assert answer.status_code == 200
    return str(answer.content.decode())


def summary(session: Session, **fields: Any) -> Summary:
    values = {"state": READY, "text": TEXT, "due_at": None, "made_at": timezone.now(), "prompt": "In a word."}
    named = {"host": "llm.example.org", "model": "small-model"}
    return Summary.objects.create(session=session, **{**values, **named, **fields})


def test_the_page_says_where_the_text_goes_before_it_is_sent(visitor: Client, session: Session) -> None:
    assert path(session) in text(visitor, session.get_absolute_url())
    page = text(visitor, path(session))
    assert "it is sent to llm.example.org (small-model)." in page
    assert "The recording is not sent." in page
    assert "Sum it up in the language of the transcript" in page
    assert not Summary.objects.exists()


def test_it_is_asked_for_once_and_grows_on_the_page(
    visitor: Client, session: Session, asked: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            answer = visitor.post(path(session))
        assert answer.headers["Location"] == f"{session.get_absolute_url()}#summary"
    row = Summary.objects.get()
    assert set(asked) == {str(row.pk)}
    page = text(visitor, session.get_absolute_url())
    assert "It is waiting in the queue." in page
    Summary.objects.update(state=WORKING, text="# The pier\n\nThey <b>met")
    part = text(visitor, path(session), headers=HTMX)
    assert "<html" not in part
    assert 'hx-trigger="every 1s"' in part
    assert "The pier</h2>" in part
    assert "They &lt;b&gt;met</p>" in part
    assert "Being written…" in part
    Summary.objects.update(state=READY, text=TEXT, due_at=None, made_at=timezone.now())
    part = text(visitor, path(session), headers=HTMX)
    assert "hx-get" not in part
    assert "<li>Call Ada</li>" in part
    assert "Written by a language model (small-model, llm.example.org)" in part


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"state": FAILED, "message": MISCONFIGURED}, "its address, its key or its model is wrong."),
        ({"state": CANCELLED}, "You have cancelled this."),
        (
            {"state": WAITING, "message": AWAY, "due_at": timezone.now()},
            "The service cannot be reached, or is busy. The next attempt is at ",
        ),
    ],
)
def test_how_it_is_going(visitor: Client, session: Session, fields: dict[str, Any], shown: str) -> None:
    summary(session, **fields)
    assert shown in text(visitor, session.get_absolute_url())


def test_it_is_cancelled_and_deleted(visitor: Client, session: Session) -> None:
    summary(session, state=WORKING, due_at=timezone.now(), text="# Half")
    assert visitor.get(path(session, "session-summary-cancel")).status_code == 405
    visitor.post(path(session, "session-summary-cancel"))
    row = Summary.objects.get()
    assert (row.state, row.text, row.due_at) == (CANCELLED, "# Half", None)
    assert (
        visitor.post(path(session, "session-summary-delete")).headers["Location"]
        == session.get_absolute_url()
    )
    assert not Summary.objects.exists()
    assert visitor.post(path(session, "session-summary-delete")).status_code == 302
    assert text(visitor, path(session), headers=HTMX).strip() == ""


def test_one_that_is_ready_cannot_be_cancelled(visitor: Client, session: Session) -> None:
    summary(session)
    visitor.post(path(session, "session-summary-cancel"))
    assert Summary.objects.get().state == READY


def test_its_title_becomes_that_of_the_transcript(visitor: Client, session: Session) -> None:
    summary(session)
    page = text(visitor, session.get_absolute_url())
    assert '<input type="hidden" name="title" value="The pier">' in page
    visitor.post(path(session, "session-rename"), {"title": "The pier"})
    assert 'name="title" value="The pier">' not in text(visitor, path(session), headers=HTMX)


def test_a_refusal_is_a_sentence(visitor: Client, user: User, settings: Settings, session: Session) -> None:
    running = make_session(user, ["One."])
    answer = visitor.post(path(running))
    assert answer.status_code == 400
    assert "This dictation is still running." in answer.content.decode()
    assert path(running) not in text(visitor, running.get_absolute_url())
    settings.LLM_CHARACTERS = 5
    assert "allows 5 characters" in visitor.post(path(session)).content.decode()
    assert not Summary.objects.exists()


def test_without_a_service_there_is_nothing(visitor: Client, session: Session, settings: Settings) -> None:
    summary(session)
    settings.LLM_BASE_URL = ""
    page = text(visitor, session.get_absolute_url())
    assert path(session) not in page
    assert "The pier" not in page
    assert visitor.get(path(session)).status_code == 404
    assert visitor.post(path(session)).status_code == 404
    page = text(visitor, reverse("settings"))
    assert "summary_prompt" not in page
    assert "nothing is sent to another service" in page


def test_only_of_ones_own_transcripts(visitor: Client, user: User, asked: list[str]) -> None:
    theirs = make_ended_session(make_user(), ["We met at nine."])
    deleted = make_ended_session(user, ["We met at nine."])
    for each in (theirs, deleted):
        summary(each, state=WORKING, due_at=timezone.now())
    Summary.objects.update(state=READY, due_at=None)
    trash.delete(user, [deleted.pk], timezone.now())
    for each in (theirs, deleted):
        assert visitor.get(path(each)).status_code == 404
        for name in ("session-summary", "session-summary-cancel", "session-summary-delete"):
            assert visitor.post(path(each, name)).status_code == 404
    assert Summary.objects.count() == 2
    assert not asked


def test_only_for_people_with_an_account(client: Client, session: Session) -> None:
    for name in ("session-summary", "session-summary-cancel", "session-summary-delete"):
        assert client.post(path(session, name)).headers["Location"].startswith("/accounts/login/")
    assert not Summary.objects.exists()


def test_a_form_of_another_site_does_nothing(user: User, session: Session) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    assert client.post(path(session)).status_code == 403
    assert not Summary.objects.exists()


def test_the_trash_keeps_one_that_is_ready_and_drops_one_that_waits(session: Session, user: User) -> None:
    other = make_ended_session(user, ["One."])
    ready, waiting = summary(session), summary(other, state=WAITING, due_at=timezone.now())
    trash.delete(user, [session.pk, other.pk], timezone.now())
    assert list(Summary.objects.all()) == [ready]
    assert waiting.pk
    trash.erase(trash.of(user))
    assert not Summary.objects.exists()


def test_an_account_has_its_own_instructions(visitor: Client, user: User) -> None:
    page = visitor.get(reverse("settings"))
    form = page.context["form"]
    assert form.initial["summary_prompt"] == str(USUAL_PROMPT)
    assert "only when you have it summarised" in page.content.decode()
    data = {name: value for name, value in form.initial.items() if value is not None and value != []}
    data |= {"vocabulary": "", "replacements": ""}

    def save(prompt: str) -> str:
        assert visitor.post(reverse("settings"), {**data, "summary_prompt": prompt}).status_code == 302
        user.refresh_from_db()
        return user.summary_prompt

    assert save("In one\r\nword.") == "In one\nword."
    assert account(user)["settings"]["summary_prompt"] == "In one\nword."
    assert save(str(USUAL_PROMPT)) == ""
    assert save("") == ""
    refused = visitor.post(reverse("settings"), {**data, "summary_prompt": "x" * 4_001})
    assert refused.status_code == 400
    assert "The instructions can have at most 4000 characters." in refused.content.decode()


def test_an_archive_has_it(session: Session) -> None:
    def about() -> Any:
        member = next(each for each in of_session(session) if each.name.endswith("about.json"))
        return json.loads(b"".join(member.chunks))

    assert "summary" not in about()
    summary(session)
    assert about()["summary"]["text"] == TEXT
    assert about()["summary"]["instructions"] == "In a word."
