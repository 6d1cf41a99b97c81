"""Stretches of a window that are heard once more: no word is in them, or words that the model hardly believes."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from .coverage import unclear
from .live_events import Request
from .live_settings import LiveSettings
from .types import TimeRange, Word, certainty


@dataclass(frozen=True, slots=True)
class RetryRange:
    """No word is in it, or `words` are there, which the model believed so little."""

    range: TimeRange
    words: tuple[Word, ...] = ()
    mean_log_probability: float = 0.0


class Again:
    """The stretches in their order. One without words is tried with more sound before it and with less."""

    def __init__(self, settings: LiveSettings) -> None:
        self._settings = settings
        self._stretches: deque[RetryRange] = deque()
        self._tries = 0

    def __bool__(self) -> bool:
        return bool(self._stretches)

    @property
    def first(self) -> RetryRange:
        """The one that is heard next. Raises IndexError where there is none."""
        return self._stretches[0]

    def extend(self, stretches: Iterable[RetryRange]) -> None:
        self._stretches.extend(stretches)

    def drop(self) -> RetryRange:
        """The first is not heard any more. Raises IndexError where there is none."""
        self._tries = 0
        return self._stretches.popleft()

    def request(self, window_start_ms: int, clock_ms: int) -> Request:
        """The first is to be decoded, with sound around it. Raises IndexError where there is none."""
        retried = self.first.range
        # The window may begin later by now.
        first_ms = min(window_start_ms, retried.start_ms)
        start_ms = max(first_ms, retried.start_ms - self._settings.again_around_ms[self._tries])
        end_ms = min(retried.end_ms + self._settings.tail_ms, clock_ms)
        return Request(
            start_ms, end_ms, "", "", end_ms - start_ms, retried.length_ms, urgent=True, again=retried
        )

    def take(self, words: tuple[Word, ...]) -> tuple[Word, ...] | None:
        """What is in the first, which had no words; None where it is to be heard in another way.

        Where every way has failed, or was doubted, that is `[unclear]`.
        """
        if words and certainty(words) >= self._settings.agreement.doubt:
            self.drop()
            return words
        self._tries += 1
        if self._tries < len(self._settings.again_around_ms):
            return None
        return (unclear(self.drop().range),)
