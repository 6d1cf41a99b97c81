"""Reviewers, and transcripts to review."""

from collections.abc import Sequence
from datetime import timedelta

from django.contrib.auth.models import Permission
from django.utils import timezone

from captions.models import Review, Session, User
from captions.review import queue
from tests.factories import make_ended_session, make_user


def make_reviewer(username: str = "", **fields: object) -> User:
    reviewer = make_user(username, is_staff=True, **fields)
    reviewer.user_permissions.add(Permission.objects.get(codename="review_sessions"))
    return User.objects.get(pk=reviewer.pk)


def doubt(session: Session, seq: int, *words: int) -> None:
    """Makes these words of a sentence (by index) unsure."""
    row = session.utterances.get(seq=seq)
    for number in words:
        row.words[number]["probability"] = 0.2
    row.save()


def make_review(
    texts: Sequence[str] = ("The rivet mint was green.",),
    doubts: Sequence[tuple[int, ...]] = ((1, 1, 2),),
    *,
    user: User | None = None,
    **fields: object,
) -> Review:
    """A transcript in the review queue; each of `doubts` is a sentence's `seq` and the indices of its unsure words."""
    fields.setdefault("title", "Harbour trust")
    session = make_ended_session(user or make_user(), texts, at=timezone.now() - timedelta(hours=1), **fields)
    for seq, *words in doubts:
        doubt(session, seq, *words)
    queue.tend(timezone.now())
    return Review.objects.select_related("session__user").get(session=session)
