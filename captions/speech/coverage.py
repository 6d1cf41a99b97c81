"""Whether all that was voiced has words over it. Pure; times of words and voice are on one clock.

A model's attention may stretch a word over silence, or over words that the model has left out; so a word covers no more
than somebody needs to say it, at either end of its time.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from .types import TimeRange, Word

LEAST_MS = 500
"""Less voice than that may be a breath, or the end of a word."""

UNCLEAR = "[unclear]"

# Slow speech, measured: one of a thousand words takes longer.
_WORD_MS = 500
_CHARACTER_MS = 90
# A character of these scripts is a syllable, or two.
_SYLLABIC = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL")
_SYLLABLE_CHARACTERS = 3
# Words follow each other so closely; times are right to a tenth of a second or two.
_SLACK_MS = 150


def plausible_ms(text: str) -> int:
    """How long somebody may take to say a word."""
    return _WORD_MS + _CHARACTER_MS * weight("".join(filter(str.isalnum, text)))


def weight(text: str) -> int:
    """How many characters it would be if a syllable of every script were written with as many."""
    return sum(_weight(character) for character in text)


def uncovered(
    voice: Sequence[TimeRange], words: Sequence[Word], *, least_ms: int = LEAST_MS
) -> list[TimeRange]:
    """The stretches, in order, with `least_ms` of voice at least and no word over it; they begin and end with voice.

    `voice` and `words` are in order. What is `[unclear]` covers all of its time: it says that nothing is known there.
    """
    covered = sorted(part for word in words for part in _covered(word))
    found: list[TimeRange] = []
    for start_ms, end_ms in _between(covered, voice):
        parts = [
            TimeRange(max(each.start_ms, start_ms), min(each.end_ms, end_ms))
            for each in voice
            if each.overlap_ms(start_ms, end_ms)
        ]
        if sum(part.length_ms for part in parts) >= least_ms:
            found.append(TimeRange(parts[0].start_ms, parts[-1].end_ms))
    return found


def unclear(time_range: TimeRange) -> Word:
    """What stands in a row where somebody said something that no decode could hear."""
    return Word(time_range.start_ms, time_range.end_ms, f" {UNCLEAR}", 0.0)


def is_unclear(word: Word) -> bool:
    return word.probability == 0.0 and word.text.strip() == UNCLEAR


def fitted(words: Sequence[Word], voice: Sequence[TimeRange]) -> tuple[Word, ...]:
    """The words, each only as long as there is voice in its time; as they are where there is none."""
    return tuple(_fitted(word, voice) for word in words)


def _fitted(word: Word, voice: Sequence[TimeRange]) -> Word:
    inside = [each for each in voice if each.overlap_ms(word.start_ms, word.end_ms)]
    if not inside:
        return word
    if len(inside) > 1 and word.end_ms - word.start_ms > plausible_ms(word.text):
        # It stretches over a pause: it was said where most of it is voiced.
        inside = [max(inside, key=lambda each: each.overlap_ms(word.start_ms, word.end_ms))]
    return replace(
        word,
        start_ms=max(word.start_ms, inside[0].start_ms),
        end_ms=min(word.end_ms, inside[-1].end_ms),
    )


def _covered(word: Word) -> list[tuple[int, int]]:
    start_ms, end_ms = word.start_ms - _SLACK_MS, word.end_ms + _SLACK_MS
    most_ms = plausible_ms(word.text) + 2 * _SLACK_MS
    if is_unclear(word) or end_ms - start_ms <= 2 * most_ms:
        return [(start_ms, end_ms)]
    return [(start_ms, start_ms + most_ms), (end_ms - most_ms, end_ms)]


def _between(covered: Sequence[tuple[int, int]], voice: Sequence[TimeRange]) -> list[tuple[int, int]]:
    """From the beginning of the voice to its end, what is not covered."""
    if not voice:
        return []
    gaps: list[tuple[int, int]] = []
    free_ms = voice[0].start_ms
    for start_ms, end_ms in covered:
        if start_ms > free_ms:
            gaps.append((free_ms, start_ms))
        free_ms = max(free_ms, end_ms)
    return [*gaps, (free_ms, max(free_ms, voice[-1].end_ms))]


def _weight(character: str) -> int:
    if character.isascii() or not unicodedata.name(character, "").startswith(_SYLLABIC):
        return 1
    return _SYLLABLE_CHARACTERS
