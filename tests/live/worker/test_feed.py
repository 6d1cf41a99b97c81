"""A feed on a real connection; what it tells its session is noted."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from captions.live.worker import feed as module
from captions.live.worker import pace
from captions.live.worker.feed import Feed
from captions.protocol import feed_frames
from captions.protocol.feed_frames import Frame, Kind, Listen
from captions.webrtc.audio import AudioChunk, Packet, Pcm
from tests.speech_data import Pcm as Samples

PIECE = np.arange(3_200, dtype=np.int16)


class Session:
    """What a session does with its feed."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.samples = 0
        self.paces: list[bool] = []
        self.packets: list[Packet] = []
        self.behind = False
        self.flushed = asyncio.Event()
        self.flushed.set()
        self.over = asyncio.Event()
        self.feed = Feed(
            "session",
            1,
            on_audio=self.hear,
            on_packet=self.packets.append,
            on_alive=lambda: None,
            on_listen=self.told.append,
            on_flush=self.flush,
            on_end=self.end,
            on_pace=self.paces.append,
            is_behind=lambda: self.behind,
        )

    def hear(self, audio: AudioChunk) -> None:
        assert isinstance(audio, Pcm)
        self.samples += audio.samples.size

    async def flush(self) -> None:
        self.told.append(f"flush at {self.samples}")
        await self.flushed.wait()

    async def end(self, asked: bool) -> None:
        self.told.append("ended" if asked else "lost")
        self.over.set()
        await self.feed.close()


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, kind: Kind, payload: bytes = b"") -> None:
        self.writer.write(feed_frames.pack(kind, payload))
        await self.writer.drain()

    async def push(self, samples: Samples) -> None:
        await self.send(Kind.SOUND, samples.astype("<i2").tobytes())

    async def read(self) -> Frame | None:
        async with asyncio.timeout(60):
            return await feed_frames.read(self.reader)


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
async def client(session: Session) -> AsyncIterator[Client]:
    server = await asyncio.start_server(session.feed.serve, "127.0.0.1")
    client = Client(*await asyncio.open_connection(*server.sockets[0].getsockname()))
    yield client
    client.writer.close()
    server.close()


async def over(session: Session) -> None:
    async with asyncio.timeout(60):
        await session.over.wait()


async def test_sound_is_heard_and_kept_in_order(session: Session, client: Client) -> None:
    for _ in range(5):
        await client.push(PIECE)
    await client.send(Kind.END)
    await over(session)
    assert session.samples == 5 * PIECE.size
    assert [(packet.start, packet.ticks) for packet in session.packets] == [
        (number * 960, 960) for number in range(len(session.packets))
    ]
    assert len(session.packets) >= 45, "packets of 20 ms, but for what the encoder holds back"
    assert session.told == ["ended"]
    assert await client.read() is None


async def test_a_flush_comes_after_the_sound_before_it_and_before_that_after_it(
    session: Session, client: Client
) -> None:
    session.flushed.clear()
    await client.push(PIECE)
    await client.send(Kind.FLUSH, b"7")
    await client.push(PIECE)
    await asyncio.sleep(0.1)
    assert session.samples == PIECE.size
    session.feed.tell({"type": "final"})
    session.flushed.set()
    told, flushed = await client.read(), await client.read()
    assert told is not None
    assert (told.kind, json.loads(told.payload)) == (Kind.EVENT, {"type": "final"})
    assert flushed == Frame(Kind.FLUSHED, b"7")
    await client.send(Kind.END)
    await over(session)
    assert session.samples == 2 * PIECE.size
    assert session.told == [f"flush at {PIECE.size}", "ended"]


async def test_sound_waits_while_the_session_is_behind(session: Session, client: Client) -> None:
    session.behind = True
    await client.push(PIECE)
    await client.send(Kind.LISTEN, b'{"language":"de"}')
    await asyncio.sleep(0.1)
    assert (session.samples, session.told) == (0, [])
    session.behind = False
    await client.send(Kind.END)
    await over(session)
    assert session.samples == PIECE.size
    assert session.told == [Listen("de"), "ended"]


