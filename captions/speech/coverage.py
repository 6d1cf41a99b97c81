"""Whether all voice has words over it. Pure; the times of words and voice are on one clock.

Attention may stretch a word over silence, or over words that the model left out. So a longer word covers only as much
of either end of its time as it takes to say.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from .types import TimeRange, Word

LEAST_MS = 500
"""Voice without words that is shorter may be a breath, or the end of a word."""

UNCLEAR = "[unclear]"

# Slow speech: hardly any word takes longer than this plus the time of its characters.
_WORD_MS = 500
_CHARACTER_MS = 90
# In these scripts a character is a syllable or two.
_SYLLABIC = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL")
_SYLLABLE_CHARACTERS = 3
# The silence between two words of fluent speech, and the inexactness of word times.
_SLACK_MS = 150


def plausible_ms(text: str) -> int:
    """The longest time, in milliseconds, that somebody takes to say a word."""
    return _WORD_MS + _CHARACTER_MS * weight("".join(filter(str.isalnum, text)))


def weight(text: str) -> int:
    """The length of a text in characters, with those of syllabic scripts counted as three."""
    return sum(_weight(character) for character in text)


def uncovered(
    voice: Sequence[TimeRange], words: Sequence[Word], *, least_ms: int = LEAST_MS
) -> list[TimeRange]:
    """The time ranges without words that have at least `least_ms` of voice, in order; they begin and end with voice.

    `voice` and `words` are in order. The word `[unclear]` covers all of its time.
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
    """The word that stands for speech that no decode could turn into words."""
    return Word(time_range.start_ms, time_range.end_ms, f" {UNCLEAR}", 0.0)


def is_unclear(word: Word) -> bool:
    return word.probability == 0.0 and word.text.strip() == UNCLEAR


def fitted(words: Sequence[Word], voice: Sequence[TimeRange]) -> tuple[Word, ...]:
    """The words, each shortened to the voice within its time; a word without voice stays as it is."""
    return tuple(_fitted(word, voice) for word in words)


def _fitted(word: Word, voice: Sequence[TimeRange]) -> Word:
    inside = [each for each in voice if each.overlap_ms(word.start_ms, word.end_ms)]
    if not inside:
        return word
    if len(inside) > 1 and word.end_ms - word.start_ms > plausible_ms(word.text):
        # The word stretches over a pause. It was spoken where most of its voice is.
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
    """The parts that are not covered, from the beginning of the voice to its end."""
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
