"""The review queue: which transcript is next, and which reviewer holds which."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext as _

from ..core.errors import RefusedError
from ..models import Review, ReviewState, Session, User, Utterance
from ..transcripts.changes import GoneError, locked_session
from .places import open_places

# The most sessions or reviews per run; the task runs every minute.
_AT_ONCE = 500


class TakenError(RefusedError):
    """The reviewer does not hold the review. The message is a translated sentence for the user."""


def tend(now: datetime) -> None:
    """Queues ended sessions, also those that were continued since they were queued.

    Recounts reviews of corrected ones, and releases reviews whose lease has expired.
    """
    Review.objects.lapsed(now).update(state=ReviewState.WAITING, reviewer=None, due_at=now)
    ended = Session.objects.filter(review=None, word_count__gt=0).exclude(ended_at=None)
    for session in ended.order_by("ended_at")[:_AT_ONCE]:
        review = Review(session=session, queued_at=now, due_at=now)
        review.unsure, review.corrections = len(open_places(review)), session.corrections
        # Another process may have queued the session meanwhile, or its owner may have deleted it.
        with transaction.atomic():
            if Session.objects.select_for_update().filter(pk=session.pk).exists():
                Review.objects.bulk_create([review], ignore_conflicts=True)
    _queue_continued(now)
    changed = Review.objects.exclude(corrections=F("session__corrections")).select_related("session")
    for review in changed[:_AT_ONCE]:
        count(review)


def _queue_continued(now: datetime) -> None:
    """Queues the dictations that went on after they had been queued: nobody has reviewed what was said since."""
    said_since = Utterance.objects.filter(session=OuterRef("pk"), created_at__gt=OuterRef("queued_at"))
    went_on = Review.objects.filter(Exists(said_since), queued_at__lt=F("session__ended_at"))
    for pk in went_on.values_list("pk", flat=True)[:_AT_ONCE]:
        with transaction.atomic():
            # In the same order as all changes of a review: its session first.
            session = Session.objects.select_for_update().filter(pk=pk).first()
            review = Review.objects.select_for_update().filter(pk=pk).first()
            if session is None or review is None or session.ended_at is None:
                continue
            review.session, review.queued_at = session, now
            if review.decided_at is not None:
                review.state, review.reviewer, review.decided_at, review.due_at = (
                    ReviewState.WAITING,
                    None,
                    None,
                    now,
                )
            review.save(update_fields=["state", "reviewer", "queued_at", "decided_at", "due_at"])
            count(review)


def count(review: Review, unsure: int | None = None) -> None:
    """Updates the counts by which the queue is sorted; `unsure` is the number of open places, if known already."""
    review.unsure = len(open_places(review)) if unsure is None else unsure
    review.corrections = review.session.corrections
    Review.objects.filter(pk=review.pk).update(unsure=review.unsure, corrections=review.corrections)


@transaction.atomic
def take_next(reviewer: User, now: datetime) -> Review | None:
    """Gives the reviewer the first free review; None if there is none. Simultaneous calls get different reviews."""
    free = Review.objects.due(now).filter(session__user__leaving_at=None, session__ended_at__isnull=False)
    review = free.in_order().select_for_update(skip_locked=True, of=("self",)).first()
    return None if review is None else _give(review, reviewer, now)


@transaction.atomic
def take(pk: UUID, reviewer: User, now: datetime) -> Review:
    """Gives the reviewer this review, even if it was decided before. Raises TakenError, GoneError."""
    review = Review.objects.select_for_update().filter(pk=pk).first()
    if review is None:
        raise GoneError
    if review.holder_id(now) not in (None, reviewer.pk):
        raise TakenError(_("%(name)s is reviewing this transcript.") % {"name": review.reviewer})
    return _give(review, reviewer, now)


def next_for(reviewer: User, now: datetime) -> Review | None:
    """The review to go on with: one that the reviewer holds already, else the first free one, which is taken.

    None if there is none.
    """
    mine = Review.objects.held_by(reviewer.pk, now).filter(session__user__leaving_at=None)
    return mine.in_order().first() or take_next(reviewer, now)


def _give(review: Review, reviewer: User, now: datetime) -> Review:
    review.state, review.reviewer, review.decided_at = ReviewState.TAKEN, reviewer, None
    review.attempts, review.due_at = review.attempts + 1, now + review.LEASE
    review.save(update_fields=["state", "reviewer", "decided_at", "attempts", "due_at"])
    # The transcript may have changed since it was queued.
    count(review)
    return review


def held(pk: UUID, reviewer: User, now: datetime) -> Review:
    """The review, which the reviewer has to hold; locked, and its lease renewed. Raises TakenError, GoneError.

    Call it in a transaction. It locks the session first, in the same order as all changes of its utterances.
    """
    session = locked_session(pk)
    review = Review.objects.select_for_update().filter(pk=pk).first()
    if review is None:
        raise GoneError
    if not review.is_with(reviewer.pk, now):
        if review.holder_id(now):
            text = _("%(name)s is reviewing this transcript now. Your last change was not saved.")
            raise TakenError(text % {"name": review.reviewer})
        raise TakenError(
            _(
                "You were away for too long, so this transcript is back in the queue. "
                "Your last change was not saved."
            )
        )
    review.session = session
    review.renew(now)
    return review


@transaction.atomic
def let_go(pk: UUID, reviewer: User, now: datetime) -> None:
    """Puts the review back into the queue. Raises TakenError, GoneError."""
    review = held(pk, reviewer, now)
    review.state, review.reviewer, review.due_at = ReviewState.WAITING, None, now
    review.save(update_fields=["state", "reviewer", "due_at"])


@transaction.atomic
def decide(pk: UUID, reviewer: User, state: ReviewState, now: datetime) -> Review:
    """Ends the review as approved or as needing work. Raises TakenError, GoneError."""
    review = held(pk, reviewer, now)
    review.finish(state=state, decided_at=now)
    return review