async def test_whoever_pushes_more_than_is_heard_has_to_wait(session: Session, client: Client) -> None:
    session.behind = True
    sound = np.zeros(100_000, np.int16)

    async def push_ten_minutes() -> None:
        for _ in range(96):
            await client.push(sound)

    pushing = asyncio.create_task(push_ten_minutes())
    await asyncio.sleep(0.3)
    assert not pushing.done()
    session.behind = False
    async with asyncio.timeout(30):
        await pushing
    await client.send(Kind.END)
    await over(session)
    assert session.samples == 9_600_000, "none of it is lost"


async def test_a_connection_that_breaks_ends_the_session(session: Session, client: Client) -> None:
    await client.push(PIECE)
    client.writer.close()
    await over(session)
    assert session.told == ["lost"]
    assert session.samples == PIECE.size


@pytest.mark.parametrize(
    "data",
    [
        feed_frames.pack(Kind.SOUND, b"123"),
        feed_frames.pack(Kind.LISTEN, b"no JSON"),
        b"\xff\xff\xff\xff\xff",
    ],
    ids=["half a sample", "no settings", "no frame"],
)
async def test_what_is_not_understood_ends_the_session(session: Session, client: Client, data: bytes) -> None:
    client.writer.write(data)
    await over(session)
    assert session.told == ["lost"]


async def test_a_pause_drops_the_sound(session: Session, client: Client) -> None:
    session.feed.pause()
    await client.push(PIECE)
    await client.send(Kind.FLUSH)
    await client.read()
    session.feed.resume()
    await client.push(PIECE)
    await client.send(Kind.END)
    await over(session)
    assert session.samples == PIECE.size
    assert session.packets[0].start == 0


async def test_a_session_that_ends_says_all_and_hangs_up(session: Session, client: Client) -> None:
    await client.send(Kind.ALIVE)
    await client.push(PIECE)
    while not session.samples:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    session.feed.tell({"type": "media", "state": "ended"})
    await session.feed.close()
    last = await client.read()
    assert last is not None
    assert json.loads(last.payload)["state"] == "ended"
    assert await client.read() is None
    assert session.told == [], "the session knows of its end"


async def test_whoever_does_not_read_is_cut_off(
    session: Session, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_UNREAD_BYTES", 100_000)
    await client.push(PIECE)
    while not session.samples:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    for _ in range(1_000):
        session.feed.tell({"type": "partial", "stable": "x" * 10_000})
    await over(session)
    assert session.told == ["lost"]


async def test_sound_that_comes_faster_than_it_is_spoken_is_told_until_its_client_is_waited_for(
    session: Session, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "_AHEAD_SECONDS", 0.2)
    for _ in range(5):
        await client.push(PIECE)
    session.flushed.clear()
    await client.send(Kind.FLUSH)
    await client.push(PIECE)
    await asyncio.sleep(0.5)
    session.flushed.set()
    await client.read()
    assert session.paces == [True]
    await client.send(Kind.FLUSH)
    await client.read()
    assert session.paces == [True], "what is held back has not been waited for"
    await asyncio.sleep(0.5)
    await client.push(PIECE)
    await client.send(Kind.END)
    await over(session)
    assert session.paces == [True, False]


@pytest.fixture
def _lively(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_frames, "ALIVE_SECONDS", 0.05)


@pytest.mark.usefixtures("_lively")
async def test_it_says_that_it_is_there_until_its_end(session: Session, client: Client) -> None:
    await client.push(PIECE)
    session.flushed.clear()
    await client.send(Kind.FLUSH)
    for _ in range(3):
        assert await client.read() == Frame(Kind.ALIVE)
    session.flushed.set()
    await client.send(Kind.END)
    await over(session)
    while (frame := await client.read()) is not None:
        assert frame.kind in (Kind.ALIVE, Kind.FLUSHED)


async def test_a_session_that_ended_before_its_connection_came_is_told(session: Session) -> None:
    await session.feed.close()
    server = await asyncio.start_server(session.feed.serve, "127.0.0.1")
    client = Client(*await asyncio.open_connection(*server.sockets[0].getsockname()))
    assert await client.read() is None
    assert not session.told
    client.writer.close()
    server.close()
