"""Drops text that a model invented from noise, and keeps quiet and short speech.

Only sound in which voice was detected comes this far, so no single doubtful figure drops a hypothesis.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .alignment import normalised
from .types import Hypothesis, TimeRange, Word, certainty


@dataclass(frozen=True, slots=True)
class FilterSettings:
    """When a hypothesis, or a word of it, is taken for invented."""

    no_speech_probability: float = 0.6
    """Whisper's probability, 0 to 1, that nobody spoke, above which a hypothesis may be invented. Whisper's default."""
    mean_log_probability: float = -1.0
    """Mean log probability, at most 0, below which a hypothesis may be invented. Whisper's default."""
    compression_ratio: float = 2.4
    """Ratio of text length to its zlib length above which an improbable text is dropped as repetitive. Whisper's
    default."""
    characters_per_second: float = 45.0
    """Characters in a second of voice that no speaker reaches; the fastest adverts come near 35."""
    spare_characters: int = 12
    """Characters allowed in addition, whatever the length: the detected end of voice is not exact."""
    much_seconds: float = 3.0
    """Voice, in seconds, from which on a text with many characters is kept although it may be invented."""
    much_characters_per_second: float = 10.0
    """Characters in a second of voice above which a text counts as one with many: invented text is short."""
    slack_ms: int = 200
    """Milliseconds by which a word may lie outside the voice; word times are moved to within this."""
    stray_ms: int = 400
    """Milliseconds outside the voice beyond which an improbable word is dropped."""
    stray_probability: float = 0.4
    """Word probability, 0 to 1, below which a word outside the voice is dropped."""


DEFAULTS = FilterSettings()

_LONGEST_PHRASE = 12
_SHORTEST_WORD_MS = 20

# A text this many times longer than anybody can speak is wrong from its beginning on, so all of it is dropped.
_FAR_TOO_MUCH = 1.5

# How often one word, two words or a longer phrase must come in a row to be a loop. People do say "no, no, no, no" and
# "I know, I know, I know".
_MANY = (8, 5, 4)
# Spoken repetitions take time, and the model gives them a high probability. In a loop the attention has no sound to
# point at, so the repeated words get almost no time.
_SAID_WORD_MS = 90
_SAID_CHARACTERS_PER_SECOND = 35
_SAID_PROBABILITY = 0.4
# The limits between fewer words than this are too inexact to tell that they are squeezed.
_SQUEEZED_WORDS = 3
_SQUEEZED_CHARACTERS_PER_SECOND = 70


def accept_final(
    hypothesis: Hypothesis, voice: TimeRange, settings: FilterSettings = DEFAULTS
) -> Hypothesis | None:
    """The hypothesis without invented words, its word times within the voice; None if all of it is invented.

    Word times and `voice` count from the beginning of the decoded sound. A phrase that loops is kept once, a phrase
    that the speaker repeats as often as it was spoken. Words squeezed into almost no time are left out, so that
    `coverage.uncovered` finds their voice without words.
    """
    if _is_nothing(hypothesis, voice, settings):
        return None
    kept = [word for word in hypothesis.words if not _is_stray(word, voice, settings)]
    loops = False
    while loop := _loop(kept):
        loops = True
        del kept[loop]
    if _characters(kept) > _FAR_TOO_MUCH * _most_characters(voice, settings):
        return None
    while squeezed := _squeezed(kept):
        del kept[squeezed]
    if not _has_text(kept):
        return None
    unclear = hypothesis.mean_log_probability < settings.mean_log_probability
    if unclear and not loops and hypothesis.compression_ratio > settings.compression_ratio:
        return None
    return replace(hypothesis, words=clamped(kept, voice, slack_ms=settings.slack_ms))


def clamped(words: Sequence[Word], voice: TimeRange, *, slack_ms: int) -> tuple[Word, ...]:
    """The words in order, none more than `slack_ms` outside the voice, each at least 20 ms long."""
    first = max(voice.start_ms - slack_ms, 0)
    last = max(voice.end_ms + slack_ms, first + _SHORTEST_WORD_MS)
    result: list[Word] = []
    for word in words:
        start = min(max(word.start_ms, first), last - _SHORTEST_WORD_MS)
        end = max(min(word.end_ms, last), start + _SHORTEST_WORD_MS)
        result.append(replace(word, start_ms=start, end_ms=end))
        first = start
    return tuple(result)


def _is_nothing(hypothesis: Hypothesis, voice: TimeRange, settings: FilterSettings) -> bool:
    if (
        hypothesis.no_speech_probability <= settings.no_speech_probability
        or hypothesis.mean_log_probability >= settings.mean_log_probability
    ):
        return False
    # Both figures are bad for fast speech too, but text invented from noise is short.
    is_much = _characters(hypothesis.words) > settings.much_characters_per_second * voice.length_ms / 1000
    return voice.length_ms / 1000 < settings.much_seconds or not is_much


def _is_stray(word: Word, voice: TimeRange, settings: FilterSettings) -> bool:
    """Whether an improbable word lies where there is no voice."""
    outside = (
        word.start_ms > voice.end_ms + settings.stray_ms or word.end_ms < voice.start_ms - settings.stray_ms
    )
    return outside and word.probability < settings.stray_probability


def _characters(words: Sequence[Word]) -> int:
    return sum(len(word.text.strip()) for word in words)


def _most_characters(voice: TimeRange, settings: FilterSettings) -> float:
    return settings.spare_characters + settings.characters_per_second * voice.length_ms / 1000


def _has_text(words: Sequence[Word]) -> bool:
    return any(character.isalnum() for word in words for character in word.text)


def _loop(words: Sequence[Word]) -> slice | None:
    """The repetitions of a phrase that comes more often than anybody can have said it in that time; None without one.

    The first occurrence is not part of it, an unfinished last one is.
    """
    texts = [normalised(word.text) for word in words]
    for length in range(1, min(_LONGEST_PHRASE, len(texts) // 2) + 1):
        least = (_MANY[min(length, len(_MANY)) - 1] - 1) * length
        run = 0
        for index in range(length, len(texts) + 1):
            if index < len(texts) and texts[index] == texts[index - length]:
                run += 1
                continue
            found = slice(index - run, index)
            if run >= least and not _is_said(words[found]):
                return found
            run = 0
    return None


def _is_said(words: Sequence[Word]) -> bool:
    """Whether these repetitions have the time and the probability of speech."""
    took_ms = words[-1].end_ms - words[0].start_ms
    return (
        took_ms >= _SAID_WORD_MS * len(words)
        and _characters(words) * 1000 <= _SAID_CHARACTERS_PER_SECOND * took_ms
        and certainty(words) >= _SAID_PROBABILITY
    )


def _squeezed(words: Sequence[Word]) -> slice | None:
    """The first run of words, as long as possible, that nobody can have said in its time; None without one."""
    for start in range(len(words) - _SQUEEZED_WORDS + 1):
        end = start + _SQUEEZED_WORDS
        if not _is_squeezed(words[start:end]):
            continue
        while end < len(words) and _is_squeezed(words[end - _SQUEEZED_WORDS + 1 : end + 1]):
            end += 1
        return slice(start, end)
    return None


def _is_squeezed(words: Sequence[Word]) -> bool:
    took_ms = words[-1].end_ms - words[0].start_ms
    return _characters(words) * 1000 > _SQUEEZED_CHARACTERS_PER_SECOND * took_ms
