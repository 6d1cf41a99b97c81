from datetime import timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from ..speech.types import TimeRange
from .leased_job import LeasedJob, LeasedJobQuerySet
from .session import Session


class TranscriptGapQuerySet(LeasedJobQuerySet["TranscriptGap"]):
    """Queries and bulk operations on gaps."""

    def oldest_first(self) -> Self:
        return self.order_by("noted_at", "pk")

    def of_workers(self) -> Self:
        """Those that a worker left, whose sound it may have recorded."""
        return self.filter(delivery=None)

    def delivered(self) -> Self:
        """Those whose sound a page delivered."""
        return self.filter(delivery__isnull=False)

    def filled(self) -> Self:
        """Those in which all words are saved."""
        return self.filter(due_at=None).exclude(attempts__gte=TranscriptGap.MOST_ATTEMPTS)

    def may_hold_words(self) -> Self:
        """Those that are to be recovered, or could not be."""
        return self.filter(Q(due_at__isnull=False) | Q(attempts__gte=TranscriptGap.MOST_ATTEMPTS))


class TranscriptGap(LeasedJob):
    """A time range of a session that may hold words that were not saved, and whose sound is kept.

    Only the task that recovers the gap saves utterances in it, and a final writer that still had some on disk
    (`transcripts/final_writer/gaps.py`). `undecoded` means that the worker holds the session still, and could not
    decode this utterance. `utterances` is how many were recovered. `delivery` is the id of sound that a page recorded
    itself while it had no connection, and delivered afterwards (`recordings/delivered.py`); the words are in that.
    """

    LEASE: ClassVar[timedelta] = timedelta(minutes=1)
    # More than a day, since the time between two attempts grows.
    MOST_ATTEMPTS: ClassVar[int] = 30

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="gaps")
    start_ms = models.BigIntegerField()
    end_ms = models.BigIntegerField()
    undecoded = models.BooleanField(default=False)
    noted_at = models.DateTimeField(default=timezone.now)
    utterances = models.PositiveIntegerField(default=0)
    delivery = models.UUIDField(null=True, unique=True)

    objects = TranscriptGapQuerySet.as_manager()

    class Meta:
        db_table = "captions_missed"
        constraints = [
            # The end identifies a gap that a worker left, since its beginning may move.
            models.UniqueConstraint(
                fields=["session", "end_ms"], condition=Q(delivery=None), name="missed_once"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="gap_due"),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.start_ms} to {self.end_ms}"

    @property
    def time_range(self) -> TimeRange:
        return TimeRange(self.start_ms, self.end_ms)

    def close(self, utterances: int = 0) -> None:
        """Closes the gap with the number of recovered utterances; another process that recovers it loses its lease."""
        self.due_at, self.utterances = None, utterances
        self.save(update_fields=["due_at", "utterances"])
