"""Counts the sound that all processes together send in a day, and says when that is enough."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from redis import Redis, RedisError

from ..base import EngineError
from .service import Service

_KEY = "whisperstream:remote-seconds:"
_KEPT_SECONDS = 3 * 24 * 3600
_PATIENCE_SECONDS = 1.0
_LEAST_SECONDS = 1.0


class Budget:
    """Threads and processes share it. While Valkey is away, each process counts what it sends itself."""

    def __init__(
        self, most_seconds: int, valkey: Any, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """`valkey` is a client of redis-py."""
        self._most = most_seconds
        self._valkey = valkey
        self._now = now
        self._lock = threading.Lock()
        self._day = ""
        # By all processes on that day, as far as it is known; and what Valkey was not told.
        self._sent = self._uncounted = 0.0

    def take(self, seconds: float) -> None:
        """Counts a sound that is about to be sent. Raises EngineError if it is too much for today."""
        with self._lock:
            day = _day(self._now())
            if day != self._day:
                self._day, self._sent, self._uncounted = day, 0.0, 0.0
            if self._add(seconds) <= self._most:
                return
            self._add(-seconds)
        raise EngineError(
            f"As much sound was sent today as REMOTE_SECONDS_PER_DAY allows ({self._most} s). "
            "More is sent from midnight (UTC) on.",
            retryable=True,
            elsewhere=True,
        )

    def _add(self, seconds: float) -> float:
        """Counts so much, which may be below 0; returns the sum of all processes, as far as it is known."""
        self._uncounted += seconds
        key = _KEY + self._day
        try:
            self._sent = float(self._valkey.incrbyfloat(key, self._uncounted))
            self._uncounted = 0.0
            self._valkey.expire(key, _KEPT_SECONDS)
        except (RedisError, OSError):
            self._sent += seconds
        return self._sent


def used_up_until(service: Service, valkey: Any, now: datetime) -> datetime | None:
    """When sound is sent again, if as much as may be was sent on the day of `now`; else None, also without a limit.

    Raises redis.RedisError.
    """
    if not service.seconds_per_day:
        return None
    now = now.astimezone(UTC)
    sent = float(valkey.get(_KEY + _day(now)) or 0)
    # Less than that is no sentence.
    if service.seconds_per_day - sent >= _LEAST_SECONDS:
        return None
    return datetime.combine(now.date() + timedelta(days=1), time(), UTC)


def _day(now: datetime) -> str:
    return now.strftime("%Y-%m-%d")


def budget_of(service: Service) -> Budget | None:
    """None where any amount may be sent."""
    if not service.seconds_per_day:
        return None
    valkey = Redis.from_url(
        service.valkey_url, socket_timeout=_PATIENCE_SECONDS, socket_connect_timeout=_PATIENCE_SECONDS
    )
    return Budget(service.seconds_per_day, valkey)
