# ruff: noqa: N802, N803 (Twisted and autobahn name these methods)
"""WebSockets with bounded queues: a page that overflows one is cut off, a program is made to wait."""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar

import structlog
from autobahn.util import encode_truncate
from daphne.ws_protocol import WebSocketProtocol
from django.conf import settings
from twisted.internet import reactor
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from .backlog import Backlog

log = structlog.get_logger(__name__)

_WAITING_MESSAGES = 200
# Of a program: then its socket is not read for a while.
_AHEAD_MESSAGES = 100
_LOOK_SECONDS = 0.02
# What the kernel holds beside that delays the answers to a program's pings, and many give up after 20 s.
_KERNEL_BYTES = 65536
# Bytes, as the protocol has it.
_LONGEST_REASON = 123


@implementer(IPushProducer)
class BoundedProtocol(WebSocketProtocol):
    """A WebSocket with bounded queues in both directions.

    It is aborted when what it is sent overflows: Twisted's transport calls `pauseProducing` when its buffer is full and
    `resumeProducing` when it has emptied; messages sent in between are counted. A client that was cut off connects
    again and gets the finals by `seq`.

    What comes in from a page is a few small messages, and too many abort it, too. A program sends sound, perhaps faster
    than it can be heard: if much waits for the application, the socket is not read until there is room again, and no
    more than twice LIMIT_SOUND_MESSAGE_BYTES is held.
    """

    is_of_page: ClassVar[Callable[[str], bool]]
    """Whether the socket at this path is one of a page."""

    muted: bool
    _stalled = False
    _waiting_messages = 0
    _waiting_bytes = 0
    _backlog: Backlog | None = None
    """Of a program."""
    _is_waiting = False

    def onConnect(self, request: Any) -> Any:
        if type(self).is_of_page(request.path):
            # The consumer answers a message up to twice the limit with an error; a longer one ends the connection.
            self.maxMessagePayloadSize = self.maxFramePayloadSize = 2 * settings.LIMIT_MESSAGE_BYTES
        else:
            self._backlog = Backlog(_AHEAD_MESSAGES, settings.LIMIT_SOUND_MESSAGE_BYTES)
            # A longer message is answered with the code 1009.
            self.failByDrop = False
            with suppress(OSError):
                self.transport.getHandle().setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _KERNEL_BYTES)
        return super().onConnect(request)

    def onOpen(self) -> None:
        # Until now the transport called the HTTP channel of the handshake.
        self.transport.unregisterProducer()
        self.transport.registerProducer(self, True)
        super().onOpen()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        if self._backlog is not None:
            super().onMessage(payload, isBinary)
            self._backlog.add(len(payload))
            if self._is_full(self._backlog):
                self._wait()
        elif self.application_queue.qsize() >= _WAITING_MESSAGES:
            self._cut("client_too_fast")
        else:
            super().onMessage(payload, isBinary)

    def processData(self) -> bool:
        # What was read together with the last message waits as well; a closing handshake does not.
        if self._is_waiting and self.state == self.STATE_OPEN:
            return False
        return bool(super().processData())

    def check_timeouts(self) -> None:
        if self._is_waiting:
            # The answer to a ping would not be read.
            self.last_ping = time.time()
        super().check_timeouts()

    def handle_reply(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.close" and self.state == self.STATE_OPEN:
            # Daphne knows no reason, and autobahn refuses codes that an application may well say, such as 1011.
            reason = message.get("reason") or ""
            self.sendCloseFrame(message.get("code") or 1000, encode_truncate(reason, _LONGEST_REASON) or None)
        else:
            super().handle_reply(message)

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

    def _is_full(self, backlog: Backlog) -> bool:
        backlog.left(self.application_queue.qsize())
        return backlog.is_full()

    def _wait(self) -> None:
        self._is_waiting = True
        self.transport.pauseProducing()
        self._look_later()

    def _look_later(self) -> None:
        running: Any = reactor
        running.callLater(_LOOK_SECONDS, self._look)

    def _look(self) -> None:
        if self.state == self.STATE_OPEN and self._backlog is not None and self._is_full(self._backlog):
            self._look_later()
            return
        self._is_waiting = False
        self.consumeData()
        if not self._is_waiting:
            self.transport.resumeProducing()

    def _cut(self, event: str) -> None:
        if not self.muted:
            self.muted = True
            log.warning(event)
            self.transport.abortConnection()
