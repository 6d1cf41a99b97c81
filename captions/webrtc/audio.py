"""Decoded frames to 16 kHz mono sound without holes, on a clock that counts samples."""

from dataclasses import dataclass

import av
import numpy as np
import numpy.typing as npt

from ..core.errors import WhisperStreamError
from ..speech.types import SAMPLE_RATE

TICK_RATE = 48_000  # of RTP time stamps, for Opus at any sampling rate
_TICKS_PER_SAMPLE = TICK_RATE // SAMPLE_RATE
# Holes shorter than this become silence; longer ones are reported, so that they can be filled later.
HOLE_SECONDS = 1.0
# The first packet may have been on its way longer than its successors, and clocks differ by some 0.01 %.
_CLOCK_SLACK_SECONDS = 1.0
_CLOCK_SLACK_RATIO = 1.001
# Sound itself may run ahead of the wall clock by this much, for a network that held packets back.
_BURST_SECONDS = 5.0
# Silence led through the resampler before a reported hole, so that it holds no sound back.
_TAIL_TICKS = TICK_RATE // 50


@dataclass(frozen=True, slots=True)
class Pcm:
    """Mono sound at 16 kHz."""

    samples: npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Gap:
    """Time in which nothing was received, in samples at 16 kHz; at least about HOLE_SECONDS."""

    samples: int


Audio = Pcm | Gap


@dataclass(frozen=True, slots=True)
class Packet:
    """An Opus packet as it came, with sound that begins at `start` and lasts `ticks`, both of 1/48000 s.

    `start` counts the sound and the holes of its peer from the first sound on, pauses left out.
    """

    payload: bytes
    start: int
    ticks: int


@dataclass(slots=True)
class ClockCounts:
    """How often the clock went on without sound: `silences` for holes that were filled, `gaps` for longer ones.

    `jumps` are time stamps that were not believed: they went back, or further ahead than time has passed.
    """

    silences: int = 0
    gaps: int = 0
    jumps: int = 0


class TooFastError(WhisperStreamError):
    """More sound than time has passed: the frame was dropped."""


class AudioTimeline:
    """Resamples the frames of one peer and fills the holes between them.

    What comes out is as long as the time stamps say, to the sample, but never longer than the wall time that passed:
    a time stamp that jumps further, or backwards, starts a new count at the sound's end.
    """

    def __init__(self) -> None:
        self._resampler: av.AudioResampler | None = None
        self._format: tuple[str, str, int] | None = None
        self._began: float | None = None
        self._end: int | None = None  # the time stamp that continues the sound, 32 bits
        self._ticks = 0
        self.counts = ClockCounts()

    @property
    def ticks(self) -> int:
        """How long sound and holes are so far."""
        return self._ticks

    def hole_before(self, timestamp: int) -> int:
        """How many ticks are missing before a frame with this time stamp; 0 where it follows on, or begins anew."""
        ahead = (timestamp - self._end) & 0xFFFFFFFF if self._end is not None else 0
        return ahead if ahead < 0x80000000 else 0

    def extend(self, frame: av.AudioFrame, arrived: float) -> list[Audio]:
        """Takes a frame that was made up, directly after the last. Raises TooFastError."""
        return self.push(frame, self._end or 0, arrived)

    def push(self, frame: av.AudioFrame, timestamp: int, arrived: float) -> list[Audio]:
        """Takes the next frame in order; `arrived` is monotonic seconds.

        Raises TooFastError.
        """
        if self._began is None:
            self._began = arrived
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
        """Forgets the time stamps: the next frame follows directly on the last one.

        `paused_seconds` of wall time have passed in which no sound was wanted.
        """
        self._end = None
        if self._began is not None:
            self._began += paused_seconds

    def flush(self) -> list[Audio]:
        """Returns the last millisecond, which the resampler kept. Sound may go on afterwards."""
        if self._resampler is None:
            return []
        # A flushed resampler accepts nothing more.
        resampler, self._resampler, self._format = self._resampler, None, None
        return _pcm(resampler.resample(None))

    def _hole(self, like: av.AudioFrame, ticks: int) -> list[Audio]:
        if ticks < HOLE_SECONDS * TICK_RATE:
            self.counts.silences += 1
            return self._resample(_silence(like, ticks))
        self.counts.gaps += 1
        samples, rest = divmod(ticks - _TAIL_TICKS, _TICKS_PER_SAMPLE)
        return [*self._resample(_silence(like, _TAIL_TICKS + rest)), Gap(samples)]

    def _resample(self, frame: av.AudioFrame) -> list[Audio]:
        if not frame.samples:
            return []
        output: list[Audio] = []
        described = (frame.format.name, frame.layout.name, frame.sample_rate)
        if described != self._format:
            output = self.flush()
            self._format = described
        if self._resampler is None:
            self._resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
        # Time is kept here; time stamps that jump would only confuse the resampler.
        frame.pts = None
        return output + _pcm(self._resampler.resample(frame))


def _pcm(frames: list[av.AudioFrame]) -> list[Audio]:
    return [
        Pcm(np.asarray(frame.to_ndarray(), dtype=np.int16).reshape(-1)) for frame in frames if frame.samples
    ]


def _silence(like: av.AudioFrame, ticks: int) -> av.AudioFrame:
    frame = av.AudioFrame(
        format=like.format.name, layout=like.layout.name, samples=ticks * like.sample_rate // TICK_RATE
    )
    frame.sample_rate = like.sample_rate
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    return frame
