# ruff: noqa: N802 (Twisted names these methods)
"""Daphne with back pressure for event streams, which may last for hours: a reader decides how fast they are written.

Everything else is written as before: it ends by itself, and what makes it may hold a connection to the database.
"""

import asyncio
from typing import Any

import structlog
from daphne.http_protocol import HTTPFactory
from daphne.server import Server
from django.conf import settings
from twisted.internet import reactor
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from .request_bodies import BoundedRequest

log = structlog.get_logger(__name__)

_TYPE = b"text/event-stream"


@implementer(IPushProducer)
class StreamingRequest(BoundedRequest):
    """A request whose answer, if it is an event stream, waits while its reader takes nothing.

    Twisted's transport calls `pauseProducing` when its buffer of 64 KiB is full, and `resumeProducing` when that has
    emptied. A reader that takes nothing for PING_TIMEOUT_SECONDS is cut off; it connects again and goes on by the last
    id.
    """

    _is_stream = False
    _cut_off: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._flowing = asyncio.Event()
        self._flowing.set()

    async def flows(self) -> None:
        """Waits until what was written can leave, or the connection is gone."""
        await self._flowing.wait()

    def handle_reply(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start" and (b"Content-Type", _TYPE) in message.get(
            "headers", ()
        ):
            self._is_stream = True
            self.registerProducer(self, True)
        super().handle_reply(message)

    def finish(self) -> None:
        self._end()
        super().finish()

    def connectionLost(self, reason: Any) -> None:
        self._end()
        super().connectionLost(reason)

    def pauseProducing(self) -> None:
        self._flowing.clear()
        if self._cut_off is None:
            running: Any = reactor
            self._cut_off = running.callLater(settings.PING_TIMEOUT_SECONDS, self._cut)

    def resumeProducing(self) -> None:
        self._flowing.set()
        cut_off, self._cut_off = self._cut_off, None
        if cut_off is not None:
            cut_off.cancel()

    def stopProducing(self) -> None:
        self.resumeProducing()

    def _end(self) -> None:
        if self._is_stream:
            self._is_stream = False
            self.resumeProducing()
            if self.channel is not None:
                self.unregisterProducer()

    def _cut(self) -> None:
        self._cut_off = None
        log.warning("reader_too_slow")
        self.transport.abortConnection()


class StreamingFactory(HTTPFactory):
    def buildProtocol(self, addr: Any) -> Any:
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = StreamingRequest
        return protocol


class StreamingServer(Server):
    """A server whose applications wait in `send` while the reader of an event stream takes nothing."""

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        await super().handle_reply(protocol, message)
        if isinstance(protocol, StreamingRequest):
            await protocol.flows()
