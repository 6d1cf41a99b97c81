"""The loudness of decoded sound, for a waveform."""

import av
import numpy as np
from numpy.typing import NDArray

from .mixing import channels_of

_QUIETEST_DB = -60.0


def power(frame: av.AudioFrame) -> float:
    """The mean square of a frame's samples, 0 to 1; 0 if it has none."""
    sound = channels_of(frame)
    return float(np.mean(np.square(sound, dtype=np.float64))) if sound.size else 0.0


def as_bytes(powers: NDArray[np.float64]) -> bytes:
    """One byte for each power, shape (n,): 0 at -60 dB or less, 255 at 0 dB, linear in decibels."""
    decibels = 10 * np.log10(np.maximum(powers, 1e-12))
    levels = np.clip((decibels - _QUIETEST_DB) / -_QUIETEST_DB, 0, 1)
    return bytes(np.round(levels * 255).astype(np.uint8))
