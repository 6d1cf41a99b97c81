"""The end of a stream, without a worker and without stores."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import numpy as np
import pytest

from captions.live.feed.stream import SoundStream
from captions.protocol import feed_frames
from captions.protocol.feed_frames import Kind, Listen


class Place:
    """A session, as far as a stream needs it."""

    kept, listen = False, Listen()

    def __init__(self) -> None:
        self.id = uuid.uuid4()
        self.has_left = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def renew(self) -> None: ...

    def leave(self) -> None:
        self._loop.call_soon_threadsafe(self.has_left.set)


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[Place, SoundStream, asyncio.Event]]:
    """A stream whose worker reads all; the event says that the connection has ended."""
    hung_up = asyncio.Event()

    async def worker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        hung_up.set()
        writer.close()

    async with await asyncio.start_server(worker, "127.0.0.1", 0) as server:
        connection: Any = await asyncio.open_connection(*server.sockets[0].getsockname())
        place: Any = Place()
        yield place, SoundStream(place, *connection), hung_up


async def test_it_leaves_its_place_though_whoever_closes_it_is_cancelled() -> None:
    async with connected() as (place, stream, hung_up):
        closing = asyncio.create_task(stream.close())
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait([closing])
        async with asyncio.timeout(60):
            await place.has_left.wait()
            await hung_up.wait()


async def test_it_is_closed_once() -> None:
    async with connected() as (place, stream, hung_up):
        await stream.close()
        assert place.has_left.is_set() or await asyncio.wait_for(place.has_left.wait(), 60)
        place.has_left.clear()
        await stream.close()
        await asyncio.wait_for(hung_up.wait(), 60)
        assert not place.has_left.is_set()


async def test_a_worker_that_says_nothing_at_all_any_more_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_frames, "LOST_SECONDS", 1)
    is_over = asyncio.Event()

    async def worker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        event = msgspec.json.encode({"type": "partial"})
        writer.write(feed_frames.pack(Kind.ALIVE) + feed_frames.pack(Kind.EVENT, event))
        await is_over.wait()
        writer.close()

    async with await asyncio.start_server(worker, "127.0.0.1", 0) as server:
        place: Any = Place()
        stream = SoundStream(place, *await asyncio.open_connection(*server.sockets[0].getsockname()))
        # More than a connection holds that nobody reads.
        pushing = asyncio.create_task(stream.push(np.zeros(20_000_000, np.int16)))
        async with asyncio.timeout(30):
            assert [message["type"] async for message in stream] == ["partial", "error"]
            await pushing
            await stream.close()
        is_over.set()
