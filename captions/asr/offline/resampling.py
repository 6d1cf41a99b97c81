"""Frames of any rate, format and number of channels become mono 16 kHz samples."""

from collections.abc import Iterator

import av
import numpy as np

from ...audio.mixing import MonoMixer, channels_of
from ...speech.ring import Samples
from ...speech.types import SAMPLE_RATE


class MonoResampler:
    """Takes the frames of one sound. Where their rate or their number of channels changes, it goes on with the new."""

    def __init__(self) -> None:
        self._shape: tuple[int, int] | None = None
        self._mixer: MonoMixer | None = None
        self._resampler: av.AudioResampler | None = None

    def push(self, frame: av.AudioFrame) -> Iterator[Samples]:
        """The samples that are complete, int16 of shape (n,). Raises ValueError, av.FFmpegError."""
        channels = channels_of(frame)
        shape = (len(channels), frame.sample_rate)
        if shape != self._shape or self._mixer is None or self._resampler is None:
            yield from self.flush()
            self._shape = shape
            self._mixer = MonoMixer(*shape)
            self._resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
        mono = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(self._mixer.mix(channels)).reshape(1, -1), format="fltp", layout="mono"
        )
        mono.sample_rate = frame.sample_rate
        # The resampler would refuse frames with irregular times; whoever calls has handled them.
        mono.pts = None
        for part in self._resampler.resample(mono):
            yield _samples(part)

    def flush(self) -> Iterator[Samples]:
        """The samples that were held back. Frames may follow."""
        resampler, self._resampler = self._resampler, None
        if resampler is not None:
            for part in resampler.resample(None):
                yield _samples(part)


def _samples(part: av.AudioFrame) -> Samples:
    return part.to_ndarray().reshape(-1).astype(np.int16, copy=False)
