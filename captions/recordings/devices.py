"""The recording of a session with a second device, heard again as its worker heard it."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from ..audio.ogg import packets
from ..audio.opus import OpusWriter
from ..audio.opus_packet import is_stereo
from ..audio.silence import TICK_RATE
from ..models import Session
from ..speech.mixing.frames import FRAME, Frames, Mixed
from ..speech.mixing.policies import Mode, Policy, policy
from ..speech.mixing.scores import SpeechScores
from ..speech.ring import Samples
from ..speech.types import SAMPLE_RATE, SAMPLES_PER_MS
from ..speech.vad import VadModel

_TICKS_A_SAMPLE = TICK_RATE // SAMPLE_RATE
_MODES: dict[str, Mode] = {"switch": "switch", "separate": "separate", "mix": "mix"}


@dataclass(frozen=True, slots=True)
class Stretches:
    """Since when a second device was heard in a session, and how: see `Session.device_modes`."""

    starts_ms: tuple[int, ...]
    modes: tuple[str, ...]
    has_shared: bool

    @classmethod
    def of(cls, session: Session) -> "Stretches":
        starts, modes = zip(*session.device_modes, strict=True) if session.device_modes else ((), ())
        is_apart = session.has_shared or session.has_device_apart
        return cls(tuple(starts), tuple(modes), is_apart)

    @property
    def is_empty(self) -> bool:
        return not any(self.modes)

    def at(self, at_ms: int) -> str:
        """The mode at that time of the session; empty without a second device."""
        number = bisect_right(self.starts_ms, at_ms)
        return self.modes[number - 1] if number else ""


class _Alone:
    """Without a second device: its channels belong together, unless one of them is the shared sound."""

    def __init__(self, *, has_shared: bool) -> None:
        self._has_shared = has_shared

    def push(self, frames: Frames) -> list[Mixed]:
        if self._has_shared:
            return [Mixed(frames[0], frames, apart=frames[1])]
        return [Mixed(frames.mean(axis=0).astype(np.int16), frames)]

    def flush(self) -> list[Mixed]:
        return []


def write_heard(
    source: Path,
    own: Path,
    apart: Path,
    alive: Callable[[], None],
    *,
    stretches: Stretches,
    begins_ms: int,
) -> None:
    """Writes what was heard of a recording, and what apart from that, as two files on its clock.

    The recording begins at `begins_ms` of its session. `alive` is called again and again. Raises OSError, VadError.
    """
    heard = _Heard(own, apart, stretches, begins_ms)
    try:
        for piece in _pieces(source, alive):
            heard.take(piece)
        heard.flush()
    finally:
        heard.close()


class _Heard:
    def __init__(self, own: Path, apart: Path, stretches: Stretches, begins_ms: int) -> None:
        self._own, self._apart = OpusWriter(own), OpusWriter(apart)
        self._stretches = stretches
        self._begins_ms = begins_ms
        self._vad: VadModel | None = None
        self._mode: str | None = None
        self._policy: Policy = _Alone(has_shared=stretches.has_shared)
        self._rest = np.zeros((2, 0), np.int16)
        self._position = 0
        # How much there is nothing apart to write.
        self._nothing = 0

    def take(self, piece: "_Piece | int") -> None:
        """Takes the next sound, or the number of samples that are missing."""
        if isinstance(piece, int):
            self.flush()
            self._own.write(piece)
            self._nothing += piece
            self._position += piece
            return
        sound = piece.samples
        if not piece.is_stereo and (self._stretches.has_shared or self._mode_now):
            # The first device alone, as it came.
            sound = np.stack([sound[0], np.zeros_like(sound[1])])
        self._rest = np.concatenate([self._rest, sound], axis=1)
        while self._rest.shape[1] >= FRAME:
            self._push(self._rest[:, :FRAME])
            self._rest = self._rest[:, FRAME:]

    def flush(self) -> None:
        """Writes all that was taken: nothing follows directly."""
        if size := self._rest.shape[1]:
            # The frame is filled, as what is missing behind it would be.
            self._push(np.pad(self._rest, ((0, 0), (0, FRAME - size))), size)
            self._rest = self._rest[:, :0]
        self._change(None)

    def close(self) -> None:
        self._own.close()
        self._apart.close()

    @property
    def _mode_now(self) -> str:
        return self._stretches.at(self._begins_ms + self._position // SAMPLES_PER_MS)

    def _push(self, frames: Frames, size: int = FRAME) -> None:
        if self._mode_now != self._mode:
            self._change(self._mode_now)
        self._position += size
        self._write(self._policy.push(frames))

    def _change(self, mode: str | None) -> None:
        self._write(self._policy.flush())
        self._mode = mode
        if mode in _MODES:
            self._policy = policy(_MODES[mode], 2, self._scores)
        else:
            self._policy = _Alone(has_shared=self._stretches.has_shared)

    def _scores(self) -> Callable[[Frames], np.ndarray]:
        self._vad = self._vad or VadModel()
        return SpeechScores(2, self._vad).push

    def _write(self, found: list[Mixed]) -> None:
        for each in found:
            self._own.write(each.sound)
            if each.apart is None:
                self._nothing += each.sound.size
                continue
            if self._nothing:
                self._apart.write(self._nothing)
                self._nothing = 0
            self._apart.write(each.apart)


@dataclass(frozen=True, slots=True)
class _Piece:
    samples: Samples
    """int16, shape (2, n)."""
    is_stereo: bool


def _pieces(source: Path, alive: Callable[[], None]) -> Iterator[_Piece | int]:
    """The sound of a file in order, and between it how many samples are missing."""
    codec = av.AudioCodecContext.create("libopus", "r")
    codec.format, codec.layout, codec.sample_rate = "s16", "stereo", TICK_RATE
    resampler, end = _resampler(), 0
    was_stereo = False
    for payload, at, ticks in packets(str(source)):
        alive()
        missing, end = max(0, at - end), at + ticks
        try:
            frames = codec.decode(av.Packet(payload))
        except (av.FFmpegError, ValueError):
            frames, missing = [], missing + ticks
        if missing:
            yield from _resampled(resampler, None, was_stereo)
            resampler = _resampler()
            yield missing // _TICKS_A_SAMPLE
        was_stereo = is_stereo(payload)
        for frame in frames:
            frame.pts = None
            yield from _resampled(resampler, frame, was_stereo)
    yield from _resampled(resampler, None, was_stereo)


def _resampled(
    resampler: av.AudioResampler, frame: av.AudioFrame | None, is_stereo: bool
) -> Iterator[_Piece]:
    for each in resampler.resample(frame):
        samples = np.asarray(each.to_ndarray(), np.int16).reshape(-1, 2).T
        if samples.size:
            yield _Piece(samples, is_stereo)


def _resampler() -> av.AudioResampler:
    return av.AudioResampler(format="s16", layout="stereo", rate=SAMPLE_RATE)
