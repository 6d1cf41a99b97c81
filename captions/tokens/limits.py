"""How often a token may be used, counted in Valkey for all web processes. Functions raise redis.RedisError."""

import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from django.conf import settings
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from redis import ConnectionPool
from redis.asyncio import Redis

_PLACES = "whisperstream:token-requests:"
# A request whose process was killed keeps its place for this long.
_PLACE_SECONDS = 3600


class TooManyRequestsError(Exception):
    """A rate is used up; `seconds` says when it will not be any more."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


def count_request(token: int) -> None:
    """Counts a request with this token. Raises TooManyRequestsError."""
    _spend(RateLimitItemPerMinute(settings.LIMIT_TOKEN_REQUESTS_PER_MINUTE), "token", str(token))


def count_wrong_token(address: str) -> None:
    """Counts a wrong token that came from this address."""
    _limiter().hit(_wrong(), "wrong-token", address)


def check_address(address: str) -> None:
    """Raises TooManyRequestsError where too many wrong tokens came from."""
    if not _limiter().test(_wrong(), "wrong-token", address):
        raise TooManyRequestsError(_seconds(_wrong(), "wrong-token", address))


@asynccontextmanager
async def place(token: int) -> AsyncIterator[None]:
    """Holds one of the places for requests of this token. Raises TooManyRequestsError if none is free."""
    key, name = f"{_PLACES}{token}", secrets.token_hex(8)
    async with Redis.from_url(settings.REDIS_URL, socket_timeout=2) as redis:
        now = time.time()
        async with redis.pipeline() as together:
            together.zremrangebyscore(key, "-inf", now - _PLACE_SECONDS)
            together.zadd(key, {name: now})
            together.zrank(key, name)
            together.expire(key, _PLACE_SECONDS)
            rank = (await together.execute())[2]
        try:
            if rank >= settings.LIMIT_TOKEN_REQUESTS_AT_ONCE:
                raise TooManyRequestsError(1)
            yield
        finally:
            await redis.zrem(key, name)


def _spend(rate: RateLimitItem, *who: str) -> None:
    if not _limiter().hit(rate, *who):
        raise TooManyRequestsError(_seconds(rate, *who))


def _seconds(rate: RateLimitItem, *who: str) -> float:
    return max(1.0, _limiter().get_window_stats(rate, *who).reset_time - time.time())


def _wrong() -> RateLimitItem:
    return RateLimitItemPerMinute(settings.LIMIT_WRONG_TOKENS_PER_MINUTE)


@cache
def _limiter() -> SlidingWindowCounterRateLimiter:
    pool = ConnectionPool.from_url(settings.REDIS_URL, socket_timeout=2)
    return SlidingWindowCounterRateLimiter(
        RedisStorage(
            "redis://", connection_pool=pool, key_prefix="whisperstream:rates", wrap_exceptions=False
        )
    )
