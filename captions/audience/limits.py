"""How many streams are open, counted in Valkey for all web processes. Functions raise redis.RedisError."""

import time
from functools import cache

from django.conf import settings
from redis import Redis

from ..core.errors import WhisperStreamError

KEEP_SECONDS = 30
"""How often an open stream has to say that it is there."""
# A stream whose process was killed is counted for this long.
_GONE_SECONDS = 90
_PLACES = "whisperstream:streams:"


class TooManyStreamsError(WhisperStreamError):
    """There is no place for another stream."""


def take(who: str, most: int, name: str) -> None:
    """Takes one of the `most` places for the streams of `who`, for the stream `name`. Raises TooManyStreamsError."""
    now = time.time()
    with _redis().pipeline() as together:
        together.zremrangebyscore(_key(who), "-inf", now - _GONE_SECONDS)
        together.zadd(_key(who), {name: now})
        together.zcard(_key(who))
        together.expire(_key(who), _GONE_SECONDS)
        count = together.execute()[2]
    if count > most:
        leave(who, name)
        raise TooManyStreamsError


def keep(who: str, name: str) -> None:
    """Keeps the place of a stream that is still open."""
    with _redis().pipeline() as together:
        together.zadd(_key(who), {name: time.time()})
        together.expire(_key(who), _GONE_SECONDS)
        together.execute()


def leave(who: str, name: str) -> None:
    """Leaves the place of a stream."""
    _redis().zrem(_key(who), name)


def _key(who: str) -> str:
    return _PLACES + who


@cache
def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=2)
