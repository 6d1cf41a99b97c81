"""Counts the open sockets of a user across all web processes."""

import threading
from typing import ClassVar

from asgiref.sync import sync_to_async

from ..core.places import Places

_SECONDS = 90


class Presence:
    """The place of one socket among those of its user. Methods raise redis.RedisError."""

    _places: ClassVar[Places] = Places("whisperstream:sockets:", seconds=_SECONDS)

    def __init__(self, user_id: int, channel: str) -> None:
        self._user = str(user_id)
        self._channel = channel
        # A cancelled `enter` goes on in its thread, and may get to Valkey after `leave`.
        self._one_at_a_time = threading.Lock()
        self._left = False

    async def enter(self) -> int:
        """Takes or keeps the place; returns how many sockets the user has open, this one included."""
        # While Valkey is away, this waits: not in the thread that all database access shares.
        return await sync_to_async(self._take, thread_sensitive=False)() + 1

    async def leave(self) -> None:
        await sync_to_async(self._leave, thread_sensitive=False)()

    def _take(self) -> int:
        with self._one_at_a_time:
            return 0 if self._left else self._places.take(self._user, self._channel)

    def _leave(self) -> None:
        with self._one_at_a_time:
            self._left = True
            self._places.leave(self._user, self._channel)


class SoundPresence(Presence):
    """The same of sound sockets, which are counted apart: a page has one beside its other."""

    _places: ClassVar[Places] = Places("whisperstream:sound_sockets:", seconds=_SECONDS)
