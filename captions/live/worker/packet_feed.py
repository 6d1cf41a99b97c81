"""The sound of a page that comes over its sound socket: a source beside `webrtc.Peer`."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import structlog

from ...core.cancellation import cancel_and_wait
from ...protocol import feed_frames, messages, sound_frames
from ...protocol.feed_frames import FrameError, Kind
from ...protocol.sound_frames import PlacedPacket, SoundFrame, SoundFrameError
from ...speech.types import SAMPLE_RATE
from ...webrtc.audio import HOLE_SECONDS, AudioChunk, Gap, Packet, Pcm
from ...webrtc.jitter import AudioPacket
from ...webrtc.receive_pipeline import ReceivePipeline
from ...webrtc.watchdog import MediaWatchdog, PeerState

log = structlog.get_logger(__name__)

MOST_LATE_SECONDS = 35.0
"""Older sound than this is not taken: the page delivers it otherwise. Pages keep a little less."""
FRESH_SECONDS = 0.5
"""The oldest sound that a session takes which was heard elsewhere before."""
_TICK_SECONDS = 0.1
# Sound that is later than this is waited for by nobody word by word: it may come as fast as it can be heard.
_LATE_SECONDS = 2.0
_WAIT_SECONDS = 0.01
_TELL_SECONDS = 1.0
_CLOSE_SECONDS = 2.0
_MOST_UNREAD_BYTES = 65_536
_SOURCE = 1


class PacketFeed:
    """Takes the packets of one sound socket, which a web process passes on: see `protocol.sound_frames`.

    They come in order and complete, so there is nothing to wait for; a packet that came before is left out. How late
    they are is known from their age, and up to `most_late_seconds` they are taken. `on_audio`, `on_packet` and
    `on_state` are those of Peer. `heard` says where the session's clock is, or None while it does not hear this
    feed; the page is told so, with the position on its own clock, and once a second that it is still heard. While
    `is_behind()`, late sound is not read, so that the other side has to wait.

    `clock` names that of the positions. With `begins_at` it continues another feed with the same clock: what lies
    before that position is left out, and what is missing behind it is a hole.
    """

    def __init__(
        self,
        session: str,
        gen: int,
        clock: str,
        *,
        on_audio: Callable[[AudioChunk], None],
        on_packet: Callable[[Packet], None] | None,
        on_state: Callable[[PeerState, str], None],
        heard: Callable[[], int | None],
        is_behind: Callable[[], bool],
        shares: bool,
        most_late_seconds: float,
        ice_seconds: float = 15,
        warn_seconds: float = 3,
        park_seconds: float = 10,
    ) -> None:
        self.gen = gen
        self.clock = clock
        self.begins_at: int | None = None
        self._on_audio = on_audio
        self._on_packet = on_packet
        self._on_state = on_state
        self._heard = heard
        self._is_behind = is_behind
        self._shares = shares
        self._most_late_seconds = min(most_late_seconds, MOST_LATE_SECONDS)
        self._watchdog = MediaWatchdog(
            ice_seconds=ice_seconds, warn_seconds=warn_seconds, park_seconds=park_seconds
        )
        self._watchdog.answered(time.monotonic())
        self._told_state: tuple[PeerState, str] = ("connecting", "")
        self._pipeline: ReceivePipeline | None = None
        self._paused = False
        self._closing = False
        self._count = 0
        self._position = 0
        self._hole_ticks = 0
        self._told_position = -1
        self._told_at = float("-inf")
        # When the sound at position 0 was captured, in monotonic seconds, as the latest message has it.
        self._zero_at = 0.0
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None
        self._ticker = asyncio.create_task(self._tick())
        self._log = log.bind(session=session, gen=gen)

    @property
    def state(self) -> PeerState:
        return self._watchdog.state

    @property
    def position(self) -> int:
        """The end of the last sound that was passed on."""
        return self._position

    @property
    def heard_at(self) -> float:
        """When the last packet came, in monotonic seconds; -inf before the first."""
        return self._watchdog.heard_at

    @property
    def late_seconds(self) -> float:
        """How long ago the last sound that was passed on was captured."""
        return max(0.0, time.monotonic() - self._zero_at - self._position / sound_frames.TICK_RATE)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Takes what comes over the connection until it ends, or the session does."""
        if self._closing:
            writer.close()
            return
        self._writer, self._task = writer, asyncio.current_task()
        try:
            while not self._closing and (frame := await feed_frames.read(reader)) is not None:
                if frame.kind is Kind.PACKETS:
                    await self._take(sound_frames.parse(frame.payload))
        except (FrameError, SoundFrameError, OSError) as error:
            self._log.warning("packet_feed_broken", error=type(error).__name__)
        finally:
            # A page that comes again has another feed; until then it is as if nothing arrived.
            writer.close()

    async def add_candidate(self, line: str | None) -> None:
        """Does nothing: no ICE is needed."""

    async def flush(self) -> None:
        """Delivers all that was read."""
        if self._pipeline is not None:
            self._pipeline.flush()

    def pause(self) -> None:
        """Drops all sound until `resume`."""
        self._paused = True
        self._watchdog.pause()
        if self._pipeline is not None:
            self._pipeline.pause()

    def resume(self) -> None:
        self._paused = False
        self._watchdog.resume(time.monotonic())
        if self._pipeline is not None:
            self._pipeline.resume()

    async def close(self) -> None:
        """Ends the connection. Later calls do nothing."""
        if self._closing:
            return
        self._closing = True
        self._tell()
        self._watchdog.close()
        self._publish_state()
        await cancel_and_wait([self._ticker])
        if self._pipeline is not None:
            self._pipeline.tally()
        if self._writer is None:
            return
        self._writer.close()
        if self._task is not None and self._task is not asyncio.current_task():
            _done, waiting = await asyncio.wait([self._task], timeout=_CLOSE_SECONDS)
            if waiting:
                self._writer.transport.abort()

    async def _take(self, frame: SoundFrame) -> None:
        now = time.monotonic()
        late = frame.age_ms / 1000
        self._zero_at = now - late - frame.packets[0].position / sound_frames.TICK_RATE
        self._watchdog.heard(now)
        self._publish_state()
        while late > _LATE_SECONDS and self._is_behind() and not self._closing:
            self._watchdog.heard(time.monotonic())
            await asyncio.sleep(_WAIT_SECONDS)
        for packet in frame.packets:
            if not self._closing:
                self._pass_on(packet)
        if self._pipeline is None and not self._closing:
            # Otherwise the page would wait until they are heard, and send nothing behind them.
            said = messages.skipped(self.gen, position=frame.packets[-1].end)
            self._send(Kind.EVENT, msgspec.json.encode(said))

    def _pass_on(self, packet: PlacedPacket) -> None:
        if packet.position < max(self._position, self.begins_at or 0):
            return
        now = time.monotonic()
        late = now - self._zero_at - packet.position / sound_frames.TICK_RATE
        if self._pipeline is None:
            if late > self._most_late_seconds:
                return
            self._pipeline = self._begin(packet, max(0.0, late))
        self._position = packet.end
        self._count += 1
        sequence, timestamp = self._count & 0xFFFF, packet.position & 0xFFFFFFFF
        self._pipeline.add(AudioPacket(_SOURCE, sequence, timestamp, packet.payload, now))

    def _begin(self, packet: PlacedPacket, late_seconds: float) -> ReceivePipeline:
        pipeline = ReceivePipeline(
            self._on_audio,
            on_packet=self._keep if self._on_packet is not None else None,
            shares=self._shares,
            late_seconds=late_seconds,
        )
        if self._paused:
            pipeline.pause()
        elif self.begins_at is not None and packet.position > self.begins_at:
            self._hole_ticks = packet.position - self.begins_at
            samples = self._hole_ticks * SAMPLE_RATE // sound_frames.TICK_RATE
            is_short = samples < HOLE_SECONDS * SAMPLE_RATE
            self._on_audio(Pcm(np.zeros(samples, np.int16)) if is_short else Gap(samples))
        return pipeline

    def _keep(self, packet: Packet) -> None:
        if self._on_packet is not None:
            self._on_packet(replace(packet, start=packet.start + self._hole_ticks))

    async def _tick(self) -> None:
        alive_at = time.monotonic()
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            now = time.monotonic()
            self._watchdog.tick(now)
            self._publish_state()
            if self._pipeline is not None:
                self._pipeline.tally()
            self._tell()
            if now - alive_at >= feed_frames.ALIVE_SECONDS:
                alive_at = now
                self._send(Kind.ALIVE)

    def _tell(self) -> None:
        """Tells the page how far it is heard, if that is new, or was told a while ago."""
        clock_ms, now = self._heard(), time.monotonic()
        is_old = self._position == self._told_position and now - self._told_at < _TELL_SECONDS
        if clock_ms is None or is_old:
            return
        self._told_position, self._told_at = self._position, now
        said = messages.heard(self.gen, position=self._position, clock_ms=clock_ms)
        self._send(Kind.EVENT, msgspec.json.encode(said))

    def _send(self, kind: Kind, payload: bytes = b"") -> None:
        if self._writer is None or self._writer.is_closing():
            return
        self._writer.write(feed_frames.pack(kind, payload))
        if self._writer.transport.get_write_buffer_size() > _MOST_UNREAD_BYTES:
            self._log.warning("packet_feed_not_read")
            self._writer.transport.abort()

    def _publish_state(self) -> None:
        current: tuple[Any, str] = (self._watchdog.state, self._watchdog.reason)
        if current != self._told_state:
            self._told_state = current
            self._on_state(*current)
