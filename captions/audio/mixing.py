"""Mixes the channels of a sound to one. Pure policy: no clock, no codec."""

import math
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

Channels = NDArray[np.float32]

# Channels cancel where their mix has less than this part of the power of unrelated channels, and cancel no more above
# the second one.
_CANCELS, _ADDS = 0.25, 0.5
# Another channel is taken only when it is this much stronger.
_STRONGER = 4.0
_MEMORY_SECONDS = 0.25
_FADE_SECONDS = 0.01
# Of more than two channels hardly all say the same, so each may be louder than its share.
_MANY = 1.5
# Of so many planes PyAV reads more than there are, and the process dies; such frames come from 7.1 and from damage.
_MOST_PLANES = 8


class MonoMixer:
    """Mixes a sound that comes in pieces; where its channels cancel, the loudest one is heard alone.

    It changes over with a short fade, and only when the last moments say so.
    """

    def __init__(self, channels: int, rate: int) -> None:
        self._rate = rate
        self._even = np.full(channels, (1.0 if channels <= 2 else _MANY) / channels, np.float32)
        self._weights: NDArray[np.float32] | None = None
        self._alone: int | None = None
        self._energies = np.zeros(channels)
        self._mixed = 0.0

    def mix(self, channels: Channels) -> NDArray[np.float32]:
        """Takes the next samples in -1…1, of shape (channels, n); returns their mix, of shape (n,)."""
        size = channels.shape[1]
        if len(channels) == 1 or not size:
            alone: NDArray[np.float32] = channels[0]
            return alone
        self._listen(channels)
        target = self._even if self._alone is None else np.eye(len(channels), dtype=np.float32)[self._alone]
        before = target if self._weights is None else self._weights
        self._weights = target
        mixed: NDArray[np.float32] = target @ channels
        if before is not target and not np.array_equal(before, target):
            faded = min(size, max(1, round(self._rate * _FADE_SECONDS)))
            rise = np.linspace(0, 1, faded, dtype=np.float32)
            mixed[:faded] = rise * mixed[:faded] + (1 - rise) * (before @ channels[:, :faded])
        return mixed

    def _listen(self, channels: Channels) -> None:
        kept = math.exp(-channels.shape[1] / (self._rate * _MEMORY_SECONDS))
        self._energies = self._energies * kept + np.square(channels).sum(axis=1, dtype=np.float64)
        self._mixed = self._mixed * kept + float(np.square(self._even @ channels).sum(dtype=np.float64))
        unrelated = float(np.square(self._even) @ self._energies)
        if self._mixed > _ADDS * unrelated:
            self._alone = None
        elif self._mixed < _CANCELS * unrelated:
            loudest = int(self._energies.argmax())
            if self._alone is None or self._energies[loudest] > _STRONGER * self._energies[self._alone]:
                self._alone = loudest


def channels_of(frame: av.AudioFrame) -> Channels:
    """The samples of a frame in -1…1, of shape (channels, n).

    Raises ValueError for a format without samples, av.FFmpegError.
    """
    if frame.format.is_planar and frame.layout.nb_channels >= _MOST_PLANES:
        frame = _interleaved(frame)
    sound: NDArray[Any] = frame.to_ndarray()
    if not frame.format.is_planar:
        sound = sound.reshape(-1, frame.layout.nb_channels).T
    if sound.dtype == np.uint8:
        return sound.astype(np.float32) / np.float32(128) - np.float32(1)
    scale = 1 / (1 << (8 * sound.itemsize - 1)) if sound.dtype.kind == "i" else 1
    return (sound * np.float64(scale)).astype(np.float32)


def _interleaved(frame: av.AudioFrame) -> av.AudioFrame:
    """The frame with all samples in one plane. Raises ValueError, av.FFmpegError."""
    packer = av.AudioResampler(format="flt", layout=frame.layout, rate=frame.sample_rate)
    return packer.resample(frame)[0]
