"""Turns the word alignment of a Whisper model into word times for a transcript. Pure.

The alignment has words of no length where attention jumps over them; here each gets a share of its neighbours' time.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from ...speech.types import Word

OPENING = "\"'“¿([{-"
CLOSING = "\"'.。,，!！?？:：”)]}、"
INNER = "'’-.,:/"
SHORTEST_MS = 60


@dataclass(frozen=True, slots=True)
class Aligned:
    """A word, or a punctuation mark, as the model aligned it; times in milliseconds, `end_ms` ≥ `start_ms`."""

    text: str
    start_ms: int
    end_ms: int
    probability: float


def to_words(
    aligned: Sequence[Aligned], length_ms: int, *, first_ms: int | None = None, last_ms: int | None = None
) -> tuple[Word, ...]:
    """The words of `aligned` in order, with their punctuation; none overlaps another and none has no length.

    Times lie in 0…`length_ms` if that is at least a millisecond for each word. `first_ms` and `last_ms` are the model's
    own timestamps for the beginning and the end of the text: attention tends to stretch the outer words over silence.
    The joined texts are the joined texts of `aligned`.
    """
    words = _join_punctuation([each for each in aligned if each.text])
    if not words:
        return ()
    if first_ms is not None and words[0].start_ms < first_ms < words[0].end_ms - SHORTEST_MS:
        words[0] = _timed(words[0], first_ms, words[0].end_ms)
    if last_ms is not None and words[-1].start_ms + SHORTEST_MS < last_ms < words[-1].end_ms:
        words[-1] = _timed(words[-1], words[-1].start_ms, last_ms)
    result: list[Word] = []
    free_ms = 0
    for group in _groups(words):
        # Every word still to come needs at least its millisecond.
        start_ms = max(free_ms, min(group[0].start_ms, length_ms - (len(words) - len(result))))
        after = len(words) - len(result) - len(group)
        end_ms = max(start_ms + len(group), min(group[-1].end_ms, length_ms - after))
        result += _share(group, start_ms, end_ms)
        free_ms = end_ms
    return tuple(result)


def _join_punctuation(aligned: list[Aligned]) -> list[Aligned]:
    """Joins closing marks to the word before and opening ones to the word after, without the time of the mark.

    The part of a word after a mark within it, which some models give as a word of its own, is joined too.
    """
    words: list[Aligned] = []
    prefix = ""
    for each in aligned:
        mark = each.text.strip()
        if words and not prefix and _closes(each.text):
            words[-1] = Aligned(
                words[-1].text + each.text, words[-1].start_ms, words[-1].end_ms, words[-1].probability
            )
        elif words and not prefix and _goes_on(each.text):
            words[-1] = Aligned(
                words[-1].text + each.text,
                words[-1].start_ms,
                max(words[-1].end_ms, each.end_ms),
                min(words[-1].probability, each.probability),
            )
        elif mark in OPENING and each.text.startswith(" "):
            prefix += each.text
        else:
            words.append(Aligned(prefix + each.text, each.start_ms, each.end_ms, each.probability))
            prefix = ""
    if prefix and words:
        words[-1] = Aligned(
            words[-1].text + prefix, words[-1].start_ms, words[-1].end_ms, words[-1].probability
        )
    elif prefix:
        words.append(Aligned(prefix, aligned[0].start_ms, aligned[-1].end_ms, aligned[0].probability))
    return words


def _closes(text: str) -> bool:
    """Whether the text is punctuation that follows a word, such as the dash of one that breaks off."""
    if text.startswith(" ") or not text.strip() or any(each.isalnum() for each in text):
        return False
    return text in CLOSING or unicodedata.category(text[0]) not in ("Ps", "Pi")


def _goes_on(text: str) -> bool:
    """Whether the text is the rest of a word with a mark in it, such as 'clock of o'clock or -line of on-line."""
    return text[0] in INNER and text[1:2].isalnum()


def _groups(words: list[Aligned]) -> list[list[Aligned]]:
    """Groups of words that share their time: a word that is too short joins the one before it, the first the next."""
    groups: list[list[Aligned]] = []
    for word in words:
        too_short = word.end_ms - word.start_ms < SHORTEST_MS
        only_short_so_far = len(groups) == 1 and _span(groups[0]) < SHORTEST_MS * len(groups[0])
        if groups and (too_short or only_short_so_far):
            groups[-1].append(word)
        else:
            groups.append([word])
    return groups


def _share(group: list[Aligned], start_ms: int, end_ms: int) -> list[Word]:
    """Divides the time between the words by the length of their texts; each gets at least a millisecond."""
    spare = end_ms - start_ms - len(group)
    weights = [len(word.text.strip()) + 1 for word in group]
    result: list[Word] = []
    at, used = start_ms, 0
    for word, weight in zip(group, weights, strict=True):
        used += weight
        until = start_ms + len(result) + 1 + spare * used // sum(weights)
        result.append(Word(at, until, word.text, word.probability))
        at = until
    return result


def _span(group: list[Aligned]) -> int:
    return group[-1].end_ms - group[0].start_ms


def _timed(word: Aligned, start_ms: int, end_ms: int) -> Aligned:
    return Aligned(word.text, start_ms, end_ms, word.probability)
