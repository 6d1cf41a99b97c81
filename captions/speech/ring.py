"""The last seconds of a session's sound, addressed by sample positions on the session's clock."""

import numpy as np
import numpy.typing as npt

from ..core.errors import WhisperStreamError
from .types import SAMPLE_RATE

Samples = npt.NDArray[np.int16]


class RingError(WhisperStreamError, LookupError):
    """The ring does not hold these samples: they were overwritten, or have not come yet."""


class Ring:
    """A ring buffer of mono 16 kHz int16 sound, `seconds` and `margin_seconds` long.

    Positions count samples since the session began. Lost sound (a hole) moves the position, reads as silence and takes
    no memory at first: the sound before it stays readable until new sound overwrites it.
    """

    def __init__(self, seconds: float = 30.0, *, margin_seconds: float = 5.0, start: int = 0) -> None:
        self.capacity = round((seconds + margin_seconds) * SAMPLE_RATE)
        self._buffer: Samples = np.zeros(self.capacity, np.int16)
        self._origin = start
        self._written = start
        self._hole = 0

    @property
    def end(self) -> int:
        """The position after the last sample, holes included."""
        return self._written + self._hole

    @property
    def start(self) -> int:
        """The first position that can still be read."""
        return max(self._origin, self._written - self.capacity)

    def append(self, samples: Samples) -> None:
        """Adds samples, int16 of shape (n,), at `end`. Raises ValueError for any other kind."""
        if samples.ndim != 1 or samples.dtype != np.int16:
            raise ValueError("The ring takes one-dimensional int16 samples.")
        if not samples.size:
            return
        if self._hole:
            self._write(np.zeros(min(self._hole, self.capacity), np.int16), self._hole)
            self._hole = 0
        self._write(samples[-self.capacity :], samples.size)

    def skip(self, samples: int) -> None:
        """Moves `end` over lost samples. Raises ValueError for a negative number."""
        if samples < 0:
            raise ValueError("The clock cannot go back.")
        self._hole += samples

    def read(self, start: int, end: int) -> Samples:
        """A copy of the samples from `start` up to `end`. Raises RingError."""
        if not self.start <= start <= end <= self.end or end - start > self.capacity:
            raise RingError(f"The ring holds samples {self.start} to {self.end}, not {start} to {end}.")
        result = np.zeros(end - start, np.int16)
        held = min(end, self._written) - start
        if held > 0:
            at = start % self.capacity
            first = min(held, self.capacity - at)
            result[:first] = self._buffer[at : at + first]
            result[first:held] = self._buffer[: held - first]
        return result

    def rewrite(self, start: int, samples: Samples) -> None:
        """Replaces the samples from `start` on by as many others. Raises RingError where it does not hold them."""
        if not self.start <= start <= start + samples.size <= self._written:
            raise RingError(f"The ring has no samples {start} to {start + samples.size} to replace.")
        self._put(start, samples)

    def _write(self, samples: Samples, advance: int) -> None:
        """Writes `samples`, the last ones of `advance` new positions, at the end."""
        self._written += advance
        self._put(self._written - samples.size, samples)

    def _put(self, start: int, samples: Samples) -> None:
        at = start % self.capacity
        first = min(samples.size, self.capacity - at)
        self._buffer[at : at + first] = samples[:first]
        self._buffer[: samples.size - first] = samples[first:]
