"""The sound that a web process pushes into a session, and the text that it gets back: a source beside `webrtc.Peer`."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import numpy as np
import structlog

from ...audio.opus import OpusStream
from ...core.cancellation import cancel_and_wait
from ...protocol import feed_frames
from ...protocol.feed_frames import Frame, FrameError, Kind, Listen
from ...speech.ring import Samples
from ...speech.types import SAMPLE_RATE
from ...webrtc.audio import AudioChunk, Packet, Pcm
from .pace import Pace

log = structlog.get_logger(__name__)

# Sound is passed on in pieces, between which others have their turn.
_PIECE = SAMPLE_RATE // 5
_WAIT_SECONDS = 0.01
# What may wait for a web process that does not read. All text of the longest session is less.
_MOST_UNREAD_BYTES = 4 * 1024 * 1024
_CLOSE_SECONDS = 2.0
_DROPPED_BYTES = 65_536


class Feed:
    """One connection of a web process, served by `serve`. Its clock is the number of samples: no time passes without.

    Sound may come faster than it can be heard: while `is_behind()`, no more is read, so that the other side has to
    wait. `on_alive` is called when anything comes; `on_flush` is awaited before FLUSHED is told, and meanwhile nothing
    is read either, so that all text of the sound before comes before it. `on_end` is awaited at the end, with whether
    the other side asked for it. `on_pace` is called with `Pace.is_ahead` when that changes.
    """

    def __init__(
        self,
        session: str,
        gen: int,
        *,
        on_audio: Callable[[AudioChunk], None],
        on_packet: Callable[[Packet], None] | None,
        on_alive: Callable[[], None],
        on_listen: Callable[[Listen], None],
        on_flush: Callable[[], Awaitable[None]],
        on_end: Callable[[bool], Awaitable[None]],
        on_pace: Callable[[bool], None],
        is_behind: Callable[[], bool],
    ) -> None:
        self.gen = gen
        self._on_audio = on_audio
        self._on_packet = on_packet
        self._on_alive = on_alive
        self._on_listen = on_listen
        self._on_flush = on_flush
        self._on_end = on_end
        self._on_pace = on_pace
        self._is_behind = is_behind
        self._pace = Pace()
        self._passed_on_at = 0.0
        self._waited_seconds = 0.0
        self._encoder = OpusStream()
        self._ticks = 0
        self._paused = False
        self._closing = False
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None
        self._log = log.bind(session=session)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Takes what comes over the connection until it ends, or the session does."""
        if self._closing:
            # The session ended before its connection came, which can be told no more.
            writer.close()
            return
        self._reader, self._writer, self._task = reader, writer, asyncio.current_task()
        alive = asyncio.create_task(self._stay())
        self._passed_on_at = time.monotonic()
        asked = False
        try:
            while not asked and (frame := await self._next(reader)) is not None:
                # What comes after the end is read all the same: see `close`.
                if not self._closing:
                    self._on_alive()
                    await self._take(frame)
                    asked = frame.kind is Kind.END
        except (FrameError, OSError) as error:
            if not self._closing:
                self._log.warning("feed_broken", error=type(error).__name__)
        finally:
            if not self._closing:
                await self._on_end(asked)
            await cancel_and_wait([alive])

    def tell(self, payload: dict[str, Any]) -> None:
        """Sends a message to the web process; never waits. A connection that does not read is cut off."""
        self._send(Kind.EVENT, msgspec.json.encode(payload))

    async def add_candidate(self, line: str | None) -> None:
        """Does nothing: no ICE is needed."""

    async def flush(self) -> None:
        """Does nothing: what was read was passed on."""

    def pause(self) -> None:
        """Drops all sound until `resume`."""
        self._paused = True

    def resume(self) -> None:
        self._paused = False

    async def close(self) -> None:
        """Ends the connection once everything is sent. Later calls do nothing.

        What still comes is read and dropped: a connection that is closed with unread data loses what was sent, too.
        """
        if self._closing:
            return
        self._closing = True
        if self._writer is None or self._reader is None or self._task is None:
            return
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                self._writer.write_eof()
                if self._task is asyncio.current_task():
                    while await self._reader.read(_DROPPED_BYTES):
                        pass
                else:
                    await asyncio.wait([self._task])
            self._writer.close()
        except (TimeoutError, OSError):
            self._writer.transport.abort()

    async def _stay(self) -> None:
        while True:
            await asyncio.sleep(feed_frames.ALIVE_SECONDS)
            self._send(Kind.ALIVE)

    async def _next(self, reader: asyncio.StreamReader) -> Frame | None:
        began = time.monotonic()
        frame = await feed_frames.read(reader)
        self._waited_seconds += time.monotonic() - began
        return frame

    async def _take(self, frame: Frame) -> None:
        match frame.kind:
            case Kind.SOUND:
                await self._hear(_samples(frame.payload))
            case Kind.LISTEN:
                self._on_listen(feed_frames.listen_of(frame.payload))
            case Kind.FLUSH:
                await self._on_flush()
                self._send(Kind.FLUSHED, frame.payload)
            case _:
                pass

    async def _hear(self, samples: Samples) -> None:
        for start in range(0, samples.size, _PIECE):
            while self._is_behind() and not self._closing:
                self._on_alive()
                await asyncio.sleep(_WAIT_SECONDS)
            if not (self._paused or self._closing):
                piece = samples[start : start + _PIECE]
                self._keep_pace(piece.size / SAMPLE_RATE, time.monotonic())
                self._pass_on(piece)
            await asyncio.sleep(0)

    def _keep_pace(self, seconds: float, now: float) -> None:
        was_ahead, waited = self._pace.is_ahead, self._waited_seconds
        self._pace.take(seconds, waited=waited, held=now - self._passed_on_at - waited)
        self._passed_on_at, self._waited_seconds = now, 0.0
        if self._pace.is_ahead != was_ahead:
            self._on_pace(self._pace.is_ahead)

    def _pass_on(self, samples: Samples) -> None:
        self._on_audio(Pcm(samples))
        if self._on_packet is None:
            return
        for payload, ticks in self._encoder.push(samples):
            self._on_packet(Packet(payload, self._ticks, ticks))
            self._ticks += ticks

    def _send(self, kind: Kind, payload: bytes = b"") -> None:
        if self._closing or self._writer is None or self._writer.is_closing():
            return
        self._writer.write(feed_frames.pack(kind, payload))
        if self._writer.transport.get_write_buffer_size() > _MOST_UNREAD_BYTES:
            self._log.warning("feed_not_read")
            self._writer.transport.abort()


def _samples(payload: bytes) -> Samples:
    """Raises FrameError."""
    if len(payload) % 2:
        raise FrameError("A SOUND frame holds half a sample.")
    return np.frombuffer(payload, "<i2").astype(np.int16)
