import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

from captions.clients.openai.realtime import consumer
from captions.clients.sockets import consumer as sockets
from captions.models import Scope, User
from captions.protocol.registry import Registry, WorkerState
from tests.clients.tokens import token_of
from tests.sockets import Socket
from whisperstream_site import asgi

from .streams import Stream

# What is waited for comes at once on an idle machine.


class Client:
    """A program at the other end of a socket."""

    def __init__(self, socket: Socket) -> None:
        self.socket = socket

    async def say(self, kind: str, **fields: Any) -> None:
        await self.socket.send_to(text_data=json.dumps({"type": kind, **fields}))

    async def next(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(await self.socket.receive_from())
        return event

    async def until(self, kind: str) -> dict[str, Any]:
        while (event := await self.next())["type"] != kind:
            pass
        return event

    async def error(self) -> str:
        return str((await self.until("error"))["error"]["code"])

    async def closed(self) -> int:
        while True:
            output = await self.socket.receive_output()
            if output["type"] == "websocket.close":
                return int(output["code"])


Connect = Callable[..., Awaitable[Client]]


@pytest.fixture(autouse=True)
def streams(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Stream]]:
    monkeypatch.setattr(sockets, "TICK_SECONDS", 0.05)
    monkeypatch.setattr(consumer, "SoundStream", Stream)
    yield Stream.opened
    Stream.opened.clear()
    Stream.refusal = None


@pytest.fixture
def token(user: User) -> str:
    return token_of(user, Scope.LIVE)


@pytest.fixture
async def worker() -> AsyncIterator[Callable[..., Awaitable[None]]]:
    """Announces an audio worker with a model."""
    registry = Registry()

    async def announce(**state: Any) -> None:
        await registry.announce(WorkerState("a", "ready", model="base", room=1, **state))

    await announce()
    yield announce
    await registry.leave("a")
    await registry.close()


@pytest.fixture
async def connect(layer: Any, worker: Any) -> AsyncIterator[Connect]:
    opened: list[Socket] = []

    async def connect(
        token: str = "", query: str = "intent=transcription", *, offered: tuple[str, ...] = (), **headers: str
    ) -> Client:
        if token:
            headers["authorization"] = f"Bearer {token}"
        sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        socket = Socket(asgi.application, f"/v1/realtime?{query}", sent, offered)
        socket.scope["client"] = ["192.0.2.1", 4711]
        opened.append(socket)
        is_open, answer = await socket.connect()
        if not is_open:
            raise ConnectionRefusedError(answer)
        return Client(socket)

    yield connect
    for socket in opened:
        await socket.disconnect()
