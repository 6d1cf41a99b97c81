from datetime import timedelta
from typing import ClassVar, Self

from django.db import models
from django.utils import timezone

from ..speech.types import TimeRange
from .leased_job import LeasedJob, LeasedJobQuerySet
from .session import Session


class GapQuerySet(LeasedJobQuerySet["Gap"]):
    """Rules about many gaps."""

    def oldest_first(self) -> Self:
        return self.order_by("noted_at", "pk")


class Gap(LeasedJob):
    """A part of a session's clock whose sound is kept and in which words may have been said that are not written.

    Nobody but the task that recovers them writes utterances there, save whoever had them on disk before
    (`transcripts/final_writer/gaps.py`). `undecoded` is one utterance whose worker goes on and could not decode it.
    `utterances` is how many came of it.
    """

    LEASE: ClassVar[timedelta] = timedelta(minutes=1)
    # Over a day, for the pauses between them grow.
    MOST_ATTEMPTS: ClassVar[int] = 30

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="gaps")
    start_ms = models.BigIntegerField()
    end_ms = models.BigIntegerField()
    undecoded = models.BooleanField(default=False)
    noted_at = models.DateTimeField(default=timezone.now)
    utterances = models.PositiveIntegerField(default=0)

    objects = GapQuerySet.as_manager()

    class Meta:
        db_table = "captions_missed"
        constraints = [
            # Its beginning may move.
            models.UniqueConstraint(fields=["session", "end_ms"], name="missed_once"),
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
        """Nothing is missing there any more, so many utterances came of it; whoever works on it finds it closed."""
        self.due_at, self.utterances = None, utterances
        self.save(update_fields=["due_at", "utterances"])
