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
    """Queries and bulk operations on reviews."""

    def in_order(self) -> Self:
        """Reviews with the most unsure places first, then those with the most corrections."""
        return self.order_by("-unsure", "-corrections", "session_id")

    def lapsed(self, now: datetime) -> Self:
        """Reviews whose reviewer's lease has expired, or whose account was deleted."""
        return self.due(now).filter(state=ReviewState.TAKEN)

    def due(self, now: datetime) -> Self:
        return self.filter(models.Q(due_at__lte=now) | models.Q(state=ReviewState.TAKEN, reviewer=None))

    def held_by(self, reviewer_id: int, now: datetime) -> Self:
        """Reviews that this reviewer holds."""
        return self.filter(state=ReviewState.TAKEN, reviewer=reviewer_id, due_at__gt=now)


_Manager = models.Manager.from_queryset(ReviewQuerySet)


class ReviewManager(_Manager["Review"]):
    """Leaves out the reviews of transcripts in the trash."""

    def get_queryset(self) -> ReviewQuerySet:
        # Not by a join: an update with one is done in two steps, between which another process may come.
        there = models.Exists(Session.objects.filter(pk=models.OuterRef("pk")))
        return ReviewQuerySet(self.model, using=self._db).filter(there)


class Review(LeasedJob):
    """The state of a transcript in the review queue.

    `unsure` is how many of its places a reviewer should listen to, `corrections` that of its session; both are as of
    the last count. While it is in review its reviewer holds the lease, which every action of theirs renews.
    """

    # A reviewer who does nothing for this long loses the review.
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

    objects = ReviewManager()

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
        # Django's log of admin actions stores this text, so it must hold no words of a transcript.
        return f"Review of {self.session_id}"

    def is_with(self, user_id: int, now: datetime) -> bool:
        """Whether this user holds the review and its lease has not expired."""
        return self.holder_id(now) == user_id

    def holder_id(self, now: datetime) -> int | None:
        """The id of the reviewer who holds the review; None if nobody does."""
        if self.state != ReviewState.TAKEN or self.due_at is None or self.due_at <= now:
            return None
        return self.reviewer_id


class PlaceKind(models.TextChoices):
    KEPT = "kept", _("Looks right")
    CORRECTED = "corrected", _("Corrected")


class ReviewedPlace(models.Model):
    """A place that a reviewer has corrected (`heard` became `written`) or kept (both are the same).

    `lead` and `trail` are a few words around it at that time. `change` and `also` are the ids of the changes that
    were made, here and in other places with the same words; undoing takes both back.
    """

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="places")
    # PostgreSQL deletes it with its utterance, which spares Django a query for each.
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
