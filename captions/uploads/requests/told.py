"""What a Celery worker tells the web process that waits for the text of a file, through a stream in Valkey.

A stream, unlike pub/sub, loses nothing where a connection is lost. It is deleted when the request is over, or expires.
Functions raise redis.RedisError.
"""

from collections.abc import AsyncIterator
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from msgspec import Struct
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from ...speech.passage import Passage

_STREAMS = "whisperstream:file-request:"
_FIELD = b"event"
# Nobody reads one for longer than its web process has patience; it is renewed with everything that is told.
_KEPT_SECONDS = 1_800
_BLOCK_MS = 2_000


class Heard(Struct, frozen=True, tag="heard"):
    """A passage. If the work had to begin again, passages come again."""

    passage: Passage


class Over(Struct, frozen=True, tag="over"):
    """All was heard of a file of this length."""

    duration_ms: int


class Failed(Struct, frozen=True, tag="failed"):
    """There will be no text: `text` is a sentence in English that `values` fill in.

    `by_file` says that it is the file that cannot be used, rather than the server that has failed.
    """

    text: str
    values: dict[str, str | int | float]
    by_file: bool


Told = Heard | Over | Failed
_decoder = msgspec.msgpack.Decoder(Told)


def tell(request: UUID, event: Told) -> None:
    with _redis().pipeline() as together:
        together.xadd(_key(request), {_FIELD: msgspec.msgpack.encode(event)})
        together.expire(_key(request), _KEPT_SECONDS)
        together.execute()


async def told(request: UUID) -> AsyncIterator[Told]:
    """What was told and is told of a request, in order; the last event is Over or Failed."""
    # Each read waits for a while, longer than a client usually waits for an answer.
    redis: Any = AsyncRedis.from_url(settings.REDIS_URL, socket_timeout=_BLOCK_MS / 1000 + 5)
    last = b"0"
    try:
        while True:
            for _stream, entries in await redis.xread({_key(request): last}, block=_BLOCK_MS) or ():
                for number, fields in entries:
                    last = number
                    event = _decoder.decode(fields[_FIELD])
                    yield event
                    if not isinstance(event, Heard):
                        return
    finally:
        await redis.aclose()


def forget(request: UUID) -> None:
    _redis().delete(_key(request))


def _key(request: UUID) -> str:
    return f"{_STREAMS}{request}"


@cache
def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=5)
