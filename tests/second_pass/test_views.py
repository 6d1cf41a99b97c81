"""The second pass, as the page of a transcript asks for it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from captions.models import Proposal, ProposalItem, Recording, Session, User
from captions.models.proposal import CANCELLED, DONE, FAILED, READY, WAITING, WORKING
from captions.second_pass import deciding, tasks
from captions.second_pass.asking import ask_by_itself
from captions.second_pass.making import items_of
from captions.transcripts import editing
from tests.factories import make_ended_session, make_session, make_user
from tests.second_pass.conftest import TEXTS, heard


@pytest.fixture
def session(user: User) -> Session:
    User.objects.update(second_pass=False)
    session = make_ended_session(user, TEXTS, keep_sound=True)
    Recording.objects.create(session=session, file="sound.opus", duration_ms=9_000, size=5)
    return session


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What Celery workers were asked to listen to."""
    told: list[str] = []
    monkeypatch.setattr(tasks.listen_again, "delay", told.append)
    return told


@pytest.fixture
def ready(session: Session) -> Proposal:
    proposal = Proposal.objects.create(session=session, state=READY, due_at=None, duration_ms=9_000)
    said = [heard("We met at wine.", 100), heard("All was mine.", 2_100), heard("And what now", 6_000)]
    ProposalItem.objects.bulk_create(items_of(proposal, said))
    return proposal


def url(session: Session) -> str:
    return reverse("second-pass", args=[session.pk])


def decide(client: Client, session: Session, decision: str, **fields: Any) -> Any:
    asked_url = reverse("second-pass-decide", args=[session.pk])
    return client.post(asked_url, {"decision": decision, **fields}, headers={"Accept": "application/json"})


