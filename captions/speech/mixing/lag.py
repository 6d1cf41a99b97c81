"""By how much the same speech comes later over one device than over another."""

import numpy as np

from ..ring import Samples
from ..types import SAMPLE_RATE

# Speech is the surest here; below it is hum, and above it noise.
_LOWEST_HZ, _HIGHEST_HZ = 150, 4_000
# The best place must be this much better than any that is further away from it than an echo from its sound.
_STANDS_OUT = 1.8
_NEAR = SAMPLE_RATE // 200


def lag(before: Samples, after: Samples, reach: int) -> int | None:
    """By how many samples the sound of `after` comes later than that of `before`, negative if earlier.

    Both are int16 of shape (n,), of the same time, and `reach` is the most that is looked for. None where they do not
    clearly hold the same. All frequencies count alike (GCC-PHAT), since two microphones colour a voice differently.
    """
    size = 1 << (2 * before.size - 1).bit_length()
    window = np.hanning(before.size).astype(np.float32)
    product = np.fft.rfft(after * window, size) * np.conj(np.fft.rfft(before * window, size))
    hertz = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    strength = np.abs(product)
    counts = (hertz >= _LOWEST_HZ) & (hertz <= _HIGHEST_HZ) & (strength > 0)
    if not counts.any():
        return None
    whitened = np.where(counts, product / np.maximum(strength, 1e-9), 0)
    alike = np.fft.irfft(whitened, size)
    alike = np.concatenate([alike[-reach:], alike[: reach + 1]])
    best = int(alike.argmax())
    others = np.concatenate([alike[: max(0, best - _NEAR)], alike[best + _NEAR + 1 :]])
    if alike[best] < _STANDS_OUT * others.max(initial=0.0):
        return None
    return best - reach
