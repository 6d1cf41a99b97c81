"""Holds in Valkey: which process works on something, until it releases it or no longer renews its hold."""

from contextlib import suppress
from typing import Any

from django.conf import settings
from redis.asyncio.lock import Lock
from redis.exceptions import LockNotOwnedError


class Holds:
    """Holds on things of one kind, whose keys begin with `prefix`. Methods raise redis.RedisError.

    A hold expires after HEARTBEAT_LOST_SECONDS unless it is renewed.
    """

    def __init__(self, redis: Any, prefix: str) -> None:
        self._redis = redis
        self._prefix = prefix

    async def hold(self, name: str, holder: str) -> bool:
        """Takes or renews `holder`'s hold; False if somebody else holds it."""
        lock = self._lock(name, holder)
        if await lock.acquire(blocking=False, token=holder):
            return True
        try:
            return bool(await lock.reacquire())
        except LockNotOwnedError:
            return False

    async def release(self, name: str, holder: str) -> None:
        """Ends `holder`'s hold; no effect if somebody else holds it."""
        with suppress(LockNotOwnedError):
            await self._lock(name, holder).release()

    def _lock(self, name: str, holder: str) -> Lock:
        """A lock with the holder's name as its token, so that only this holder renews or releases it."""
        lock = Lock(
            self._redis, self._prefix + name, timeout=settings.HEARTBEAT_LOST_SECONDS, thread_local=False
        )
        lock.local.token = holder.encode()
        return lock
