"""Background work that is done once, whichever process does it and however often one is killed."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from django.utils import timezone

from ..core.errors import WhisperStreamError

# A turn that was given away counts so many attempts, so that these always grow; the rest are those of this turn.
_TURN = 1_000
_Job = TypeVar("_Job", bound="LeasedJob")

_FIRST_RETRY = timedelta(seconds=30)
_LONGEST_RETRY = timedelta(hours=1)
# An estimate is not shown when the lease was last renewed longer ago than this.
_QUIET = timedelta(seconds=6)
# An estimate is not shown before the work has taken this long: at first a model is loaded. Of a file of which less is
# done than so many percent, it is not shown before the work has taken long.
_LEAST_MEASURED = timedelta(seconds=3)
_LEAST_PERCENT = 2
_LONG_MEASURED = timedelta(seconds=20)


def at_once() -> datetime:
    """The `due_at` of a job that may be claimed now, by hosts whose clocks are a little behind as well."""
    return timezone.now() - timedelta(minutes=1)


class LeaseLostError(WhisperStreamError):
    """The caller no longer holds the job: another process has claimed it, or it was cancelled."""


class LeasedJobQuerySet(models.QuerySet[_Job]):
    """Queries and bulk operations on jobs."""

    def pending(self) -> Self:
        """Jobs that are not finished: they wait, or a process works on them."""
        return self.filter(due_at__isnull=False)

    def due(self, now: datetime) -> Self:
        """Jobs that any process may claim."""
        return self.filter(due_at__lte=now)

    def claim(self, pk: Any, now: datetime, **values: Any) -> _Job | None:
        """Claims the job and writes these values; None if it is not due, or another process was faster."""
        claimed = self.model._default_manager.filter(pk=pk, due_at__lte=now).update(
            attempts=models.F("attempts") + 1, due_at=now + self.model.LEASE, **values
        )
        return self.filter(pk=pk).first() if claimed else None


class LeasedJob(models.Model):
    """A job that one process at a time works on, under a lease.

    Any process may claim the job from `due_at` on; None means that it is finished. A claim is a lease for `LEASE`,
    which the process renews while it works, so that the job becomes due again when the process is killed. `attempts`
    counts the claims and the turns that were given away, and only the last claimant may write: `renew`, `finish` and
    `retry_later` raise LeaseLostError for any other.
    """

    LEASE: ClassVar[timedelta]
    # A job that has killed this many processes is given up.
    MOST_ATTEMPTS: ClassVar[int] = 3

    attempts = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    due_at = models.DateTimeField(null=True, default=at_once, editable=False)

    class Meta:
        abstract = True

    @property
    def is_pending(self) -> bool:
        return self.due_at is not None

    @property
    def is_exhausted(self) -> bool:
        """Whether it was claimed more than MOST_ATTEMPTS times, not counting the turns that it gave away."""
        return self.attempts % _TURN > self.MOST_ATTEMPTS

    @property
    def is_last_attempt(self) -> bool:
        """Whether another claim would be one more than MOST_ATTEMPTS."""
        return self.attempts % _TURN >= self.MOST_ATTEMPTS

    @property
    def goes_on(self) -> bool:
        """Whether it gave a turn away before."""
        return self.attempts > _TURN

    def renew(self, now: datetime, *, lease: timedelta | None = None, **values: Any) -> None:
        """Renews the lease, for `LEASE` or for `lease`, and writes these values. Raises LeaseLostError."""
        self._write(due_at=now + (lease or self.LEASE), **values)

    def begin(self, now: datetime) -> None:
        """Records that the work begins, or begins again. Raises LeaseLostError."""
        self.renew(now)

    def progress(self, now: datetime, heard_ms: int, duration_ms: int) -> None:
        """Records how much of the sound is transcribed; `duration_ms` is 0 if unknown. Raises LeaseLostError."""
        self.renew(now)

    def retry_later(self, now: datetime) -> None:
        """Gives the job back, due again after a time that doubles with each attempt. Raises LeaseLostError."""
        before = max(0, self.attempts % _TURN - 1)
        self._write(due_at=now + min(_FIRST_RETRY * 2 ** min(before, 10), _LONGEST_RETRY))

    def give_way(self, now: datetime) -> None:
        """Gives the job back while others have their turn, due at once. Raises LeaseLostError."""
        self._write(due_at=now, attempts=(self.attempts // _TURN + 1) * _TURN)

    def finish(self, **values: Any) -> None:
        """Finishes the job and writes these values. Raises LeaseLostError."""
        self._write(due_at=None, **values)

    def _write(self, **values: Any) -> None:
        mine = type(self)._default_manager.filter(pk=self.pk, attempts=self.attempts, due_at__isnull=False)
        if not mine.update(**values):
            raise LeaseLostError
        for name, value in values.items():
            setattr(self, name, value)


class TranscribingJob(LeasedJob):
    """A job that transcribes a file, and whose user sees its progress: `heard_ms` of `duration_ms` are done.

    `duration_ms` is 0 if the length of the file is unknown.
    """

    started_at = models.DateTimeField(null=True, editable=False)
    heard_ms = models.BigIntegerField(default=0, editable=False)
    duration_ms = models.BigIntegerField(default=0, editable=False)

    class Meta:
        abstract = True

    @property
    def percent(self) -> int | None:
        """How much of the file is transcribed, 1 to 99; None before that, and if its length is unknown."""
        return min(99, 100 * self.heard_ms // self.duration_ms) or None if self.duration_ms else None

    def left(self, now: datetime) -> timedelta | None:
        """The estimated time until all of it is transcribed, at the pace so far; None if there is no estimate."""
        if self.due_at is None or self.started_at is None or self.percent is None:
            return None
        taken = now - self.started_at
        is_measured = taken >= (_LEAST_MEASURED if self.percent >= _LEAST_PERCENT else _LONG_MEASURED)
        if not is_measured or self.due_at - now < self.LEASE - _QUIET:
            return None
        return taken * (max(0, self.duration_ms - self.heard_ms) / self.heard_ms)

    def begin(self, now: datetime) -> None:
        if self.goes_on:
            # Nobody shall see it begin anew; what others took of the time counts.
            self.renew(now)
        else:
            self.renew(now, started_at=now, heard_ms=0)

    def progress(self, now: datetime, heard_ms: int, duration_ms: int) -> None:
        if self.goes_on:
            heard_ms = max(heard_ms, self.heard_ms)
        self.renew(now, heard_ms=heard_ms, duration_ms=duration_ms)
