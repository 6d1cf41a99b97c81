"""The connections to Valkey: a command that gets no answer fails within seconds, and those after it at once."""

import time
from functools import cache
from typing import Any

from django.conf import settings
from redis import ConnectionError as LostConnectionError
from redis import ConnectionPool, Redis
from redis import TimeoutError as NoAnswerError
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.connection import AbstractConnection, Connection
from redis.retry import Retry

_SECONDS = 2
# Somebody waits for a page, which may ask several times.
_PAGE_SECONDS = 1
_REMEMBERED_SECONDS = 1.0
# Once more, over a new connection, where Valkey has ended the one before; what timed out is not sent again.
_AGAIN = (NoBackoff(), 1, (LostConnectionError,))


class Silence:
    """Whether Valkey did not answer a moment ago: then nothing is asked for a while, so that nobody waits again."""

    def __init__(self) -> None:
        self._since = float("-inf")

    def check(self) -> None:
        """Raises NoAnswerError."""
        if time.monotonic() - self._since < _REMEMBERED_SECONDS:
            raise NoAnswerError("Valkey did not answer a moment ago.")

    def note(self) -> None:
        self._since = time.monotonic()

    def forget(self) -> None:
        self._since = float("-inf")


silence = Silence()
"""Of the one Valkey that this process asks from all its threads."""


class PagePool(ConnectionPool):
    """Connections for whoever waits for a page: all of them together wait once for a Valkey that is frozen."""

    def __init__(self, connection_class: Any = Connection, **options: Any) -> None:
        super().__init__(connection_class=_noticing(connection_class), **options)


@cache
def _noticing(kind: Any) -> type[AbstractConnection]:
    class Noticing(kind):
        def connect(self) -> None:
            silence.check()
            try:
                super().connect()
            except NoAnswerError:
                silence.note()
                raise

        def send_packed_command(self, *args: Any, **options: Any) -> None:
            silence.check()
            super().send_packed_command(*args, **options)

        def read_response(self, *args: Any, **options: Any) -> Any:
            try:
                return super().read_response(*args, **options)
            except NoAnswerError:
                silence.note()
                raise

    return Noticing


@cache
def valkey() -> Any:
    """The client of this process, which all threads share. Its methods raise redis.RedisError.

    It has no type: that of redis-py says of every reply that it may have to be awaited.
    """
    pool = PagePool.from_url(
        settings.REDIS_URL,
        socket_timeout=_PAGE_SECONDS,
        socket_connect_timeout=_PAGE_SECONDS,
        retry=Retry(*_AGAIN),
    )
    return Redis.from_pool(pool)


def valkey_now() -> float:
    """The time on Valkey's clock, which all hosts share: seconds since 1970. Raises redis.RedisError."""
    seconds, microseconds = valkey().time()
    return float(seconds) + float(microseconds) / 1e6


def async_valkey() -> Any:
    """A client for asynchronous code, which whoever makes it closes. Its methods raise redis.RedisError."""
    return AsyncRedis.from_url(
        settings.REDIS_URL,
        socket_timeout=_SECONDS,
        socket_connect_timeout=_SECONDS,
        retry=AsyncRetry(*_AGAIN),
    )
