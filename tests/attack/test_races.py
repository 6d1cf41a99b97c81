"""Several requests at the same moment, each with a connection of its own, for all that is to be “at most” or “once”."""

import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from captions.actions import changing as actions
from captions.audience import sharing
from captions.core.errors import RefusedError
from captions.core.places import Places
from captions.live.feed import admission as feed
from captions.live.signaling import admission
from captions.models import (
    MOST_ACTIONS,
    MOST_OUTPUTS,
    MOST_SHARES,
    MOST_TAGS,
    MOST_TOKENS,
    MOST_WEBHOOKS,
    ApiToken,
    Archive,
    CaptionOutput,
    Proposal,
    Recording,
    Scope,
    Session,
    Share,
    Summary,
    TranscriptGap,
    Upload,
    User,
    WebhookDelivery,
)
from captions.outputs.adding import add
from captions.outputs.addresses import read
from captions.protocol.feed_frames import Listen
from captions.protocol.messages import MessageError, Offer
from captions.recordings import delivered
from captions.second_pass import asking, deciding
from captions.summaries import asking as summaries
from captions.summaries.service import configured
from captions.tokens import limits
from captions.tokens.issuing import issue
from captions.transcripts import acting, tagging, trash
from tests.factories import make_ended_session, make_session, make_user
from tests.second_pass.conftest import Heard, propose, session, sound, user
from tests.storages import store_below
from tests.transcripts.test_obeying import save
from tests.webhooks.support import make_webhook

__all__ = ["propose", "session", "sound", "user"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quiet_log")]

T = TypeVar("T")
# The pool of connections has eight.
_AT_ONCE = 6
_REFUSALS = (RefusedError, MessageError, limits.TooManyRequestsError)


def together(*works: Callable[[], T]) -> list[T | Exception]:
    """What comes of all of them, begun at the same moment; refusals as they are."""
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], T]) -> T | Exception:
        try:
            # So that nobody waits for a connection behind the barrier.
            connection.ensure_connection()
            barrier.wait(60)
            return work()
        except _REFUSALS as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))


def refused(found: Sequence[object]) -> int:
    return sum(isinstance(each, _REFUSALS) for each in found)


