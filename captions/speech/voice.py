"""Where in a sound somebody speaks: ranges of time, from the voice detector's probabilities."""

from collections.abc import Iterable

from .endpointing import silent_below
from .types import SAMPLES_PER_MS, TimeRange
from .vad import WINDOW

WINDOW_MS = WINDOW // SAMPLES_PER_MS


class VoiceRanges:
    """The ranges of one continuous stream of probabilities, each of `WINDOW_MS`; the first begins at `start_ms`.

    Voice begins with a window at or above `threshold` and goes on until `pause_ms` lie below that by `hysteresis`.
    What is shorter than `least_ms` is a click.
    """

    def __init__(
        self,
        threshold: float = 0.5,
        *,
        hysteresis: float = 0.15,
        least_ms: int = 96,
        pause_ms: int = 96,
        start_ms: int = 0,
    ) -> None:
        self._threshold = threshold
        self._silent_below = silent_below(threshold, hysteresis)
        self._least_ms = least_ms
        self._pause_ms = pause_ms
        self._at_ms = start_ms
        self._since_ms: int | None = None
        self._until_ms = start_ms

    @property
    def at_ms(self) -> int:
        """Up to where probabilities came."""
        return self._at_ms

    @property
    def open_since_ms(self) -> int | None:
        """Where the voice began that is not over yet, or None."""
        return self._since_ms

    def push(self, probabilities: Iterable[float]) -> list[TimeRange]:
        """The ranges that are over with these, in order."""
        found: list[TimeRange] = []
        for probability in probabilities:
            before_ms, self._at_ms = self._at_ms, self._at_ms + WINDOW_MS
            if probability >= self._threshold or (
                self._since_ms is not None and probability >= self._silent_below
            ):
                if self._since_ms is None:
                    self._since_ms = before_ms
                self._until_ms = self._at_ms
            elif self._since_ms is not None and self._at_ms - self._until_ms >= self._pause_ms:
                found += self.flush()
        return found

    def split(self, at_ms: int) -> TimeRange:
        """Parts the range that is open: the first part is over now. Raises ValueError where none is open there."""
        since_ms = self._since_ms
        if since_ms is None or not since_ms < at_ms < self._at_ms:
            raise ValueError("No voice is open there.")
        self._since_ms, self._until_ms = at_ms, max(self._until_ms, at_ms)
        return TimeRange(since_ms, at_ms)

    def flush(self) -> list[TimeRange]:
        """The range that is open, ended where its voice was last heard."""
        since_ms, self._since_ms = self._since_ms, None
        if since_ms is None or self._until_ms - since_ms < self._least_ms:
            return []
        return [TimeRange(since_ms, self._until_ms)]


def voiced_ranges(
    probabilities: Iterable[float],
    threshold: float = 0.5,
    *,
    least_ms: int = 96,
    pause_ms: int = 96,
    start_ms: int = 0,
) -> list[TimeRange]:
    """Where somebody speaks, in order; as for `VoiceRanges`."""
    ranges = VoiceRanges(threshold, least_ms=least_ms, pause_ms=pause_ms, start_ms=start_ms)
    return [*ranges.push(probabilities), *ranges.flush()]
