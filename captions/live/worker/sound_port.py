"""Where an audio worker waits for the connections of web processes that push sound: see `protocol.feed_frames`."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

import structlog

from ...core.cancellation import cancel_and_wait
from ...protocol import feed_frames
from ...protocol.feed_frames import FrameError, Kind

log = structlog.get_logger(__name__)

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]

# How long somebody may take to come with a ticket, and to show it.
_TICKET_SECONDS = 10.0
_SHOW_SECONDS = 5.0
_CLOSE_SECONDS = 5.0
# Connections that have not shown a ticket yet.
_MOST_STRANGERS = 64
# Unread sound of one connection; above it the other side has to wait.
_READ_AHEAD_BYTES = 64 * 1024


class SoundPort:
    """A TCP server that gives each connection to whoever expects its ticket, which is good for one connection.

    `host` is the address on which it listens, and which is announced to web processes. For one that means all
    addresses, that is the one from which this machine speaks with `peer`, which the web processes reach as well.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0, *, peer: str = "") -> None:
        self._host = host
        self._peer = peer
        self._port = port
        self._server: asyncio.Server | None = None
        self._expected: dict[str, Serve] = {}
        self._strangers = 0
        self._serving: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        """Where it listens, as host:port; to be asked after `start`."""
        return f"{_announced(self._host, self._peer)}:{self._port}"

    async def start(self) -> None:
        """Raises OSError."""
        self._server = await asyncio.start_server(
            self._connected, self._host, self._port, limit=_READ_AHEAD_BYTES
        )
        self._port = self._server.sockets[0].getsockname()[1]

    def expect(self, ticket: str, serve: Serve) -> str:
        """Calls `serve` with the connection that shows this ticket, and which it closes; returns where it must come."""
        self._expected[ticket] = serve
        asyncio.get_running_loop().call_later(_TICKET_SECONDS, self._expected.pop, ticket, None)
        return self.address

    async def close(self) -> None:
        """Takes no more connections, and waits for those whose sessions have ended; the others are cancelled."""
        if self._server is not None:
            self._server.close()
        if self._serving:
            await asyncio.wait(self._serving, timeout=_CLOSE_SECONDS)
        await cancel_and_wait(list(self._serving))

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
        task = asyncio.create_task(serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve_for(self, reader: asyncio.StreamReader) -> Serve | None:
        with suppress(TimeoutError, FrameError, OSError, UnicodeDecodeError):
            async with asyncio.timeout(_SHOW_SECONDS):
                frame = await feed_frames.read(reader)
            if frame is not None and frame.kind is Kind.TICKET:
                return self._expected.pop(frame.payload.decode("ascii"), None)
        return None


def _announced(host: str, peer: str) -> str:
    if ip_address(host).is_unspecified:
        host = _own_address(peer) or socket.gethostname()
    return f"[{host}]" if ":" in host else host


def _own_address(peer: str) -> str:
    """The address from which this machine speaks with another one; empty if that is this machine."""
    with suppress(OSError, ValueError):
        for family, kind, _, _, address in socket.getaddrinfo(peer, 9, type=socket.SOCK_DGRAM):
            with socket.socket(family, kind) as probe:
                # Sends nothing: it only looks for the way.
                probe.connect(address)
                own = str(probe.getsockname()[0])
            if not ip_address(own.partition("%")[0]).is_loopback:
                return own
    return ""
