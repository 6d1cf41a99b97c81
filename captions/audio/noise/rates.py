"""Between 16 and 48 kHz, in pieces, with a delay that is known exactly."""

from typing import Any

import numpy as np
import numpy.typing as npt

Sound = npt.NDArray[np.floating[Any]]

TIMES = 3
_REACH = 48
DELAY = _REACH // TIMES
"""How late what comes out of each is, in samples at 16 kHz."""
# A low pass for 48 kHz that ends at 8 kHz.
_FILTER: Sound = np.sinc(np.arange(-_REACH, _REACH + 1) / TIMES) / TIMES * np.kaiser(2 * _REACH + 1, 6.0)


class _Filter:
    def __init__(self) -> None:
        self._before: Sound = np.zeros(2 * _REACH)

    def push(self, sound: Sound) -> Sound:
        whole = np.concatenate([self._before, sound])
        self._before = whole[sound.size :]
        return np.convolve(whole, _FILTER, "valid")


class Widening:
    """From 16 to 48 kHz."""

    def __init__(self) -> None:
        self._filter = _Filter()

    def push(self, sound: Sound) -> Sound:
        """Takes the next samples, shape (n,), and returns the next three for each."""
        wide = np.zeros(sound.size * TIMES)
        wide[::TIMES] = sound * TIMES
        return self._filter.push(wide)


class Narrowing:
    """From 48 to 16 kHz."""

    def __init__(self) -> None:
        self._filter = _Filter()

    def push(self, sound: Sound) -> Sound:
        """Takes the next samples, shape (3n,), and returns the next n."""
        return self._filter.push(sound)[::TIMES]
