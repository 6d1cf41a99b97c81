from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.utils import timezone

from ..speech.types import TimeRange
from .session import Session

# Somebody who works on one says so every few seconds.
_LEASE = timedelta(minutes=1)
_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=1)


class MissedQuerySet(models.QuerySet["Missed"]):
    """Rules about many stretches."""

    def open(self) -> Self:
        """Those that nobody has brought to an end."""
        return self.filter(done_at=None)

    def due(self, now: datetime) -> Self:
        """Open ones that somebody should work on, the oldest first."""
        return self.open().filter(due_at__lte=now).order_by("noted_at", "pk")

    def claim(self, pk: int, now: datetime) -> "Missed | None":
        """One that is due, for the caller, as long as that says `at_work`; None when somebody else was faster."""
        claimed = self.due(now).filter(pk=pk)
        if not claimed.update(attempts=models.F("attempts") + 1, due_at=now + _LEASE):
            return None
        return self.select_related("session__user").filter(pk=pk).first()


class Missed(models.Model):
    """A stretch of a session's clock whose sound is kept and in which words may have been said that are not written.

    Nobody but the task that recovers them writes utterances there, save whoever had them on disk before
    (`transcripts/final_writer/gaps.py`). `undecoded` is one utterance whose worker goes on and could not decode it.
    `done_at` ends it for good; `utterances` is how many came of it.
    """

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="missed")
    start_ms = models.BigIntegerField()
    end_ms = models.BigIntegerField()
    undecoded = models.BooleanField(default=False)
    noted_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True)
    utterances = models.PositiveIntegerField(default=0)

    objects = MissedQuerySet.as_manager()

    class Meta:
        constraints = [
            # Its beginning may move.
            models.UniqueConstraint(fields=["session", "end_ms"], name="missed_once"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(done_at=None), name="missed_open"),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.start_ms} to {self.end_ms}"

    @property
    def stretch(self) -> TimeRange:
        return TimeRange(self.start_ms, self.end_ms)

    def at_work(self, now: datetime) -> None:
        """Somebody is at it."""
        Missed.objects.open().filter(pk=self.pk).update(due_at=now + _LEASE)

    def put_off(self, now: datetime) -> None:
        """It did not work, or not yet; each time it is longer until the next try."""
        pause = min(_FIRST_PAUSE * 2 ** min(self.attempts - 1, 10), _LONGEST_PAUSE)
        Missed.objects.open().filter(pk=self.pk).update(due_at=now + pause)

    def finish(self, now: datetime, utterances: int = 0) -> None:
        """It is at an end, with so many utterances."""
        self.done_at, self.utterances = now, utterances
        self.save(update_fields=["done_at", "utterances"])
