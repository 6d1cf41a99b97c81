# ruff: noqa: N802 (Twisted names these methods)
"""Back pressure, without a network; tests/audience/test_server.py has the whole web process."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock

from captions.web import event_streams
from captions.web.event_streams import StreamingRequest, StreamingServer

STREAM = [(b"Content-Type", b"text/event-stream")]


class Channel(SimpleNamespace):
    """The connection of a request, as far as its answer needs it."""

    def __init__(self, server: StreamingServer) -> None:
        super().__init__(
            factory=SimpleNamespace(server=server, log=lambda request: None),
            transport=self,
            producer=None,
            written=b"",
            aborted=False,
            is_paused=False,
            _path=b"/?a=b",
            getPeer=lambda: None,
            getHost=lambda: None,
            writeHeaders=lambda *head: None,
            requestDone=lambda request: None,
            isSecure=lambda: False,
        )

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        assert streaming
        self.producer = producer

    def unregisterProducer(self) -> None:
        self.producer = None

    def write(self, data: bytes) -> None:
        self.written += data

    def writeSequence(self, parts: list[bytes]) -> None:
        self.written += b"".join(parts)

    def pauseProducing(self) -> None:
        self.is_paused = True

    def resumeProducing(self) -> None:
        self.is_paused = False

    def abortConnection(self) -> None:
        self.aborted = True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(event_streams, "reactor", clock)
    return clock


@pytest.fixture
def server() -> StreamingServer:
    server = StreamingServer.__new__(StreamingServer)
    server.connections, server.server_name, server.log_action = {}, "", lambda *action: None
    return server


@pytest.fixture
def request_(server: StreamingServer) -> StreamingRequest:
    made = StreamingRequest(Channel(server), True)
    made.clientproto, made.method, made.uri = b"HTTP/1.1", b"GET", b"/"
    return made


async def begin(server: StreamingServer, request: StreamingRequest, headers: Any) -> None:
    start = {"type": "http.response.start", "status": 200, "headers": headers}
    await server.handle_reply(request, start)


def write(server: StreamingServer, request: StreamingRequest) -> asyncio.Task[None]:
    message = {"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True}
    return asyncio.create_task(server.handle_reply(request, message))


async def test_a_stream_waits_while_its_reader_takes_nothing(
    clock: Clock, server: StreamingServer, request_: StreamingRequest
) -> None:
    await begin(server, request_, STREAM)
    await write(server, request_)
    request_.channel.producer.pauseProducing()
    waiting = write(server, request_)
    done, _ = await asyncio.wait({waiting}, timeout=0.05)
    assert not done
    request_.channel.producer.resumeProducing()
    await waiting
    # It was in time.
    clock.advance(60)
    assert not request_.channel.aborted


async def test_a_reader_that_takes_nothing_for_long_is_cut_off(
    clock: Clock, server: StreamingServer, request_: StreamingRequest, settings: Any
) -> None:
    settings.PING_TIMEOUT_SECONDS = 25
    await begin(server, request_, STREAM)
    request_.channel.producer.pauseProducing()
    waiting = write(server, request_)
    clock.advance(24)
    assert not request_.channel.aborted
    clock.advance(2)
    assert request_.channel.aborted
    # Nobody waits for a connection that is gone.
    request_.connectionLost(ConnectionDone())
    await waiting


async def test_anything_else_is_written_at_once(
    clock: Clock, server: StreamingServer, request_: StreamingRequest
) -> None:
    await begin(server, request_, [(b"Content-Type", b"text/plain")])
    assert request_.channel.producer is None
    await write(server, request_)


async def test_a_stream_that_ends_leaves_its_connection_to_the_next_request(
    clock: Clock, server: StreamingServer, request_: StreamingRequest
) -> None:
    await begin(server, request_, STREAM)
    channel = request_.channel
    await server.handle_reply(request_, {"type": "http.response.body"})
    assert channel.producer is None
    assert request_.finished
