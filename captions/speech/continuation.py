"""Finds the new words of a decode after the stable ones, and drops loops and invented text from them."""

from collections.abc import Sequence
from dataclasses import dataclass

from .alignment import normalised, overlap_end
from .coverage import weight
from .types import TimeRange, Word

_MARKS = ".,;:!?…。、，！？؛،؟।-–—\"'”’»)]」』"

# Faster than any speech. A model that invents text, or loops, at the end of the sound squeezes it together there.
_CHARACTERS_PER_SECOND = 60
_TOGETHER = 4
# The time of one word is too inexact to judge its speed, unless it has more characters than any word.
_LONGEST_WORD = 40
# Word times are not more exact than this.
_BACK_MS = 300
# A single repeated word may be a coincidence.
_LEAST_AGAIN = 2
# Faster than anybody repeats a phrase.
_AGAIN_PER_SECOND = 25
_LONGEST_PHRASE = 12
_LOOP_TIMES = 4


@dataclass(frozen=True, slots=True)
class Continuation:
    """What a decode found after the stable words."""

    mark: str
    """Punctuation after the last stable word, as this decode has it."""
    words: tuple[Word, ...]
    """The words after that."""
    breaks_off: bool = False
    """Whether this decode makes the last stable word the beginning of a longer one."""


def part_mark(text: str) -> tuple[str, str]:
    """Divides a text into what comes before the punctuation at its end, and that punctuation.

    A text of punctuation alone is not divided.
    """
    text = text.rstrip()
    bare = text.rstrip(_MARKS)
    return (bare, text[len(bare) :]) if any(character.isalnum() for character in bare) else (text, "")


def continuation(words: Sequence[Word], prefix: str, *, heard_ms: int = 0) -> Continuation:
    """The new words of a hypothesis that was decoded with `prefix`, a text without punctuation at its end.

    The prefix ends at `heard_ms`. Words of the prefix that the model writes once more are left out, and so are letters
    added to the last word of the prefix, which is stable.
    """
    if not prefix:
        return Continuation("", believable(words))
    left = _length(prefix)
    for index, word in enumerate(words):
        left -= _length(word.text)
        if left <= 0:
            glued = word.text[len(word.text) + left :] if left else ""
            breaks_off = any(character.isalnum() for character in glued)
            mark = "" if breaks_off else glued
            new = words[index + 1 :]
            again = _repeated(words[: index + 1], new, heard_ms)
            return Continuation("" if again else mark, _believable_from(words, index + 1 + again), breaks_off)
    return Continuation("", ())


def continuation_of(words: Sequence[Word], stable: Sequence[Word], *, heard_ms: int = 0) -> Continuation:
    """The new words of a hypothesis of the same sound that was decoded without the `stable` words as its prefix.

    The stable words end at `heard_ms`; the hypothesis may have other words in their place.
    """
    if not stable:
        return Continuation("", believable(words))
    overlap = overlap_end(stable, words)
    if overlap < len(words) and _begins_as(stable[-1], words[overlap]):
        overlap += 1
    mark = ""
    if overlap and normalised(words[overlap - 1].text) == normalised(stable[-1].text):
        _, mark = part_mark(words[overlap - 1].text)
    overlap += _repeated(stable, words[overlap:], heard_ms)
    return Continuation(mark, _believable_from(words, overlap))


def _begins_as(stable: Word, word: Word) -> bool:
    """Whether a word at the time of the stable one begins with it: the stable one was cut off."""
    in_time = min(stable.end_ms, word.end_ms) > max(stable.start_ms, word.start_ms)
    return in_time and normalised(word.text).startswith(normalised(stable.text))


def believable(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words up to where they are faster than anybody speaks, or a phrase is repeated faster than anybody can."""
    return _believable_from(words, 0)


def _believable_from(words: Sequence[Word], first: int) -> tuple[Word, ...]:
    """As `believable`, for the words from index `first` on; the phrase they repeat may begin before it."""
    words = _without_loop(words, first)[first:]
    for index in range(len(words)):
        together = words[index : index + _TOGETHER]
        characters = sum(weight(word.text) for word in together)
        if (len(together) > 1 or characters > _LONGEST_WORD) and _too_fast(
            characters, together[-1].end_ms - together[0].start_ms
        ):
            # Keep those at the beginning of the group that are slow enough by themselves.
            slow = next(
                n
                for n, each in enumerate(together)
                if _too_fast(weight(each.text), each.end_ms - each.start_ms)
            )
            return tuple(words[: index + slow])
    return tuple(words)


def spoken_now(before: Sequence[Word], found: Sequence[Word], voice: Sequence[TimeRange]) -> int:
    """How many of the `found` words are the last words `before` them once more, which had too little voice there.

    Such words were written too early: guessed before they were spoken, or squeezed into the end of a sound. `voice` are
    the ranges of voice of the window.
    """
    for count in range(min(len(before), len(found)), 0, -1):
        last = before[-count:]
        if [normalised(each.text) for each in last] != [normalised(each.text) for each in found[:count]]:
            continue
        voiced_ms = sum(each.overlap_ms(last[0].start_ms, last[-1].end_ms) for each in voice)
        if _too_fast(sum(weight(each.text) for each in last), voiced_ms, _AGAIN_PER_SECOND):
            return count
    return 0


def _repeated(before: Sequence[Word], new: Sequence[Word], heard_ms: int) -> int:
    """How many of the first `new` words repeat words from `before` without having been spoken again.

    Their times go back to before `heard_ms`, or there was too little time since then to say them.
    """
    old, again = [normalised(each.text) for each in before], [normalised(each.text) for each in new]
    common = max((_in_common(old[at:], again) for at in range(len(old))), default=0)
    if common < _LEAST_AGAIN:
        return 0
    characters = sum(len(word.text) for word in new[:common])
    since_ms = new[common - 1].end_ms - max(new[0].start_ms, heard_ms)
    goes_back = new[0].start_ms < heard_ms - _BACK_MS
    no_time = common > _LEAST_AGAIN and _too_fast(characters, since_ms, _AGAIN_PER_SECOND)
    return common if goes_back or no_time else 0


def _in_common(one: Sequence[str], other: Sequence[str]) -> int:
    """The length of the common beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (left, right) in pairs if left != right), min(len(one), len(other)))


def _without_loop(words: Sequence[Word], first: int) -> Sequence[Word]:
    """The words up to the first, from index `first` on, that repeats a phrase faster than anybody can."""
    texts = [normalised(word.text) for word in words]
    for start in range(first, len(words)):
        word = words[start]
        if repeats_itself(texts[start]) and _too_fast(
            weight(texts[start]), word.end_ms - word.start_ms, _AGAIN_PER_SECOND
        ):
            return words[:start]
        for length in range(1, min(start, _LONGEST_PHRASE) + 1):
            again = words[start : start + length]
            if texts[start : start + length] != texts[start - length : start]:
                continue
            characters = sum(weight(word.text) for word in again)
            if _too_fast(characters, again[-1].end_ms - again[0].start_ms, _AGAIN_PER_SECOND):
                return words[:start]
    return words


def repeats_itself(text: str) -> bool:
    """Whether a word is one group of letters at least four times in a row."""
    return any(
        text == (text[:length] * len(text))[: len(text)] for length in range(1, len(text) // _LOOP_TIMES + 1)
    )


def _too_fast(characters: int, milliseconds: int, per_second: int = _CHARACTERS_PER_SECOND) -> bool:
    return characters * 1000 > per_second * milliseconds


def _length(text: str) -> int:
    return len("".join(text.split()))
