"""Time ranges of a window that are decoded again: they have no words, or improbable ones."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from .coverage import unclear
from .live_events import Request
from .live_settings import LiveSettings
from .types import TimeRange, Word, certainty


@dataclass(frozen=True, slots=True)
class RetryRange:
    """A time range to decode again."""

    range: TimeRange
    words: tuple[Word, ...] = ()
    """The improbable words found in it so far; empty where there is none."""
    mean_log_probability: float = 0.0
    """That of the hypothesis with these words."""


class Again:
    """The ranges of one window that wait to be decoded again, first in, first out.

    One without words is tried several times, each with another length of sound before it.
    """

    def __init__(self, settings: LiveSettings) -> None:
        self._settings = settings
        self._ranges: deque[RetryRange] = deque()
        self._tries = 0

    def __bool__(self) -> bool:
        return bool(self._ranges)

    @property
    def first(self) -> RetryRange:
        """The range to decode next. Raises IndexError if none waits."""
        return self._ranges[0]

    def extend(self, ranges: Iterable[RetryRange]) -> None:
        self._ranges.extend(ranges)

    def drop(self) -> RetryRange:
        """Removes the first range and returns it. Raises IndexError if none waits."""
        self._tries = 0
        return self._ranges.popleft()

    def request(self, window_start_ms: int, clock_ms: int) -> Request:
        """Asks for a decode of the first range with sound around it. Raises IndexError if none waits."""
        retried = self.first.range
        # The window's start may have been moved past the range since.
        first_ms = min(window_start_ms, retried.start_ms)
        start_ms = max(first_ms, retried.start_ms - self._settings.again_around_ms[self._tries])
        end_ms = min(retried.end_ms + self._settings.tail_ms, clock_ms)
        return Request(
            start_ms, end_ms, "", "", end_ms - start_ms, retried.length_ms, urgent=True, again=retried
        )

    def take(self, words: tuple[Word, ...]) -> tuple[Word, ...] | None:
        """Takes the `words` of a decode of the first range, which had none.

        Returns the words to keep, or None if the range is to be tried again. After the last attempt without probable
        words they are one word, `[unclear]`.
        """
        if words and certainty(words) >= self._settings.agreement.doubt:
            self.drop()
            return words
        self._tries += 1
        if self._tries < len(self._settings.again_around_ms):
            return None
        return (unclear(self.drop().range),)