def test_it_is_asked_for_once_watched_and_cancelled(
    visitor: Client, session: Session, asked: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    assert visitor.get(url(session)).json() == {"state": "none", "automatic": False}
    with django_capture_on_commit_callbacks(execute=True):
        answer = visitor.post(url(session))
    assert answer.status_code == 201
    proposal = Proposal.objects.get()
    assert asked == [str(proposal.pk)]
    assert (proposal.state, proposal.duration_ms) == (WAITING, 9_000)
    now = timezone.now()
    Proposal.objects.update(
        state=WORKING, heard_ms=3_000, started_at=now - timedelta(seconds=10), due_at=now + Proposal.LEASE
    )
    assert visitor.post(url(session)).json() == visitor.get(url(session)).json()
    assert visitor.get(url(session)).json() == {
        "state": "working",
        "automatic": False,
        "percent": 33,
        "seconds_left": 20,
        "message": "",
    }
    assert decide(visitor, session, "cancel").json()["state"] == CANCELLED
    visitor.post(url(session))
    assert Proposal.objects.get().state == WAITING


def test_what_it_proposes_is_told_as_differences(visitor: Client, session: Session, ready: Proposal) -> None:
    told = visitor.get(url(session)).json()
    assert told["state"] == "ready"
    assert told["items"][0] == {
        "number": 1,
        "state": "open",
        "start_ms": 0,
        "end_ms": 900,
        "corrected": False,
        "undoable": False,
        "parts": [
            {
                "seq": 1,
                "version": 1,
                "start_ms": 0,
                "end_ms": 900,
                "new": False,
                "language": "en",
                "differences": [
                    {"kind": "same", "text": "We met at "},
                    {"kind": "removed", "text": "nine."},
                    {"kind": "added", "text": "wine."},
                ],
            }
        ],
    }
    (part,) = told["items"][2]["parts"]
    assert (part["seq"], part["new"]) == (None, True)
    assert part["differences"] == [{"kind": "added", "text": "And what now"}]


def test_a_decision_is_answered_with_what_is_other_now(
    visitor: Client, session: Session, ready: Proposal
) -> None:
    answer = decide(visitor, session, "accept", number=1).json()
    assert answer["rows"] == [
        {"seq": 1, "version": 2, "text": "We met at wine.", "start_ms": 0, "end_ms": 900, "language": "en"}
    ]
    assert (answer["state"], answer["word_count"]) == ("ready", 10)
    ((number, state, undoable),) = [
        (each["number"], each["state"], each["undoable"]) for each in answer["items"]
    ]
    assert (number, state, undoable) == (1, "accepted", True)
    assert decide(visitor, session, "reopen", number=1).json()["rows"][0]["text"] == "We met at nine."
    answer = decide(visitor, session, "accept-all").json()
    assert answer["state"] == "done"
    assert [each["state"] for each in answer["items"]] == ["accepted"] * 3
    assert answer["rows"][2]["seq"] == 4
    answer = decide(visitor, session, "reopen-all", change=answer["change"]).json()
    assert (answer["state"], len(answer["rows"])) == ("ready", 3)
    assert decide(visitor, session, "close").status_code == 400
    assert [each["state"] for each in decide(visitor, session, "keep-all").json()["items"]] == ["kept"] * 3
    assert decide(visitor, session, "close").json()["state"] == "cancelled"


def test_a_sentence_that_was_changed_is_a_conflict(
    visitor: Client, session: Session, ready: Proposal
) -> None:
    editing.edit(session.utterances.get(seq=1), "We met at ten.", 1, session.user)
    assert visitor.get(url(session)).json()["items"][0]["state"] == "stale"
    answer = decide(visitor, session, "accept", number=1)
    assert (answer.status_code, answer.json()["row"]["text"]) == (409, "We met at ten.")


def test_where_there_is_no_sound_or_it_goes_on_there_is_no_second_pass(
    visitor: Client, session: Session, user: User
) -> None:
    Recording.objects.all().delete()
    answer = visitor.post(url(session))
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("This transcript has no recording")
    live = make_session(user, ["Still speaking."])
    assert visitor.post(url(live)).json()["message"].startswith("This dictation is still running.")
    assert not Proposal.objects.exists()


def test_nobody_has_more_listened_to_than_the_server_allows(
    visitor: Client, session: Session, user: User, settings: Any
) -> None:
    settings.LIMIT_UPLOADS_PER_USER = 1
    Proposal.objects.create(session=make_ended_session(user, []))
    assert visitor.post(url(session)).json()["message"].startswith("1 of your transcripts is already")


def test_what_went_wrong_is_told(visitor: Client, session: Session) -> None:
    Proposal.objects.create(
        session=session, state=FAILED, due_at=None, message="The recording could not be read."
    )
    assert visitor.get(url(session)).json()["message"] == "The recording could not be read."
    assert decide(visitor, session, "close").json()["state"] == "cancelled"


def test_it_is_its_owners_alone(session: Session, ready: Proposal) -> None:
    other = Client()
    other.force_login(make_user())
    assert other.get(url(session)).status_code == 404
    assert other.post(url(session)).status_code == 404
    assert decide(other, session, "accept", number=1).status_code == 404
    assert Client().get(url(session)).status_code == 302


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"decision": "accept", "number": "9"}, 404),
        ({"decision": "accept"}, 404),
        ({"decision": "accept", "number": "x"}, 400),
        ({"decision": "reopen-all"}, 400),
        ({"decision": "dance"}, 400),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    visitor: Client, session: Session, ready: Proposal, fields: dict[str, str], status: int
) -> None:
    assert visitor.post(reverse("second-pass-decide", args=[session.pk]), fields).status_code == status
    assert set(ready.items.values_list("state", flat=True)) == {"open"}


def test_a_page_is_told_what_was_changed_by_itself(visitor: Client, user: User, session: Session) -> None:
    """One that was open before shows it then, and offers to take it back."""
    User.objects.update(second_pass=True)
    assert visitor.get(url(session)).json() == {"state": WAITING, "automatic": True}
    (proposal,) = ask_by_itself(timezone.now())
    assert "rows" not in visitor.get(url(session)).json()
    ProposalItem.objects.bulk_create(items_of(proposal, [heard("We met at wine.", 100)]))
    Proposal.objects.update(state=READY, due_at=None)
    deciding.accept_all(session, None)
    told = visitor.get(url(session)).json()
    assert (told["state"], told["automatic"], told["word_count"]) == (DONE, True, 10)
    assert [(row["seq"], row["version"], row["text"]) for row in told["rows"]] == [(1, 2, "We met at wine.")]
    assert decide(visitor, session, "reopen-all", change=told["change"]).json()["state"] == READY
    assert session.utterances.get(seq=1).text == TEXTS[0]
