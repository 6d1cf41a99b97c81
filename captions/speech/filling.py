"""Finds in words that were heard again those that are not saved yet, although the two clocks differ a little."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from statistics import median

from .alignment import normalised
from .types import Word

EDGE_MS = 2_000
"""So far from what was heard again, saved words may still be of the same sound."""

# The same word is not further away before it is known by how much the clocks differ, nor behind that: a page knows the
# session's clock within a few tenths of a second.
_MOST_DRIFT_MS = 1_500
_LEFT_DRIFT_MS = 700
_DRIFT_COST = 0.5
# Unless so many in a row are the same: what a page records while it wakes up may be placed wrongly by more.
_LEAST_RUN = 5
_MOST_SHIFT_MS = 5_000
# Of fewer words, the same ones may be there by chance.
_LEAST_SAME = 3
# Share of the shorter of two words that must overlap the other for them to be one word, heard differently.
_IN_PLACE = 0.4
# Share of a word that an outage must have cut off, for what is left to be replaced: less is only another view of its
# time.
_CUT = 0.25
# Behind a pause another sentence begins, and the word before it is whole.
_PAUSE_MS = 300


@dataclass(frozen=True, slots=True)
class Filling:
    """What is to be changed so that all that was heard is saved."""

    new: list[list[Word]]
    """The words of each sentence that are not saved, on the clock of those that are."""
    pieces: list[int]
    """The saved words, by their number, that are pieces of new ones: an outage began or ended within the word."""


def filling(heard: Sequence[Sequence[Word]], saved: Sequence[Word]) -> Filling:
    """Compares the sentences in `heard` with the `saved` words; both are in order of time."""
    words = [word for sentence in heard for word in sentence]
    shift = _shift(words, saved)
    words = [word.shifted(shift) for word in words]
    pairs = _same(words, saved, _MOST_DRIFT_MS)
    if len(pairs) >= _LEAST_SAME:
        shift = _median_shift([(words[here], saved[there]) for here, there in pairs])
        words = [word.shifted(shift) for word in words]
    pairs = _same(words, saved, _LEFT_DRIFT_MS)
    known = {here for here, _ in pairs}
    there = [set[int]() if index in known else _in_place(word, saved) for index, word in enumerate(words)]
    is_new = [index not in known and not there[index] for index in range(len(words))]
    sure = {number for _, number in pairs}
    pieces: list[int] = []
    for index, numbers in enumerate(there):
        if len(numbers) == 1 and not numbers & sure:
            pieces += [number for number in numbers if _is_piece(saved[number], words, index, is_new)]
    whole = [each or bool(numbers.intersection(pieces)) for each, numbers in zip(is_new, there, strict=True)]
    left = iter(zip(words, whole, strict=True))
    kept = [other for number, other in enumerate(saved) if number not in pieces]
    new = [
        [_between(word, kept) for word, is_wanted in (next(left) for _ in sentence) if is_wanted]
        for sentence in heard
    ]
    return Filling(new, sorted(set(pieces)))


def _shift(words: Sequence[Word], saved: Sequence[Word]) -> int:
    """By how much the saved words are later, in milliseconds, as far as many words in a row tell; else 0."""
    here, there = ([normalised(word.text) for word in each] for each in (words, saved))
    run = SequenceMatcher(None, here, there, autojunk=False).find_longest_match()
    if run.size < _LEAST_RUN:
        return 0
    rows = zip(words[run.a : run.a + run.size], saved[run.b :], strict=False)
    shift = _median_shift(list(rows))
    return shift if abs(shift) <= _MOST_SHIFT_MS else 0


def _median_shift(pairs: Sequence[tuple[Word, Word]]) -> int:
    return round(median(_middle(there) - _middle(here) for here, there in pairs))


def _same(words: Sequence[Word], saved: Sequence[Word], most_drift_ms: int) -> list[tuple[int, int]]:
    """The equal words of both that are so near in time, as pairs of indices in order: as many as possible, and the
    nearest first."""
    rows = [[0.0] * (len(saved) + 1)]
    for word in words:
        row, before = [0.0], rows[-1]
        for index, other in enumerate(saved):
            best = max(before[index + 1], row[index])
            row.append(
                max(best, before[index] + gain) if (gain := _gain(word, other, most_drift_ms)) else best
            )
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


def _gain(word: Word, other: Word, most_drift_ms: int) -> float:
    """What it is worth to take the two for one word; 0 if they are two."""
    drift = abs(_middle(word) - _middle(other))
    if drift > most_drift_ms or normalised(word.text) != normalised(other.text):
        return 0.0
    return 1 - _DRIFT_COST * drift / most_drift_ms


def _in_place(word: Word, saved: Sequence[Word]) -> set[int]:
    """The saved words, by their number, at whose time the word was heard."""
    return {
        number
        for number, other in enumerate(saved)
        if min(word.end_ms, other.end_ms) - max(word.start_ms, other.start_ms)
        > _IN_PLACE * min(word.end_ms - word.start_ms, other.end_ms - other.start_ms)
    }


def _is_piece(saved: Word, words: Sequence[Word], index: int, is_new: Sequence[bool]) -> bool:
    """Whether a saved word is what an outage left of one that was heard whole: on the side of the outage, where new
    words follow at once, the whole one is longer.
    """
    whole = words[index]
    least_ms = _CUT * (whole.end_ms - whole.start_ms)
    if index > 0 and is_new[index - 1] and whole.start_ms - words[index - 1].end_ms < _PAUSE_MS:
        return saved.start_ms - whole.start_ms >= least_ms
    if index + 1 < len(words) and is_new[index + 1] and words[index + 1].start_ms - whole.end_ms < _PAUSE_MS:
        return whole.end_ms - saved.end_ms >= least_ms
    return False


def _between(word: Word, saved: Sequence[Word]) -> Word:
    """The word without the time of the saved ones before and after it, as far as something is left."""
    middle = _middle(word)
    start_ms = max([word.start_ms, *(other.end_ms for other in saved if _middle(other) < middle)])
    end_ms = min([word.end_ms, *(other.start_ms for other in saved if _middle(other) > middle)])
    return replace(word, start_ms=start_ms, end_ms=end_ms) if start_ms < end_ms else word


def _middle(word: Word) -> float:
    return (word.start_ms + word.end_ms) / 2
