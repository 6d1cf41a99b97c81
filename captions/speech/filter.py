"""Nothing from nothing: text that a model invented is kept from the page, quiet and short speech is not.

The voice detector has spoken before any of this. Each test needs evidence that speech cannot give: one doubtful figure
never drops an utterance.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .alignment import normalised
from .types import Hypothesis, TimeRange, Word, certainty


@dataclass(frozen=True, slots=True)
class FilterSettings:
    """The probabilities are Whisper's own defaults. Nobody speaks `characters_per_second`, though adverts come near 35;
    a short utterance may have `spare_characters` more, for the voice detector hears an end a moment late or early.
    """

    no_speech_probability: float = 0.6
    mean_log_probability: float = -1.0
    compression_ratio: float = 2.4
    characters_per_second: float = 45.0
    spare_characters: int = 12
    much_seconds: float = 3.0
    much_characters_per_second: float = 10.0
    slack_ms: int = 200
    stray_ms: int = 400
    stray_probability: float = 0.4


DEFAULTS = FilterSettings()

_LONGEST_PHRASE = 12
_SHORTEST_WORD_MS = 20

# Whoever is heard to say this many times as much as anybody can has not said its beginning either.
_FAR_TOO_MUCH = 1.5

# How often one word, two words, a longer phrase must come in a row to be a loop. People do say "no, no, no, no" and
# "I know, I know, I know".
_MANY = (8, 5, 4)
# A repetition that was really said took its time, and the model heard it. The attention of one that loops has nothing
# to point at: it puts the repetitions into no time at all.
_SAID_WORD_MS = 90
_SAID_CHARACTERS_PER_SECOND = 35
_SAID_PROBABILITY = 0.4
# Fewer words than that may have been given each other's time.
_SQUEEZED_WORDS = 3
_SQUEEZED_CHARACTERS_PER_SECOND = 70


def accept_final(
    hypothesis: Hypothesis, voice: TimeRange, settings: FilterSettings = DEFAULTS
) -> Hypothesis | None:
    """What to keep of a final, its word times within the voice; None when nobody said it.

    Word times and `voice` count from the beginning of the utterance. A phrase that loops is kept once: it was real the
    first time; one that somebody repeats is kept as often as it was said. Words that were squeezed into no time are
    left out, and whoever knows where voice is hears that something is missing.
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


def _is_nothing(hypothesis: Hypothesis, voice: TimeRange, settings: FilterSettings) -> bool:
    if (
        hypothesis.no_speech_probability <= settings.no_speech_probability
        or hypothesis.mean_log_probability >= settings.mean_log_probability
    ):
        return False
    # Of fast speech, too, a model thinks so. What it invents of noise is short.
    is_much = _characters(hypothesis.words) > settings.much_characters_per_second * voice.length_ms / 1000
    return voice.length_ms / 1000 < settings.much_seconds or not is_much


def _is_stray(word: Word, voice: TimeRange, settings: FilterSettings) -> bool:
    """Whether a word was put, without conviction, where nobody spoke."""
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
    """Where a phrase comes again and again, more often than anybody can have said it in that time.

    All but its first time, an unfinished last one included.
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
    """Whether each of these repetitions had its own time."""
    took_ms = words[-1].end_ms - words[0].start_ms
    return (
        took_ms >= _SAID_WORD_MS * len(words)
        and _characters(words) * 1000 <= _SAID_CHARACTERS_PER_SECOND * took_ms
        and certainty(words) >= _SAID_PROBABILITY
    )


def _squeezed(words: Sequence[Word]) -> slice | None:
    """Words in a row that nobody can have said in their time, as many as there are."""
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
