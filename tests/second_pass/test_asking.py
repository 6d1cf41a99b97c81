"""Who is heard again without asking for it: whose dictation has just ended, with its sound, and nobody else."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from captions.models import Proposal, Recording, Session, TranscriptGap, Upload, User
from captions.models.proposal import CANCELLED, DONE, WAITING
from captions.second_pass.asking import ask, ask_by_itself, is_expected
from tests.factories import make_ended_session, make_user

from .conftest import TEXTS

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(user: User) -> Session:
    session = make_ended_session(user, TEXTS, keep_sound=True)
    Recording.objects.create(session=session, file="sound.opus", duration_ms=9_000, size=5)
    return session


def asked() -> list[Session]:
    return [proposal.session for proposal in ask_by_itself(timezone.now())]


def test_a_dictation_that_has_ended_is_heard_again_once(session: Session) -> None:
    assert is_expected(session, timezone.now())
    assert asked() == [session]
    proposal = Proposal.objects.get()
    assert (proposal.automatic, proposal.state, proposal.duration_ms) == (True, WAITING, 9_000)
    assert ask(session) == proposal, "whoever asks as well gets the same"
    Proposal.objects.update(state=DONE, due_at=None)
    assert asked() == []


def test_one_that_went_on_is_heard_again_once_more(session: Session) -> None:
    asked()
    Recording.objects.update(duration_ms=12_000)
    assert asked() == [], "it is being listened to"
    Proposal.objects.update(state=DONE, due_at=None)
    assert asked() == [session]
    Proposal.objects.update(state=CANCELLED, due_at=None)
    Recording.objects.update(duration_ms=15_000)
    assert asked() == [], "its person does not want it"


def test_what_somebody_has_asked_for_is_left_to_them(session: Session) -> None:
    ask(session)
    Proposal.objects.update(state=DONE, due_at=None, duration_ms=1)
    assert asked() == []


@pytest.mark.parametrize("reason", ["goes on", "no sound", "long ago", "not wanted", "a file"])
def test_others_are_not(session: Session, reason: str) -> None:
    match reason:
        case "goes on":
            Session.objects.update(ended_at=None)
        case "no sound":
            Recording.objects.update(deleted_at=timezone.now())
        case "long ago":
            Recording.objects.update(kept_at=timezone.now() - timedelta(hours=2))
        case "not wanted":
            User.objects.update(second_pass=False)
        case "a file":
            Upload.objects.create(user=session.user, session=session, name="talk.mp3", size=1)
    assert asked() == []


def test_it_waits_for_what_is_looked_for_in_the_sound(session: Session) -> None:
    gap = TranscriptGap.objects.create(session=session, start_ms=0, end_ms=1_000)
    assert asked() == []
    gap.close()
    assert asked() == [session]


@pytest.mark.parametrize(
    "fields", [{"keep_sound": False}, {"ended_at": None}, {"ended_at": timezone.now() - timedelta(hours=1)}]
)
def test_nobody_waits_for_what_does_not_come(fields: dict[str, Any]) -> None:
    session = make_ended_session(make_user(), TEXTS, keep_sound=True)
    for name, value in fields.items():
        setattr(session, name, value)
    assert not is_expected(session, timezone.now())
