# ruff: noqa: N802, N803 (Twisted and autobahn name these methods)
"""Daphne with bounded queues for each WebSocket, and with a shutdown that lets the sockets close first."""

import signal
import tempfile
from typing import Any

import structlog
from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings
from twisted.internet import reactor
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from ..core import draining
from . import request_bodies

log = structlog.get_logger(__name__)

_WAITING_MESSAGES = 200


@implementer(IPushProducer)
class BoundedProtocol(WebSocketProtocol):
    """A WebSocket with bounded queues in both directions; it is aborted when one overflows.

    Twisted's transport calls `pauseProducing` when its buffer is full and `resumeProducing` when it has emptied;
    messages sent in between are counted. A client that was cut off connects again and gets the finals by `seq`.
    """

    muted: bool
    _stalled = False
    _waiting_messages = 0
    _waiting_bytes = 0

    def onOpen(self) -> None:
        # Until now the transport called the HTTP channel of the handshake.
        self.transport.unregisterProducer()
        self.transport.registerProducer(self, True)
        super().onOpen()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        if self.application_queue.qsize() >= _WAITING_MESSAGES:
            self._cut("client_too_fast")
            return
        super().onMessage(payload, isBinary)

    def serverSend(self, content: str | bytes, binary: bool = False) -> None:
        if self._stalled:
            self._waiting_messages += 1
            self._waiting_bytes += len(content)
            if (
                self._waiting_messages > settings.LIMIT_SEND_MESSAGES
                or self._waiting_bytes > settings.LIMIT_SEND_BYTES
            ):
                self._cut("client_too_slow")
                return
        super().serverSend(content, binary)

    def pauseProducing(self) -> None:
        self._stalled = True

    def resumeProducing(self) -> None:
        self._stalled = False
        self._waiting_messages = self._waiting_bytes = 0

    def stopProducing(self) -> None:
        pass

    def _cut(self, event: str) -> None:
        if not self.muted:
            self.muted = True
            log.warning(event)
            self.transport.abortConnection()


def serve(application: Any, host: str, port: int) -> None:
    """Serves until SIGINT or SIGTERM, and then for WEB_DRAIN_SECONDS, in which browsers move to another process."""
    WebSocketFactory.protocol = BoundedProtocol
    request_bodies.bound()
    # Bodies on their way are files without a name, on the disk that is there for files.
    settings.INCOMING_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    tempfile.tempdir = str(settings.INCOMING_DIR)
    server = Server(
        application=application,
        endpoints=build_endpoint_description_strings(host=host, port=port),
        signal_handlers=False,
        # The consumer answers a message up to twice the limit with an error; a longer one ends the connection.
        websocket_max_message_size=2 * settings.LIMIT_MESSAGE_BYTES,
        websocket_max_frame_size=2 * settings.LIMIT_MESSAGE_BYTES,
        ping_interval=settings.PING_SECONDS,
        ping_timeout=settings.PING_TIMEOUT_SECONDS,
        server_name="",
    )

    def stop(signal_number: int, frame: object) -> None:
        if draining.started():
            return
        draining.begin()
        running: Any = reactor
        running.callFromThread(running.callLater, settings.WEB_DRAIN_SECONDS, server.stop)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    server.run()
