"""How many streams are open, counted in Valkey for all web processes. Functions raise redis.RedisError."""

from ..core.errors import WhisperStreamError
from ..core.places import Places

KEEP_SECONDS = 30
"""How often an open stream has to say that it is there."""
# A stream whose process was killed is counted for this long.
_places = Places("whisperstream:streams:", seconds=90)


class TooManyStreamsError(WhisperStreamError):
    """There is no place for another stream."""


def take(who: str, most: int, name: str) -> None:
    """Takes one of the `most` places for the streams of `who`, for the stream `name`. Raises TooManyStreamsError."""
    if _places.take(who, name) >= most:
        leave(who, name)
        raise TooManyStreamsError


def keep(who: str, name: str) -> None:
    """Keeps the place of a stream that is still open."""
    _places.keep(who, name)


def leave(who: str, name: str) -> None:
    """Leaves the place of a stream."""
    _places.leave(who, name)
