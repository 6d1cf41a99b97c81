from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .leased_job import LeasedJob, LeasedJobQuerySet
from .session import Session
from .utterance import Utterance


class ReviewState(models.TextChoices):
    WAITING = "waiting", _("Not reviewed")
    TAKEN = "taken", _("In review")
    NEEDS_WORK = "work", _("Needs work")
    APPROVED = "approved", _("Approved")


class ReviewQuerySet(LeasedJobQuerySet["Review"]):
    """Rules about many reviews."""

    def in_order(self) -> Self:
        """What needs ears most comes first: most places that the model was not sure of, then most corrections."""
        return self.order_by("-unsure", "-corrections", "session_id")

    def lapsed(self, now: datetime) -> Self:
        """In review by somebody who has left, or whose account is gone."""
        return self.due(now).filter(state=ReviewState.TAKEN)

    def due(self, now: datetime) -> Self:
        return self.filter(models.Q(due_at__lte=now) | models.Q(state=ReviewState.TAKEN, reviewer=None))

    def held_by(self, reviewer_id: int, now: datetime) -> Self:
        """Those in this person's hands."""
        return self.filter(state=ReviewState.TAKEN, reviewer=reviewer_id, due_at__gt=now)


class Review(LeasedJob):
    """What has become of a transcript in the queue of the reviewers.

    `unsure` counts its places that need ears, `corrections` is the session's own number; both are as of the last time
    they were counted. While it is in review it is leased to its reviewer, who renews that by doing something.
    """

    # Somebody who has not done anything for so long is taken to have left.
    LEASE: ClassVar[timedelta] = timedelta(minutes=30)

    session = models.OneToOneField(Session, on_delete=models.CASCADE, primary_key=True, related_name="review")
    state = models.CharField(max_length=8, choices=ReviewState, default=ReviewState.WAITING, editable=False)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="reviews", editable=False
    )
    unsure = models.PositiveIntegerField(_("possible mistakes"), default=0, editable=False)
    corrections = models.PositiveIntegerField(default=0, editable=False)
    queued_at = models.DateTimeField(default=timezone.now, editable=False)
    decided_at = models.DateTimeField(null=True, editable=False)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        permissions = [("review_sessions", "Can read, hear, correct and export everybody's transcripts")]
        indexes = [
            models.Index(
                "state", models.F("unsure").desc(), models.F("corrections").desc(), name="review_queue"
            ),
        ]

    def __str__(self) -> str:
        # Where Django writes down what was done, no words of a transcript shall stand.
        return f"Review of {self.session_id}"

    def is_with(self, user_id: int, now: datetime) -> bool:
        """Whether it is in this person's hands, and nobody could take it away."""
        return self.holder_id(now) == user_id

    def holder_id(self, now: datetime) -> int | None:
        """Whose hands it is in."""
        if self.state != ReviewState.TAKEN or self.due_at is None or self.due_at <= now:
            return None
        return self.reviewer_id


class PlaceKind(models.TextChoices):
    KEPT = "kept", _("Looks right")
    CORRECTED = "corrected", _("Corrected")


class ReviewedPlace(models.Model):
    """A place that a reviewer has dealt with: `written` stands where `heard` was; both are the same where it was kept.

    `lead` and `trail` are a few words around it, as they were then. `change` and `also` name the changes that were
    made, here and in the other places with the same words; they are what undoing takes back.
    """

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="places")
    # PostgreSQL deletes it with its utterance, so that Django need not look at each of these first.
    utterance = models.ForeignKey(
        Utterance, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    start_ms = models.BigIntegerField()
    end_ms = models.BigIntegerField()
    kind = models.CharField(max_length=9, choices=PlaceKind)
    lead = models.TextField(blank=True)
    heard = models.TextField()
    written = models.TextField(blank=True)
    trail = models.TextField(blank=True)
    change = models.UUIDField(null=True)
    also = models.UUIDField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["review", "start_ms", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["review", "utterance", "start_ms"], name="reviewed_place_unique")
        ]

    def __str__(self) -> str:
        return f"{self.review_id} {self.start_ms}"
