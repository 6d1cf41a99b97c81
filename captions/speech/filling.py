"""Finds in words that were heard again those that are not saved yet, although the two clocks differ a little."""

from collections.abc import Sequence
from statistics import median

from .alignment import normalised
from .types import Word

EDGE_MS = 2_000
"""So far from what was heard again, saved words may still be of the same sound."""

# The same word is not further away: a page knows the session's clock within a few tenths of a second.
_MOST_DRIFT_MS = 1_500
_DRIFT_COST = 0.5
# Of fewer words, the same ones may be there by chance.
_LEAST_SAME = 3
# Share of the shorter of two words that must overlap the other for them to be one word, heard differently.
_IN_PLACE = 0.4


def unsaved(heard: Sequence[Sequence[Word]], saved: Sequence[Word]) -> list[list[Word]]:
    """The words of each sentence in `heard` that are not among the `saved` ones, moved to the clock of those.

    Both are in order of time.
    """
    words = [word for sentence in heard for word in sentence]
    pairs = _same(words, saved)
    shift = 0
    if len(pairs) >= _LEAST_SAME:
        shift = round(median(_middle(saved[there]) - _middle(words[here]) for here, there in pairs))
    paired = {here for here, _ in pairs}
    new = [
        None if index in paired or _is_in_place(word.shifted(shift), saved) else word.shifted(shift)
        for index, word in enumerate(words)
    ]
    left = iter(new)
    return [[word for word in (next(left) for _ in sentence) if word is not None] for sentence in heard]


def _same(words: Sequence[Word], saved: Sequence[Word]) -> list[tuple[int, int]]:
    """The equal words of both, as pairs of indices in order: as many as possible, and those near in time first."""
    rows = [[0.0] * (len(saved) + 1)]
    for word in words:
        row, before = [0.0], rows[-1]
        for index, other in enumerate(saved):
            best = max(before[index + 1], row[index])
            row.append(max(best, before[index] + gain) if (gain := _gain(word, other)) else best)
        rows.append(row)
    pairs = []
    here, there = len(words), len(saved)
    while here and there:
        if rows[here][there] == rows[here - 1][there]:
            here -= 1
        elif rows[here][there] == rows[here][there - 1]:
            there -= 1
        else:
            here, there = here - 1, there - 1
            pairs.append((here, there))
    return pairs[::-1]


def _gain(word: Word, other: Word) -> float:
    """What it is worth to take the two for one word; 0 if they are two."""
    drift = abs(_middle(word) - _middle(other))
    if drift > _MOST_DRIFT_MS or normalised(word.text) != normalised(other.text):
        return 0.0
    return 1 - _DRIFT_COST * drift / _MOST_DRIFT_MS


def _is_in_place(word: Word, saved: Sequence[Word]) -> bool:
    return any(
        min(word.end_ms, other.end_ms) - max(word.start_ms, other.start_ms)
        > _IN_PLACE * min(word.end_ms - word.start_ms, other.end_ms - other.start_ms)
        for other in saved
    )


def _middle(word: Word) -> float:
    return (word.start_ms + word.end_ms) / 2
