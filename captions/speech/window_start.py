"""Chooses where a window that has become too long is to begin."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from .sentences import ends_sentence
from .types import TimeRange, Word

# Stable words that a window keeps: with so many as its prefix a decode does not repeat the word before them.
_LEAST_WORDS = 3
_LEAST_MS = 1_000
_SHORT_MS = 3_000
# Silence that is longer is between two words.
_PAUSE_MS = 150
# The worth of a place: best is a pause between sentences; within the open sentence it costs context.
_IN_PAUSE = 3.0
_AFTER_SENTENCE = 3.0
_IN_OPEN_SENTENCE = -2.0
_TOO_SHORT = -4.0
_PER_SECOND_AWAY = -1 / 3


@dataclass(frozen=True, slots=True)
class Start:
    """A new start, `at_ms`, and the number of stable `words` before it."""

    at_ms: int
    words: int


def later_start(
    stable: Sequence[Word], voice: Sequence[TimeRange], *, open_words: int, end_ms: int, keep_ms: int
) -> Start | None:
    """The best place between two `stable` words; None if there are too few.

    The last `open_words` belong to the open sentence. `voice` are the ranges of voice in the window, which ends at
    `end_ms` and is to keep about `keep_ms`.
    """
    best: Start | None = None
    best_worth = float("-inf")
    for words in range(1, len(stable) - _LEAST_WORDS + 1):
        before, after = stable[words - 1], stable[words]
        pause = _pause_between(before, after, voice)
        at_ms = _place_in(pause) if pause else (before.end_ms + after.start_ms) // 2
        if at_ms - stable[0].start_ms < _LEAST_MS:
            continue
        kept_ms = end_ms - at_ms
        worth = _PER_SECOND_AWAY * abs(kept_ms - keep_ms) / 1000
        worth += _IN_PAUSE if pause else 0
        if words > len(stable) - open_words:
            worth += _IN_OPEN_SENTENCE
        elif ends_sentence(before.text):
            worth += _AFTER_SENTENCE
        if kept_ms < _SHORT_MS:
            worth += _TOO_SHORT
        if worth > best_worth:
            best, best_worth = Start(at_ms, words), worth
    return best


def _pause_between(before: Word, after: Word, voice: Sequence[TimeRange]) -> TimeRange | None:
    """The longest silence from within one word to within the other, as their times are inexact; None without one."""
    pauses = [
        TimeRange(one.end_ms, next_.start_ms)
        for one, next_ in pairwise(voice)
        if next_.start_ms - one.end_ms >= _PAUSE_MS
        and before.start_ms < one.end_ms
        and next_.start_ms <= after.end_ms
    ]
    return max(pauses, key=lambda pause: pause.length_ms, default=None)


def _place_in(pause: TimeRange) -> int:
    """Near the end of the pause, with room for a soft beginning of the next word."""
    return pause.end_ms - min(_PAUSE_MS, pause.length_ms // 2)
