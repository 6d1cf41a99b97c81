"""The connections to Valkey: a command that gets no answer fails within seconds."""

from functools import cache
from typing import Any

from django.conf import settings
from redis import ConnectionError as LostConnectionError
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

_SECONDS = 2
# Once more, over a new connection, where Valkey has ended the one before; what timed out is not sent again.
_AGAIN = (NoBackoff(), 1, (LostConnectionError,))


@cache
def valkey() -> Any:
    """The client of this process, which all threads share. Its methods raise redis.RedisError.

    It has no type: that of redis-py says of every reply that it may have to be awaited.
    """
    return Redis.from_url(settings.REDIS_URL, socket_timeout=_SECONDS, retry=Retry(*_AGAIN))


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
