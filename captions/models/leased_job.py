"""Work that is to be done once, in the background, whichever process does it and however often one is killed."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from django.utils import timezone

from ..core.errors import WhisperStreamError

_Job = TypeVar("_Job", bound="LeasedJob")

_FIRST_RETRY = timedelta(seconds=30)
_LONGEST_RETRY = timedelta(hours=1)
# How long nothing may be heard of a job before its estimate is no longer believed.
_QUIET = timedelta(seconds=6)
# Below this an estimate is a guess.
_LEAST_MEASURED = timedelta(seconds=3)


class LeaseLostError(WhisperStreamError):
    """The job is not the caller's any more: somebody else has claimed it, or nobody wants it done."""


class LeasedJobQuerySet(models.QuerySet[_Job]):
    """Rules about many jobs."""

    def pending(self) -> Self:
        """Those that are not at an end: they wait, or somebody works on them."""
        return self.filter(due_at__isnull=False)

    def due(self, now: datetime) -> Self:
        """Those that anybody may claim."""
        return self.filter(due_at__lte=now)

    def claim(self, pk: Any, now: datetime, **values: Any) -> _Job | None:
        """The job for the caller, with these values written; None where it is not due, or somebody was faster."""
        claimed = self.model._default_manager.filter(pk=pk, due_at__lte=now).update(
            attempts=models.F("attempts") + 1, due_at=now + self.model.LEASE, **values
        )
        return self.filter(pk=pk).first() if claimed else None


class LeasedJob(models.Model):
    """A job that one process at a time does.

    From `due_at` on anybody may claim it; None means that nothing is left to do. Whoever claims it has it for `LEASE`
    and renews that while working; a process that is killed loses it by saying nothing. `attempts` counts the claims,
    and only the last claimant may write: `renew`, `finish` and `retry_later` raise LeaseLostError for any other.
    """

    LEASE: ClassVar[timedelta]
    # What ends one process after the other is left alone.
    MOST_ATTEMPTS: ClassVar[int] = 3

    attempts = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    due_at = models.DateTimeField(null=True, default=timezone.now, editable=False)

    class Meta:
        abstract = True

    @property
    def is_pending(self) -> bool:
        return self.due_at is not None

    @property
    def is_exhausted(self) -> bool:
        """Whether it was claimed more often than it may be."""
        return self.attempts > self.MOST_ATTEMPTS

    def renew(self, now: datetime, **values: Any) -> None:
        """Keeps the job for another `LEASE`, and writes these values."""
        self._write(due_at=now + self.LEASE, **values)

    def begin(self, now: datetime) -> None:
        """The work begins, or begins anew."""
        self.renew(now)

    def progress(self, now: datetime, heard_ms: int, duration_ms: int) -> None:
        """So much of its sound is heard; 0 of `duration_ms` means that nobody knows how long it is."""
        self.renew(now)

    def retry_later(self, now: datetime) -> None:
        """It did not work, or not yet; each time it is longer until the next try."""
        self._write(due_at=now + min(_FIRST_RETRY * 2 ** min(self.attempts - 1, 10), _LONGEST_RETRY))

    def finish(self, **values: Any) -> None:
        """Nothing is left to do; writes these values."""
        self._write(due_at=None, **values)

    def _write(self, **values: Any) -> None:
        mine = type(self)._default_manager.filter(pk=self.pk, attempts=self.attempts, due_at__isnull=False)
        if not mine.update(**values):
            raise LeaseLostError
        for name, value in values.items():
            setattr(self, name, value)


class TranscribingJob(LeasedJob):
    """A job that listens to a file, and whose person watches it: `heard_ms` of `duration_ms` is how far it is.

    `duration_ms` is 0 where nobody knows how long the file is.
    """

    started_at = models.DateTimeField(null=True, editable=False)
    heard_ms = models.BigIntegerField(default=0, editable=False)
    duration_ms = models.BigIntegerField(default=0, editable=False)

    class Meta:
        abstract = True

    @property
    def percent(self) -> int:
        """How much of it was heard; 0 where that is not known, 99 until all of it is written."""
        return min(99, 100 * self.heard_ms // self.duration_ms) if self.duration_ms else 0

    def left(self, now: datetime) -> timedelta | None:
        """How long it takes from now on, if it goes on as it went; None where nobody can tell."""
        if self.due_at is None or self.started_at is None or not self.heard_ms or not self.duration_ms:
            return None
        taken = now - self.started_at
        if taken < _LEAST_MEASURED or self.due_at - now < self.LEASE - _QUIET:
            return None
        return taken * (max(0, self.duration_ms - self.heard_ms) / self.heard_ms)

    def begin(self, now: datetime) -> None:
        self.renew(now, started_at=now, heard_ms=0)

    def progress(self, now: datetime, heard_ms: int, duration_ms: int) -> None:
        self.renew(now, heard_ms=heard_ms, duration_ms=duration_ms)
