"""The data channel of a peer: texts both ways, in order, beside the sound."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from aiortc import RTCDataChannel, RTCSctpTransport

from .data_section import MOST_BYTES
from .sctp_gate import SctpGate

log = structlog.get_logger(__name__)

SKIP_BYTES = 256 * 1024
"""With more unsent, what may be skipped is."""
CLOSE_BYTES = 1024 * 1024
"""With more unsent, the channel is closed."""
# A browser may open others; each costs something until it is closed.
_MOST_OPENED = 8
_LOOK_SECONDS = 0.02


class Channel:
    """The end of an open channel. `on_text` gets each message that comes, None for a binary one, and must not raise."""

    def __init__(self, raw: RTCDataChannel) -> None:
        self._raw = raw
        self.on_text: Callable[[str | None], None] = lambda _text: None
        self.on_close: Callable[[], None] = lambda: None
        raw.on("message", self._heard)
        raw.on("close", lambda: self.on_close())

    @property
    def is_open(self) -> bool:
        return self._raw.readyState == "open" and self._raw.transport.transport.state == "connected"

    def send(self, text: str, *, may_skip: bool = False) -> None:
        """Sends a message; never waits. A channel that is not read is closed, and before that what `may_skip` is not
        sent.
        """
        unsent = self._raw.bufferedAmount
        if not self.is_open or (may_skip and unsent > SKIP_BYTES):
            return
        if unsent > CLOSE_BYTES:
            log.warning("channel_not_read")
            self.close()
            return
        try:
            self._raw.send(text)
        except ValueError:
            # Longer than the other side takes.
            log.warning("channel_message_too_long", length=len(text))

    async def drained(self, seconds: float) -> None:
        """Waits until everything has arrived, or the channel is gone, for at most `seconds`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._has_unsent:  # noqa: ASYNC110
                    await asyncio.sleep(_LOOK_SECONDS)

    def close(self) -> None:
        """Closes it once everything is sent. Later calls do nothing."""
        self._raw.close()

    @property
    def _has_unsent(self) -> bool:
        sctp: Any = self._raw.transport
        return sctp.transport.state == "connected" and bool(
            self._raw.bufferedAmount or sctp._outbound_queue or sctp._sent_queue
        )

    def _heard(self, message: str | bytes) -> None:
        if not isinstance(message, str):
            self.on_text(None)
        elif len(message) > MOST_BYTES:
            log.warning("channel_message_too_long", length=len(message))
            self.close()
        else:
            self.on_text(message)


class Channels:
    """Gives `on_channel` the one channel with this label that the other side opens; it closes all others.

    The channel must be reliable and in order. Whatever the other side sends costs little: see `sctp_gate`. If its SCTP
    is broken, the channel ends and the sound goes on. It uses private attributes of aiortc, whose version is pinned.
    """

    def __init__(self, label: str, on_channel: Callable[[Channel], None]) -> None:
        self._label = label
        self._on_channel = on_channel
        self._gate = SctpGate()
        self._sctp: Any = None
        self._opened = 0
        self._is_taken = False
        self._is_over = False

    def install(self, sctp: RTCSctpTransport) -> None:
        """Takes the channels of a transport that has not begun."""
        self._sctp = sctp
        self._handle = self._sctp._handle_data
        self._sctp._handle_data = self._receive
        self._sctp._local_partial_reliability = False
        # Room for what has come of messages that are not whole.
        self._sctp._advertised_rwnd = 2 * MOST_BYTES
        sctp.on("datachannel", self._take)

    async def close(self) -> None:
        """Ends all channels. Later calls do nothing."""
        if self._sctp is not None and not self._is_over:
            self._is_over = True
            await self._sctp.stop()

    async def _receive(self, packet: bytes) -> None:
        sctp = self._sctp
        if self._is_over or not self._gate.admits(packet, time.monotonic(), sctp._last_received_tsn):
            return
        try:
            await self._handle(packet)
        except ConnectionError:
            raise
        except Exception as error:  # aiortc's parser raises assertion, index, key and struct errors
            await self._break(type(error).__name__)
            return
        if sctp._advertised_rwnd < 0:
            await self._break("too much that is not whole")
        elif self._opened > _MOST_OPENED:
            await self._break("too many channels")

    async def _break(self, why: str) -> None:
        log.warning("channel_broken", why=why)
        await self.close()

    def _take(self, raw: RTCDataChannel) -> None:
        self._opened += 1
        is_reliable = raw.ordered and raw.maxRetransmits is None and raw.maxPacketLifeTime is None
        if self._is_taken or raw.label != self._label or not is_reliable:
            log.info("channel_refused")
            raw.close()
            return
        self._is_taken = True
        self._on_channel(Channel(raw))
