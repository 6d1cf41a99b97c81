"""Whose file is transcribed next, and for how long: a long file leaves the worker to others now and then.

Pure but for `Lane`, which knows the jobs that wait.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db.models import F
from redis import RedisError

from ..core.errors import WhisperStreamError
from ..core.valkey import valkey
from ..models.leased_job import LeasedJob
from ..models.shared_clock import shared_now

log = structlog.get_logger(__name__)

TURN_SECONDS = 60.0
"""For so long a file gets on before another one that waits has its turn."""
_TURNS = "whisperstream:file-turns"
_KEPT_SECONDS = 24 * 3600


class GivesWayError(WhisperStreamError):
    """The turn of a job is over, and others wait."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job that nobody works on."""

    kind: str
    pk: str
    account: int
    since: datetime

    @property
    def names(self) -> tuple[str, str]:
        """Under which the turns of its account, and its own, are known."""
        return f"account:{self.account}", f"job:{self.pk}"


def first(waiting: Iterable[Waiting], turns: Mapping[str, float]) -> Waiting | None:
    """The job whose turn it is: of the account whose last turn began longest ago, the one that had none for longest.

    `turns` has the time of the last turn of each of the `names`, for those who had one.
    """

    def order(each: Waiting) -> tuple[float, float, datetime, str]:
        account, job = each.names
        return turns.get(account, 0.0), turns.get(job, 0.0), each.since, each.pk

    return min(waiting, key=order, default=None)


class Turn:
    """The turn of a job that began at `now`, a monotonic time in seconds, with `heard_ms` of its sound done before.

    It lasts `seconds` from the first new text on, so that each turn has some, however slow the machine is; and as long
    as it took to get there again, so that no more than half of the work is done twice. `others` tells whether any other
    job waits. It is asked only once the turn is over, and about once a second then.
    """

    def __init__(
        self, others: Callable[[], bool], now: float, heard_ms: int = 0, seconds: float = TURN_SECONDS
    ) -> None:
        self._others = others
        self._began_at = now
        self._before_ms = heard_ms
        self._seconds = seconds
        self._until: float | None = None

    def check(self, now: float, heard_ms: int) -> None:
        """Raises GivesWayError when the job has to be left; `heard_ms` of its sound are done now."""
        if self._until is None:
            if heard_ms <= self._before_ms:
                return
            self._until = now + max(self._seconds, now - self._began_at)
        if now >= self._until:
            self._until = now + 1
            if self._others():
                raise GivesWayError


@dataclass(frozen=True, slots=True)
class _Kind:
    model: type[LeasedJob]
    owner: str
    work: Callable[[Any], None]


class Lane:
    """The jobs that one queue of Celery is for, of several kinds. Each message in the queue stands for one turn."""

    def __init__(self) -> None:
        self._kinds: dict[str, _Kind] = {}

    def add(self, model: type[LeasedJob], owner: str, work: Callable[[Any], None]) -> None:
        """Makes the jobs of a model take turns. `owner` is the path to the id of the account; `work` does a job."""
        self._kinds[model._meta.label_lower] = _Kind(model, owner, work)

    def take(self, model: type[LeasedJob], pk: Any) -> None:
        """Works on the job whose turn it is: perhaps on this one, for which somebody sent the message.

        Raises what the work raises, and DatabaseAwayError.
        """
        kind, pk = self._next(model._meta.label_lower, pk)
        self._kinds[kind].work(pk)

    def turn_of(self, job: LeasedJob, heard_ms: int) -> Turn:
        """The turn of a job that begins now, of whose sound `heard_ms` are done."""
        return Turn(
            lambda: any(each.pk != str(job.pk) for each in self.waiting()), time.monotonic(), heard_ms
        )

    def waiting(self) -> list[Waiting]:
        """The jobs that may be claimed. Raises DatabaseAwayError."""
        now = shared_now()
        found = []
        for name, kind in self._kinds.items():
            due: Any = kind.model._default_manager
            rows = due.due(now).annotate(account=F(kind.owner)).values_list("pk", "account", "created_at")
            found += [Waiting(name, str(pk), account, since) for pk, account, since in rows]
        return found

    def _next(self, kind: str, pk: Any) -> tuple[str, Any]:
        waiting = self.waiting()
        try:
            redis = valkey()
            chosen = first(
                waiting, {name.decode(): at for name, at in redis.zrange(_TURNS, 0, -1, withscores=True)}
            )
            if chosen is None:
                return kind, pk
            with redis.pipeline() as together:
                now = time.time()
                together.zadd(_TURNS, dict.fromkeys(chosen.names, now))
                together.zremrangebyscore(_TURNS, 0, now - _KEPT_SECONDS)
                together.expire(_TURNS, _KEPT_SECONDS)
                together.execute()
        except RedisError as error:
            log.warning("turns_unknown", error=type(error).__name__)
            return kind, pk
        return chosen.kind, self._kinds[chosen.kind].model._meta.pk.to_python(chosen.pk)


files = Lane()
"""Those who transcribe files."""
