from collections.abc import Callable

import pytest

from captions.models import Proposal, ProposalItem, Session, User
from captions.models.proposal import READY
from captions.second_pass.making import items_of
from captions.speech.passage import Passage
from tests.factories import make_ended_session, make_user, words_of
from tests.recordings.conftest import sound

__all__ = ["sound"]

Heard = Callable[..., list[ProposalItem]]

TEXTS = ["We met at nine.", "All was fine.", "Then we went."]


@pytest.fixture
def user(db: None) -> User:
    return make_user()


@pytest.fixture
def session(user: User) -> Session:
    """A session with three sentences, two seconds apart."""
    return make_ended_session(user, TEXTS)


def heard(text: str, start_ms: int) -> Passage:
    words = words_of(text, start_ms, probability=0.8)
    return Passage(start_ms, words[-1].end_ms, text, words, 0.8, "en")


@pytest.fixture
def propose(session: Session) -> Heard:
    """Makes a proposal from passages, given as texts with times; returns its items."""

    def make(*said: tuple[str, int]) -> list[ProposalItem]:
        proposal = Proposal.objects.create(session=session, state=READY, due_at=None, duration_ms=9_000)
        ProposalItem.objects.bulk_create(items_of(proposal, [heard(text, at) for text, at in said]))
        return list(proposal.items.all())

    return make
