"""Time ranges of voice, from the probabilities of the voice detector."""

from collections.abc import Iterable

from .endpointing import silent_below
from .types import SAMPLES_PER_MS, TimeRange
from .vad import WINDOW

WINDOW_MS = WINDOW // SAMPLES_PER_MS


class VoiceRanges:
    """Finds the ranges of voice in a stream of probabilities, 0 to 1, one every `WINDOW_MS` from `start_ms` on.

    A range begins with a probability of at least `threshold`, and ends when the probability has been more than
    `hysteresis` below that for `pause_ms`. A range shorter than `least_ms` is dropped as a click.
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
        """The end of the last probability."""
        return self._at_ms

    @property
    def open_since_ms(self) -> int | None:
        """The start of the open range; None if none is open."""
        return self._since_ms

    def push(self, probabilities: Iterable[float]) -> list[TimeRange]:
        """Takes the next probabilities; returns the ranges that end with them, in order."""
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
        """Divides the open range at `at_ms`; returns its first part. Raises ValueError if that is not within it."""
        since_ms = self._since_ms
        if since_ms is None or not since_ms < at_ms < self._at_ms:
            raise ValueError("No voice is open there.")
        self._since_ms, self._until_ms = at_ms, max(self._until_ms, at_ms)
        return TimeRange(since_ms, at_ms)

    def flush(self) -> list[TimeRange]:
        """Ends the open range at its last voice; returns it, or nothing if none is open or it is a click."""
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
    """The ranges of voice in order, with the parameters of `VoiceRanges`."""
    ranges = VoiceRanges(threshold, least_ms=least_ms, pause_ms=pause_ms, start_ms=start_ms)
    return [*ranges.push(probabilities), *ranges.flush()]
