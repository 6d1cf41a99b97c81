"""Counts the open sockets of a user across all web processes."""

import time

from ..core.valkey import async_valkey

_KEEP_SECONDS = 90


class Presence:
    """The entry of one socket in its user's count. Methods raise redis.RedisError."""

    def __init__(self, user_id: int, channel: str) -> None:
        self._key = f"whisperstream:sockets:{user_id}"
        self._channel = channel
        self._redis = async_valkey()

    async def enter(self) -> int:
        """Adds or renews the entry; returns how many sockets the user has open, this one included."""
        now = time.time()
        async with self._redis.pipeline() as pipeline:
            pipeline.zremrangebyscore(self._key, 0, now - _KEEP_SECONDS)
            pipeline.zadd(self._key, {self._channel: now})
            pipeline.zcard(self._key)
            pipeline.expire(self._key, _KEEP_SECONDS)
            return int((await pipeline.execute())[2])

    async def leave(self) -> None:
        await self._redis.zrem(self._key, self._channel)
        await self._redis.aclose()
