"""Finds where a decode goes on after the words that are already stable, by an edit distance of words in time."""

import unicodedata
from collections.abc import Sequence

from .types import Word

# Costs of the alignment. Equal words cost only a little for the difference of their times, so that of two equal words
# the one nearer in time is matched. Replacing or adding a word costs less within the time of the stable words: if it
# were not matched there, it would be shown once more after them.
_OMITTED = 1.0
_ADDED = 1.0
_ADDED_IN_PLACE = 0.5
_REPEATED = 0.6
_RESPELLED_IN_PLACE = 0.6
_REPLACED_IN_PLACE = 1.2
_REPLACED_ELSEWHERE = 2.0
_DRIFT_PER_MS = 1 / 4000
_MOST_DRIFT = 0.45
_IN_PLACE = 0.4
"""Share of the shorter of two words that must overlap the other for them to be at the same place."""

_LOOK_BACK = 24
"""Most stable words that are aligned: earlier ones are far from where the new words begin."""

_MEANINGFUL = frozenset("%‰#&@*/\\")


def normalised(text: str) -> str:
    """A word for comparison: NFKC, case folded, without punctuation at its edges unless it is nothing else."""
    word = unicodedata.normalize("NFKC", text).strip()
    start, end = 0, len(word)
    while start < end and _is_edge(word[start]):
        start += 1
    while start < end and _is_edge(word[end - 1]):
        end -= 1
    return (word[start:end] or word).casefold()


def overlap_end(stable: Sequence[Word], words: Sequence[Word]) -> int:
    """How many of `words`, a decode of the same sound from its beginning, correspond to the `stable` words.

    The texts may differ: the cheapest alignment in text and time decides. A word within the time of the stable words
    that matches none of them counts as a repetition, so that nothing is shown twice.
    """
    same = 0
    while same < min(len(stable), len(words)) and _equal(stable[same], words[same]):
        same += 1
    if same == len(stable) or same == len(words):
        return same
    stable, words = stable[same:], words[same:]
    if len(stable) > _LOOK_BACK:
        stable = stable[-_LOOK_BACK:]
        early = sum(_middle(word) < stable[0].start_ms for word in words)
        same, words = same + early, words[early:]
    return same + _best_end(stable, words)


def _best_end(stable: Sequence[Word], words: Sequence[Word]) -> int:
    stable_end = stable[-1].end_ms
    old = [_middle(word) < stable_end for word in words]
    added = [_ADDED_IN_PLACE if each else _ADDED for each in old]
    costs = [0.0]
    for cost in added:
        costs.append(costs[-1] + cost)
    for count, kept in enumerate(stable, 1):
        row = [count * _OMITTED]
        for index, word in enumerate(words):
            paired = costs[index] + _pairing(kept, word)
            row.append(min(paired, costs[index + 1] + _OMITTED, row[index] + added[index]))
        costs = row
    repeated = 0.0
    best, best_cost = len(words), costs[-1]
    for index in range(len(words) - 1, -1, -1):
        repeated += _REPEATED * old[index]
        if costs[index] + repeated < best_cost:
            best, best_cost = index, costs[index] + repeated
    return best


def _pairing(kept: Word, word: Word) -> float:
    if _equal(kept, word):
        return min(abs(_middle(kept) - _middle(word)) * _DRIFT_PER_MS, _MOST_DRIFT)
    overlap = min(kept.end_ms, word.end_ms) - max(kept.start_ms, word.start_ms)
    shorter = min(kept.end_ms - kept.start_ms, word.end_ms - word.start_ms)
    if overlap <= _IN_PLACE * shorter:
        return _REPLACED_ELSEWHERE
    return _RESPELLED_IN_PLACE if _begins_with_other(kept, word) else _REPLACED_IN_PLACE


def _begins_with_other(one: Word, other: Word) -> bool:
    """Whether the shorter word is the beginning of the longer: the same word cut off, or in another form."""
    shorter, longer = sorted((normalised(one.text), normalised(other.text)), key=len)
    return bool(shorter) and longer.startswith(shorter)


def _equal(one: Word, other: Word) -> bool:
    return normalised(one.text) == normalised(other.text)


def _middle(word: Word) -> float:
    return (word.start_ms + word.end_ms) / 2


def _is_edge(character: str) -> bool:
    return unicodedata.category(character).startswith("P") and character not in _MEANINGFUL
