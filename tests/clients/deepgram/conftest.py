"""Sockets of `/v1/listen` on the whole application, with a worker that tells only what a test lets it."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from types import SimpleNamespace
from typing import Any, Self

import pytest
from channels.layers import get_channel_layer

from captions.clients.deepgram import consumer
from captions.clients.roads import short_road
from captions.clients.sockets import consumer as sockets
from captions.models import ApiToken, Scope, User
from captions.protocol.feed_frames import Listen
from captions.protocol.messages import media
from captions.speech.ring import Samples
from tests.clients.tokens import token_of
from tests.sockets import Socket
from whisperstream_site import asgi


class FakeStream:
    """Takes the place of a `SoundStream`: keeps what is done to it, and tells what is put into `events`."""

    opened: list["FakeStream"]
    refusal: Exception | None
    finals: list[dict[str, Any]]
    """Told once the sound ends."""

    def __init__(self, token: ApiToken, listen: Listen, kept: bool) -> None:
        self.token, self.listens, self.kept = token, [listen], kept
        self.session = SimpleNamespace(id=uuid.uuid4(), kept=kept, listen=listen)
        self.samples = 0
        self.is_closed = self.is_over = False
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self.events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    @classmethod
    async def open(cls, token: ApiToken, listen: Listen, *, kept: bool, **_options: Any) -> Self:
        if cls.refusal is not None:
            raise cls.refusal
        stream = cls(token, listen, kept)
        cls.opened.append(stream)
        return stream

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def push(self, samples: Samples) -> None:
        await self.may_go_on.wait()
        self.samples += samples.size

    async def listen(self, listen: Listen) -> None:
        self.listens.append(listen)

    async def flush(self) -> int:
        self.events.put_nowait({"type": "flushed", "number": 1})
        return 1

    async def end(self) -> None:
        for final in self.finals:
            self.events.put_nowait(final)
        self.ended("stopped")

    def ended(self, reason: str) -> None:
        self.events.put_nowait(media("ended", gen=1, clock_ms=self.samples // 16, reason=reason))

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> dict[str, Any]:
        if self.is_over:
            raise StopAsyncIteration
        event = await self.events.get()
        self.is_over = event.get("state") == "ended" or event.get("code") == "worker_lost"
        return event

    async def close(self) -> None:
        self.is_closed = True


class Client:
    """A program at the other end of a socket."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket

    async def send(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            # Which, unlike `send_to`, also sends an empty one.
            await self._socket.send_input({"type": "websocket.receive", "bytes": message})
        else:
            await self._socket.send_to(text_data=message)

    async def say(self, kind: str, **fields: Any) -> None:
        await self.send(json.dumps({"type": kind, **fields}))

    async def hear(self) -> dict[str, Any]:
        heard: dict[str, Any] = json.loads(await self._socket.receive_from())
        return heard

    async def closed(self) -> int:
        output = await self._socket.receive_output()
        assert output["type"] == "websocket.close", output
        return int(output["code"])

    async def error(self) -> tuple[str, str, int]:
        """The variant and the sentence of the error that comes next, and the code with which the socket closes."""
        message = await self.hear()
        assert message["type"] == "Error", message
        return message["variant"], message["description"], await self.closed()

    async def leave(self) -> None:
        await self._socket.disconnect()


Connect = Callable[..., Awaitable[Client]]


@pytest.fixture(autouse=True)
def streams(monkeypatch: pytest.MonkeyPatch) -> type[FakeStream]:
    class Stream(FakeStream):
        opened = []
        refusal = None
        finals = []

    monkeypatch.setattr(consumer, "SoundStream", Stream)
    monkeypatch.setattr(short_road, "SoundStream", Stream)
    monkeypatch.setattr(sockets, "TICK_SECONDS", 0.05)
    return Stream


@pytest.fixture
def token(user: User) -> str:
    return token_of(user, Scope.LIVE, Scope.TRANSCRIBE)


@pytest.fixture
async def connect(db: None) -> AsyncIterator[Connect]:
    opened: list[Socket] = []

    async def connect(
        token: str,
        query: str = "encoding=linear16&sample_rate=16000",
        *,
        path: str = "/v1/listen",
        offered: tuple[str, ...] = (),
    ) -> Client:
        headers = [] if offered else [(b"authorization", f"Token {token}".encode())]
        socket = Socket(asgi.application, f"{path}?{query}", headers, offered)
        socket.scope["client"] = ["192.0.2.1", 4711]
        opened.append(socket)
        is_open, answer = await socket.connect()
        if not is_open:
            raise ConnectionRefusedError(answer)
        if offered:
            assert answer == offered[0]
        return Client(socket)

    yield connect
    for socket in opened:
        await socket.disconnect()
    await get_channel_layer().close_pools()