def page(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def posted(user: User, path: str, form: dict[str, Any] | None = None, times: int = _AT_ONCE) -> list[int]:
    """The statuses of so many equal posts, each from a browser of its own."""
    clients = [page(user) for _ in range(times)]
    found = together(*(lambda client=client: client.post(path, form or {}).status_code for client in clients))
    return sorted(int(each) for each in found)  # type: ignore[arg-type]


# --- At most ----------------------------------------------------------------------------------------


def test_files(settings: Settings, tmp_path: Path) -> None:
    settings.LIMIT_UPLOADS_PER_USER, settings.UPLOAD_DIR = 2, tmp_path
    maren = make_user()
    clients = [page(maren) for _ in range(_AT_ONCE)]

    def announced(number: int) -> Callable[[], int]:
        form = {"name": f"{number}.wav", "size": 10}
        return lambda: int(clients[number].post("/uploads/", form).status_code)

    assert sorted(together(*map(announced, range(_AT_ONCE)))) == [201] * 2 + [429] * 4  # type: ignore[type-var]
    assert Upload.objects.count() == 2


def test_the_same_file_is_one() -> None:
    maren = make_user()
    assert posted(maren, "/uploads/", {"name": "a.wav", "size": 10, "modified": 1}) == [201] * _AT_ONCE
    assert Upload.objects.count() == 1


def test_tokens() -> None:
    maren, now = make_user(), timezone.now()
    for number in range(MOST_TOKENS - 1):
        issue(maren, name=str(number), scopes=[Scope.READ], now=now)
    found = together(*[lambda: issue(maren, name="x", scopes=[Scope.READ], now=now)] * _AT_ONCE)
    assert refused(found) == _AT_ONCE - 1
    assert ApiToken.objects.count() == MOST_TOKENS


def test_webhooks() -> None:
    maren = make_user()
    for _ in range(MOST_WEBHOOKS - 1):
        make_webhook(maren)
    assert refused(together(*[lambda: make_webhook(maren)] * _AT_ONCE)) == _AT_ONCE - 1
    assert maren.webhooks.count() == MOST_WEBHOOKS


def test_actions() -> None:
    maren, wanted = make_user(), actions.Wanted("Light", "turn on", "send", "")
    for _ in range(MOST_ACTIONS - 1):
        actions.add(maren, wanted)
    assert refused(together(*[lambda: actions.add(maren, wanted)] * _AT_ONCE)) == _AT_ONCE - 1
    assert maren.spoken_actions.count() == MOST_ACTIONS


def test_an_action_that_asked_first_is_sent_once() -> None:
    maren = make_user(commands=True)
    make_webhook(maren, events=["command.spoken"])
    actions.add(maren, actions.Wanted("Gate", "open the gate", "ask", ""))
    session = make_session(maren)
    save(session, "Open the gate.")
    assert refused(together(*[lambda: acting.confirm(session, 1, maren)] * _AT_ONCE)) == _AT_ONCE - 1
    assert WebhookDelivery.objects.count() == 1


def test_share_links() -> None:
    session, now = make_session(make_user()), timezone.now()
    for _ in range(MOST_SHARES - 1):
        sharing.make(session, now=now)
    assert refused(together(*[lambda: sharing.make(session, now=now)] * _AT_ONCE)) == _AT_ONCE - 1
    assert Share.objects.count() == MOST_SHARES


def test_outputs() -> None:
    session = make_session(make_user())
    addresses = [
        read(f"https://wmcc.zoom.us/closedcaption?id={number}&ns=1&expire=1&sparams=id&signature=x", ())
        for number in range(_AT_ONCE + MOST_OUTPUTS - 1)
    ]
    for address in addresses[_AT_ONCE:]:
        add(session, address)
    found = together(*(lambda each=each: add(session, each) for each in addresses[:_AT_ONCE]))
    assert refused(found) == _AT_ONCE - 1
    assert CaptionOutput.objects.count() == MOST_OUTPUTS


def test_tags() -> None:
    maren = make_user()
    session = make_session(maren)
    tagging.add(maren, [session], ",".join(map(str, range(MOST_TAGS - 1))))
    found = together(*(lambda name=name: tagging.add(maren, [session], name) for name in "abcdef"))
    assert refused(found) == _AT_ONCE - 1
    assert session.tags.count() == MOST_TAGS


@pytest.mark.parametrize("kept", [True, False])
def test_sessions_of_pages_and_programs_together(kept: bool, settings: Settings) -> None:
    settings.LIMIT_SESSIONS_PER_USER = 2
    maren = make_user()
    mine = [make_session(maren) for _ in range(3)]
    pages = [lambda each=each: admission.admit(maren, each.pk, Offer(1, "v=0")) for each in mine]
    programs = [lambda: feed.admit(maren, Listen(), kept=kept)] * 3
    found = together(*pages, *programs)
    assert refused(found) == 4
    for each in found:
        if isinstance(each, feed.FedSession):
            each.leave()


def test_sockets_and_requests_of_a_token(settings: Settings) -> None:
    settings.LIMIT_TOKEN_REQUESTS_AT_ONCE = 3
    token = issue(make_user(), name="x", scopes=[Scope.READ], now=timezone.now())[0]
    assert refused(together(*[lambda: limits.take_place(token.pk)] * _AT_ONCE)) >= 3
    # Each knows how many were there before it, so that of any number exactly as many are let in as may.
    places = Places("whisperstream:test:", seconds=30)
    counts = together(*(lambda name=name: places.take("maren", name) for name in "abcdef"))
    assert sorted(counts) == list(range(6))  # type: ignore[type-var]


def test_second_passes(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings.LIMIT_UPLOADS_PER_USER = 1
    store_below(tmp_path, "sound", Recording, monkeypatch)
    maren = make_user()
    sessions = [make_ended_session(maren, ["One."]) for _ in range(4)]
    for each in sessions:
        Recording.objects.create(
            session=each, file="x.opus", duration_ms=2_000, size=4, kept_at=timezone.now()
        )
    found = together(*(lambda each=each: asking.ask(each) for each in sessions))
    assert (refused(found), Proposal.objects.count()) == (3, 1)
    asked = Proposal.objects.get().session
    assert refused(together(*[lambda: asking.ask(asked)] * _AT_ONCE)) == 0
    assert Proposal.objects.count() == 1


def test_summaries() -> None:
    maren = make_user()
    sessions = [make_ended_session(maren, ["One."]) for _ in range(4)]
    service = configured()
    assert service
    found = together(*(lambda each=each: summaries.ask(each, service) for each in sessions))
    assert (refused(found), Summary.objects.count()) == (3, 1)
    asked = Summary.objects.get().session
    assert refused(together(*[lambda: summaries.ask(asked, service)] * _AT_ONCE)) == 0
    assert Summary.objects.count() == 1


# --- Once ------------------------------------------------------------------------------------------


def test_a_dictation_is_continued_by_several_tabs() -> None:
    maren = make_user()
    session = make_ended_session(maren, ["One."])
    assert posted(maren, f"/sessions/{session.pk}/continue/") == [200] * _AT_ONCE
    session.refresh_from_db()
    assert (session.ended_at, session.continuations) == (None, _AT_ONCE)


def test_a_transcript_is_deleted_and_restored_by_several_tabs(settings: Settings) -> None:
    maren = make_user()
    session = make_ended_session(maren, ["One."])
    found = together(*[lambda: trash.delete(maren, [session.pk], timezone.now())] * _AT_ONCE)
    assert not refused(found)
    assert Session.all_objects.get().trashed_at is not None
    clients = [page(maren) for _ in range(_AT_ONCE)]

    def done(number: int) -> Callable[[], int]:
        path = "restore" if number % 2 else "erase"
        form = {"session": str(session.pk), "sure": "yes"}
        return lambda: int(clients[number].post(f"/sessions/deleted/{path}/", form).status_code)

    statuses = together(*map(done, range(_AT_ONCE)))
    assert all(isinstance(each, int) and each < 500 for each in statuses)
    left = Session.all_objects.first()
    assert left is None or left.trashed_at is None


def test_what_was_suggested_is_decided_once(session: Session, user: User, propose: Heard) -> None:
    items = propose(("We met at wine.", 100), ("All was mine.", 2_100), ("And what now", 6_000))
    accepted = [lambda: deciding.accept(session, items[0].number, user)] * 3
    both = [lambda: deciding.accept_all(session, user), lambda: deciding.keep_all(session)]
    kept = [lambda: deciding.keep(session, items[1].number)]
    assert not refused(together(*accepted, *both, *kept))
    assert not Proposal.objects.get().items.filter(state="open").exists()
    rows = list(session.utterances.with_text().in_time())
    assert (rows[0].text, rows[0].version) == ("We met at wine.", 2)
    assert all(row.version <= 2 for row in rows)
    assert len([row for row in rows if row.text == "And what now"]) <= 1
    undone = [lambda: deciding.reopen(session, items[0].number, user)] * 3
    together(*undone)
    assert session.utterances.get(seq=1).text == "We met at nine."
    assert session.utterances.get(seq=1).version == 3


def test_an_archive_is_made_once() -> None:
    maren = make_user()
    statuses = posted(maren, "/settings/data/archive/")
    assert all(status < 400 for status in statuses)
    assert Archive.objects.count() == 1


def test_an_account_is_left_once() -> None:
    maren = make_user()
    clients = [page(maren) for _ in range(_AT_ONCE)]
    statuses = together(
        *(lambda each=each: each.post("/settings/data/delete/").status_code for each in clients)
    )
    assert all(isinstance(each, int) and each < 500 for each in statuses)


def test_a_dictation_that_began_without_the_server_is_entered_once() -> None:
    maren = make_user()
    form = {"id": str(uuid.uuid4()), "began_ago_ms": 60_000, "clock_ms": 30_000, "ended_ago_ms": 20_000}
    statuses = posted(maren, "/tape/sessions/", form)
    assert statuses == [200] * (_AT_ONCE - 1) + [201]
    assert Session.objects.count() == 1


def test_a_delivery_is_taken_once(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("captions.live.tape.views.recover_soon", lambda: None)
    monkeypatch.setattr(delivered, "take", lambda *args, **options: 2_000)
    maren = make_user()
    session = make_session(maren, clock_ms=9_000, settled_ms=9_000, gen=1)
    path = f"/sessions/{session.pk}/tape/?id={uuid.uuid4()}&start_ms=0&end_ms=2000"
    assert posted(maren, path) == [200] * _AT_ONCE
    assert TranscriptGap.objects.count() == 1


def test_words_that_are_added_at_once_are_all_there() -> None:
    maren = make_user()
    clients = [page(maren) for _ in range(_AT_ONCE)]

    def added(number: int) -> Callable[[], int]:
        return lambda: int(
            clients[number].post("/settings/vocabulary/add/", {"word": f"word{number}"}).status_code
        )

    assert together(*map(added, range(_AT_ONCE))) == [200] * _AT_ONCE
    maren.refresh_from_db()
    assert len(maren.vocabulary) == _AT_ONCE


def test_a_correction_is_made_once_and_no_other_is_lost() -> None:
    maren = make_user()
    session = make_ended_session(maren, ["One."])
    path = f"/sessions/{session.pk}/utterances/1/"
    clients = [page(maren) for _ in range(_AT_ONCE)]

    def corrected(number: int) -> Callable[[], int]:
        form = {"text": f"Text {number}.", "version": 1}
        return lambda: int(
            clients[number].post(path, form, headers={"accept": "application/json"}).status_code
        )

    assert sorted(together(*map(corrected, range(_AT_ONCE)))) == [200] + [409] * (_AT_ONCE - 1)  # type: ignore[type-var]
    assert session.utterances.get().version == 2


def test_two_people_sign_up_with_the_same_name(settings: Settings) -> None:
    clients = [Client(raise_request_exception=False) for _ in range(4)]
    form = {"username": "maren", "email": "maren@example.com"}
    form |= dict.fromkeys(("password1", "password2"), "a long and winding password")
    statuses = together(
        *(lambda each=each: each.post("/accounts/signup/", form).status_code for each in clients)
    )
    assert all(isinstance(each, int) and each < 500 for each in statuses), statuses
    assert User.objects.filter(username="maren").count() == 1
