"""Puts the packets of one peer in order, decodes, resamples and delivers them. No network; time is an input."""

import time
from collections.abc import Callable

from ..audio.opus_packet import is_stereo
from .audio import TICK_RATE, AudioChunk, AudioTimeline, Packet, TooFastError
from .counts import SoundStats, Tally
from .decoder import PacketDecoder
from .jitter import AudioPacket, InOrderBuffer, Release

OnAudio = Callable[[AudioChunk], None]
OnPacket = Callable[[Packet], None]

# When no packet has come for this long, missing packets are given up.
IDLE_SECONDS = 0.2
# The longest part of a hole that is concealed; the rest is silent.
_CONCEALED_TICKS = TICK_RATE * 6 // 100


class ReceivePipeline:
    """Turns the packets of one peer into Pcm and Gap for `on_audio`, in order, in the caller's thread.

    `on_packet` gets each packet that could be decoded, after its sound. If the peer `shares` sound, its two channels
    stay apart: see `Pcm`. `late_seconds` is that of AudioTimeline.
    """

    def __init__(
        self,
        on_audio: OnAudio,
        clock: Callable[[], float] = time.monotonic,
        on_packet: OnPacket | None = None,
        *,
        shares: bool = False,
        late_seconds: float = 0.0,
    ) -> None:
        self._on_audio = on_audio
        self._shares = shares
        self._on_packet = on_packet
        self._clock = clock
        self._buffer = InOrderBuffer()
        self._decoder = PacketDecoder(apart=shares)
        self._timeline = AudioTimeline(late_seconds)
        self._last_arrival = float("-inf")
        self._paused_at: float | None = None
        self.stats = SoundStats(self._buffer.counts, self._timeline.counts)
        self._tally = Tally(self.stats)

    @property
    def paused(self) -> bool:
        return self._paused_at is not None

    def add(self, packet: AudioPacket) -> None:
        self._last_arrival = packet.arrived
        self._play(self._buffer.add(packet))

    def tick(self, now: float) -> None:
        """Gives up missing packets once none has come for IDLE_SECONDS; to be called regularly.

        `now` is monotonic seconds.
        """
        if now - self._last_arrival >= IDLE_SECONDS:
            self._play(self._buffer.flush())
        self.tally()

    def tally(self) -> None:
        """Updates the metrics."""
        self._tally.observe(self._buffer.delay_seconds)

    def flush(self) -> None:
        """Delivers every packet that has arrived, without waiting for those before it."""
        self._play(self._buffer.flush())
        self._deliver(self._timeline.flush())

    def pause(self) -> None:
        """Delivers the packets that have arrived, and then nothing until resume()."""
        if self._paused_at is None:
            self.flush()
            self._paused_at = self._clock()

    def resume(self) -> None:
        """Delivers sound again; the pause leaves no gap."""
        if self._paused_at is not None:
            self._buffer.flush()
            self._timeline.restart(self._clock() - self._paused_at)
            self._paused_at = None

    def _play(self, releases: list[Release]) -> None:
        if self.paused:
            return
        for release in releases:
            if release.restart:
                self._timeline.restart()
                self._decoder.restart()
            try:
                if release.lost_before:
                    self._conceal(release.packet)
                ticks = 0
                for frame in self._decoder.decode(release):
                    self._deliver(
                        self._timeline.push(frame, release.packet.timestamp, release.packet.arrived)
                    )
                    ticks += frame.samples
                if ticks and self._on_packet is not None:
                    payload = release.packet.payload
                    is_shared = self._shares and is_stereo(payload)
                    self._on_packet(Packet(payload, self._timeline.ticks - ticks, ticks, is_shared))
            except TooFastError:
                self.stats.too_fast += 1
            held = self._clock() - release.packet.arrived
            self.stats.hold_seconds += held
            self.stats.longest_hold_seconds = max(self.stats.longest_hold_seconds, held)
        self.stats.undecodable = self._decoder.errors

    def _conceal(self, packet: AudioPacket) -> None:
        """Fades the sound before a hole into it, so that it does not break off. Raises TooFastError."""
        room = min(self._timeline.hole_before(packet.timestamp), _CONCEALED_TICKS)
        while room > 0 and (frames := self._decoder.conceal()):
            for frame in frames:
                room -= frame.samples
                if room >= 0:
                    self._deliver(self._timeline.extend(frame, packet.arrived))
                    self.stats.concealed += 1

    def _deliver(self, output: list[AudioChunk]) -> None:
        for audio in output:
            self._on_audio(audio)
