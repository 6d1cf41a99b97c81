"""Counts the open sockets of a user across all web processes."""

from asgiref.sync import sync_to_async

from ..core.places import Places

_places = Places("whisperstream:sockets:", seconds=90)
# While Valkey is away, these wait: not in the thread that all database access shares.
_take = sync_to_async(_places.take, thread_sensitive=False)
_leave = sync_to_async(_places.leave, thread_sensitive=False)


class Presence:
    """The place of one socket among those of its user. Methods raise redis.RedisError."""

    def __init__(self, user_id: int, channel: str) -> None:
        self._user = str(user_id)
        self._channel = channel

    async def enter(self) -> int:
        """Takes or keeps the place; returns how many sockets the user has open, this one included."""
        return await _take(self._user, self._channel) + 1

    async def leave(self) -> None:
        await _leave(self._user, self._channel)
