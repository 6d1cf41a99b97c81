"""Nothing from nothing: text that a model invented is kept from the page, quiet and short speech is not.

The voice detector has spoken before any of this. Each test needs evidence that speech cannot give: one doubtful figure
never drops an utterance.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .alignment import normalised
from .events import Voice
from .types import Hypothesis, Word


@dataclass(frozen=True, slots=True)
class FilterSettings:
    """The probabilities are Whisper's own defaults. Nobody speaks `characters_per_second`; a short utterance may have
    `spare_characters` more, for the voice detector hears an end a moment late or early.
    """

    no_speech_probability: float = 0.6
    mean_log_probability: float = -1.0
    compression_ratio: float = 2.4
    characters_per_second: float = 30.0
    spare_characters: int = 12
    slack_ms: int = 200
    stray_ms: int = 400
    stray_probability: float = 0.4


DEFAULTS = FilterSettings()

_LONGEST_PHRASE = 12
_SHORTEST_WORD_MS = 20

# Whoever is heard to say this many times as much as anybody can has not said its beginning either.
_FAR_TOO_MUCH = 1.5

# How often one word, two words, a longer phrase must come in a row to be a loop. People do say "no, no, no, no" and
# "I know, I know, I know"; fewer are enough where a mistake costs little.
_FEW = (6, 4, 3)
_MANY = (8, 5, 4)


def accept_final(
    hypothesis: Hypothesis, voice: Voice, settings: FilterSettings = DEFAULTS
) -> Hypothesis | None:
    """What to keep of a final, its word times within the voice; None when nobody said it.

    Word times and `voice` count from the beginning of the utterance. A phrase that loops is kept once: it was real the
    first time.
    """
    if _is_nothing(hypothesis, settings):
        return None
    kept = [word for word in hypothesis.words if not _is_stray(word, voice, settings)]
    loops = False
    while loop := _loop(kept, _MANY):
        loops = True
        del kept[loop]
    if not _has_text(kept) or _is_too_much(kept, voice, settings):
        return None
    unclear = hypothesis.mean_log_probability < settings.mean_log_probability
    if unclear and not loops and hypothesis.compression_ratio > settings.compression_ratio:
        return None
    return replace(hypothesis, words=clamped(kept, voice, slack_ms=settings.slack_ms))


def accept_partial(
    hypothesis: Hypothesis, voice: Voice, settings: FilterSettings = DEFAULTS
) -> Hypothesis | None:
    """What to show of a partial; None where nothing of it is to be believed.

    A phrase that loops is kept once and what comes after it is left out, and so is the end of a little more than
    anybody could have said in that time: a model that goes on inventing has heard the beginning right.
    """
    words = list(hypothesis.words)
    if _is_nothing(hypothesis, settings) or not _has_text(words):
        return None
    loop = _loop(words, _FEW)
    if loop:
        del words[loop.start :]
    elif hypothesis.compression_ratio > settings.compression_ratio:
        return None
    if _characters(words) > _FAR_TOO_MUCH * _most_characters(voice, settings):
        return None
    while _is_too_much(words, voice, settings):
        words.pop()
    if len(words) == len(hypothesis.words):
        return hypothesis
    return replace(hypothesis, words=tuple(words)) if _has_text(words) else None


def clamped(words: Sequence[Word], voice: Voice, *, slack_ms: int) -> tuple[Word, ...]:
    """The words in order, none outside of the voice by more than `slack_ms`, each a moment long at least."""
    first = max(voice.start_ms - slack_ms, 0)
    last = max(voice.end_ms + slack_ms, first + _SHORTEST_WORD_MS)
    result: list[Word] = []
    for word in words:
        start = min(max(word.start_ms, first), last - _SHORTEST_WORD_MS)
        end = max(min(word.end_ms, last), start + _SHORTEST_WORD_MS)
        result.append(replace(word, start_ms=start, end_ms=end))
        first = start
    return tuple(result)


def _is_nothing(hypothesis: Hypothesis, settings: FilterSettings) -> bool:
    return (
        hypothesis.no_speech_probability > settings.no_speech_probability
        and hypothesis.mean_log_probability < settings.mean_log_probability
    )


def _is_stray(word: Word, voice: Voice, settings: FilterSettings) -> bool:
    """Whether a word was put, without conviction, where nobody spoke."""
    outside = (
        word.start_ms > voice.end_ms + settings.stray_ms or word.end_ms < voice.start_ms - settings.stray_ms
    )
    return outside and word.probability < settings.stray_probability


def _is_too_much(words: Sequence[Word], voice: Voice, settings: FilterSettings) -> bool:
    return _characters(words) > _most_characters(voice, settings)


def _characters(words: Sequence[Word]) -> int:
    return sum(len(word.text.strip()) for word in words)


def _most_characters(voice: Voice, settings: FilterSettings) -> float:
    return settings.spare_characters + settings.characters_per_second * voice.seconds


def _has_text(words: Sequence[Word]) -> bool:
    return any(character.isalnum() for word in words for character in word.text)


def _loop(words: Sequence[Word], enough: tuple[int, int, int]) -> slice | None:
    """Where a phrase is said again and again: all but its first time, an unfinished last one included."""
    texts = [normalised(word.text) for word in words]
    for length in range(1, min(_LONGEST_PHRASE, len(texts) // 2) + 1):
        least = (enough[min(length, len(enough)) - 1] - 1) * length
        run = 0
        for index in range(length, len(texts) + 1):
            if index < len(texts) and texts[index] == texts[index - length]:
                run += 1
            elif run >= least:
                return slice(index - run, index)
            else:
                run = 0
    return None
