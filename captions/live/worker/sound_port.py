"""Where an audio worker waits for the connections of web processes that push sound: see `protocol.feed_frames`."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

import structlog

from ...protocol import feed_frames
from ...protocol.feed_frames import FrameError, Kind

log = structlog.get_logger(__name__)

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]

_TICKET_SECONDS = 5.0
# Connections that have not shown a ticket yet.
_MOST_STRANGERS = 64
# Unread sound of one connection; above it the other side has to wait.
_READ_AHEAD_BYTES = 64 * 1024


class SoundPort:
    """A TCP server that gives each connection to whoever expects its ticket, which is good for one connection.

    `host` is the address on which it listens. Web processes on other machines need one that reaches them; for one
    that means all addresses, this machine's own is announced.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._host = host
        self._port = port
        self._server: asyncio.Server | None = None
        self._expected: dict[str, Serve] = {}
        self._strangers = 0

    @property
    def address(self) -> str:
        """Where it listens, as host:port; to be asked after `start`."""
        return f"{_announced(self._host)}:{self._port}"

    async def start(self) -> None:
        """Raises OSError."""
        self._server = await asyncio.start_server(
            self._connected, self._host, self._port, limit=_READ_AHEAD_BYTES
        )
        self._port = self._server.sockets[0].getsockname()[1]

    def expect(self, ticket: str, serve: Serve) -> None:
        """Calls `serve` with the connection that shows this ticket; it closes the connection."""
        self._expected[ticket] = serve

    def forget(self, ticket: str) -> None:
        """Expects the ticket no more; no effect if it was shown."""
        self._expected.pop(ticket, None)

    def close(self) -> None:
        """Takes no more connections; those that are open stay open."""
        if self._server is not None:
            self._server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._strangers >= _MOST_STRANGERS:
            writer.transport.abort()
            return
        self._strangers += 1
        try:
            serve = await self._serve_for(reader)
        finally:
            self._strangers -= 1
        if serve is None:
            log.warning("feed_without_ticket")
            writer.transport.abort()
            return
        await serve(reader, writer)

    async def _serve_for(self, reader: asyncio.StreamReader) -> Serve | None:
        with suppress(TimeoutError, FrameError, OSError, UnicodeDecodeError):
            async with asyncio.timeout(_TICKET_SECONDS):
                frame = await feed_frames.read(reader)
            if frame is not None and frame.kind is Kind.TICKET:
                return self._expected.pop(frame.payload.decode("ascii"), None)
        return None


def _announced(host: str) -> str:
    if ip_address(host).is_unspecified:
        return socket.gethostname()
    return f"[{host}]" if ":" in host else host
