"""Resamples decoded frames to 16 kHz sound, one or two channels, and fills the holes between them."""

from dataclasses import dataclass

import av
import numpy as np
import numpy.typing as npt

from ..core.errors import WhisperStreamError
from ..speech.types import SAMPLE_RATE

TICK_RATE = 48_000  # of RTP time stamps, for Opus at any sampling rate
_TICKS_PER_SAMPLE = TICK_RATE // SAMPLE_RATE
# Shorter holes are filled with silence; longer ones are reported as a Gap.
HOLE_SECONDS = 1.0
# Time stamps may run ahead of the wall clock by this much: the first packet may have been slower than the
# next ones, and the clocks of two machines differ by about 0.01 %.
_CLOCK_SLACK_SECONDS = 1.0
_CLOCK_SLACK_RATIO = 1.001
# Received sound may run ahead of the wall clock by this much: a network may deliver packets in a burst.
_BURST_SECONDS = 5.0
# Silence passed through the resampler before a Gap, so that it returns the sound before it.
_TAIL_TICKS = TICK_RATE // 50


@dataclass(frozen=True, slots=True)
class Pcm:
    """Sound at 16 kHz, int16, shape (n,): that of the microphone."""

    samples: npt.NDArray[np.int16]
    shared: npt.NDArray[np.int16] | None = None
    """The shared sound of the same time, which is another channel; None where there is only a microphone."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Time without received sound, in samples at 16 kHz; about HOLE_SECONDS or longer."""

    samples: int


AudioChunk = Pcm | Gap


@dataclass(frozen=True, slots=True)
class Packet:
    """An Opus packet as received; its sound begins at `start` and lasts `ticks`, both in 1/48000 s.

    `start` counts from the first sound of the peer, holes included and pauses excluded.
    """

    payload: bytes
    start: int
    ticks: int
    shared: bool = False
    """Whether it holds shared sound too, as its second channel."""


@dataclass(slots=True)
class ClockCounts:
    """How often the time stamps of one peer did not continue the sound before them."""

    silences: int = 0
    """Holes that were filled with silence."""
    gaps: int = 0
    """Longer holes, which were reported as a Gap."""
    jumps: int = 0
    """Time stamps that were ignored: they went back, or further ahead than wall time."""


class TooFastError(WhisperStreamError):
    """More sound was received than wall time has passed: the frame was dropped."""


class AudioTimeline:
    """Resamples the frames of one peer and fills the holes between them; each frame has one channel, or two.

    The output is as long as the RTP time stamps say, to the sample, but never longer than the wall time that passed:
    after a time stamp that jumps further ahead, or back, its frame follows directly on the sound before it.

    `late_seconds` is how long before its arrival the first frame was spoken.
    """

    def __init__(self, late_seconds: float = 0.0) -> None:
        self._late_seconds = late_seconds
        self._resampler: av.AudioResampler | None = None
        self._format: tuple[str, str, int] | None = None
        self._began: float | None = None
        self._end: int | None = None  # the time stamp that continues the sound, 32 bits
        self._ticks = 0
        self.counts = ClockCounts()

    @property
    def ticks(self) -> int:
        """The length of the sound so far, holes included, in 1/48000 s."""
        return self._ticks

    def hole_before(self, timestamp: int) -> int:
        """How many ticks are missing before a frame with this time stamp; 0 if it continues the sound or goes back."""
        ahead = (timestamp - self._end) & 0xFFFFFFFF if self._end is not None else 0
        return ahead if ahead < 0x80000000 else 0

    def extend(self, frame: av.AudioFrame, arrived: float) -> list[AudioChunk]:
        """Takes a concealment frame of the decoder, which follows directly on the last frame. Raises TooFastError."""
        return self.push(frame, self._end or 0, arrived)

    def push(self, frame: av.AudioFrame, timestamp: int, arrived: float) -> list[AudioChunk]:
        """Takes the next frame; returns the sound that is complete, with the hole before it.

        `timestamp` is the RTP time stamp of the frame, `arrived` monotonic seconds. Raises TooFastError.
        """
        if self._began is None:
            self._began = arrived - self._late_seconds
        elapsed = arrived - self._began
        ticks = frame.samples * TICK_RATE // frame.sample_rate
        if self._ticks + ticks > (elapsed * _CLOCK_SLACK_RATIO + _BURST_SECONDS) * TICK_RATE:
            raise TooFastError
        allowed = int((elapsed * _CLOCK_SLACK_RATIO + _CLOCK_SLACK_SECONDS) * TICK_RATE) - self._ticks - ticks
        missing = self.hole_before(timestamp)
        hole = min(missing, max(allowed, 0))
        self.counts.jumps += hole < missing or (not missing and self._end not in (None, timestamp))
        output = self._hole(frame, hole) if hole else []
        output += self._resample(frame)
        self._end = (timestamp + ticks) & 0xFFFFFFFF
        self._ticks += hole + ticks
        return output

    def restart(self, paused_seconds: float = 0.0) -> None:
        """Makes the next frame follow directly on the last one, whatever its time stamp.

        `paused_seconds` is the length of a pause, which is not counted as wall time.
        """
        self._end = None
        if self._began is not None:
            self._began += paused_seconds

    def flush(self) -> list[AudioChunk]:
        """Returns the rest of the sound, which the resampler had buffered. Frames may follow."""
        if self._resampler is None:
            return []
        # A flushed resampler accepts nothing more.
        resampler, self._resampler, self._format = self._resampler, None, None
        return _pcm(resampler.resample(None))

    def _hole(self, like: av.AudioFrame, ticks: int) -> list[AudioChunk]:
        if ticks < HOLE_SECONDS * TICK_RATE:
            self.counts.silences += 1
            return self._resample(_silence(like, ticks))
        self.counts.gaps += 1
        samples, rest = divmod(ticks - _TAIL_TICKS, _TICKS_PER_SAMPLE)
        return [*self._resample(_silence(like, _TAIL_TICKS + rest)), Gap(samples)]

    def _resample(self, frame: av.AudioFrame) -> list[AudioChunk]:
        if not frame.samples:
            return []
        output: list[AudioChunk] = []
        described = (frame.format.name, frame.layout.name, frame.sample_rate)
        if described != self._format:
            output = self.flush()
            self._format = described
        if self._resampler is None:
            self._resampler = av.AudioResampler(format="s16", layout=frame.layout.name, rate=SAMPLE_RATE)
        # The resampler would act on time stamps that jump; this class has handled them already.
        frame.pts = None
        return output + _pcm(self._resampler.resample(frame))


def _pcm(frames: list[av.AudioFrame]) -> list[AudioChunk]:
    return [_chunk(frame) for frame in frames if frame.samples]


def _chunk(frame: av.AudioFrame) -> Pcm:
    channels = np.asarray(frame.to_ndarray(), dtype=np.int16).reshape(-1, frame.layout.nb_channels).T
    return Pcm(*map(np.ascontiguousarray, channels))


def _silence(like: av.AudioFrame, ticks: int) -> av.AudioFrame:
    frame = av.AudioFrame(
        format=like.format.name, layout=like.layout.name, samples=ticks * like.sample_rate // TICK_RATE
    )
    frame.sample_rate = like.sample_rate
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    return frame
