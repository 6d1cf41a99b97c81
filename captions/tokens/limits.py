"""How often a token may be used, counted in Valkey for all web processes. Functions raise redis.RedisError."""

import secrets
import time
from functools import cache

from django.conf import settings
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from ..core.errors import WhisperStreamError
from ..core.places import Places
from ..core.valkey import valkey

# A request whose process was killed keeps its place for this long.
_places = Places("whisperstream:token-requests:", seconds=3600)


class TooManyRequestsError(WhisperStreamError):
    """A rate is used up; `seconds` says when it will not be any more."""

    retryable = True

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


def take_place(token: int) -> str:
    """Takes one of the places for simultaneous requests of this token. Raises TooManyRequestsError if none is free."""
    name = secrets.token_hex(8)
    if _places.take(str(token), name) >= settings.LIMIT_TOKEN_REQUESTS_AT_ONCE:
        leave_place(token, name)
        raise TooManyRequestsError(1)
    return name


def leave_place(token: int, name: str) -> None:
    """Leaves the place that `take_place` returned."""
    _places.leave(str(token), name)


def _spend(rate: RateLimitItem, *who: str) -> None:
    if not _limiter().hit(rate, *who):
        raise TooManyRequestsError(_seconds(rate, *who))


def _seconds(rate: RateLimitItem, *who: str) -> float:
    return max(1.0, _limiter().get_window_stats(rate, *who).reset_time - time.time())


def _wrong() -> RateLimitItem:
    return RateLimitItemPerMinute(settings.LIMIT_WRONG_TOKENS_PER_MINUTE)


@cache
def _limiter() -> SlidingWindowCounterRateLimiter:
    return SlidingWindowCounterRateLimiter(
        RedisStorage(
            "redis://",
            connection_pool=valkey().connection_pool,
            key_prefix="whisperstream:rates",
            wrap_exceptions=False,
        )
    )
