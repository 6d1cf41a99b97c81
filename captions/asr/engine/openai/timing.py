"""Gives the words of an answer their times. Pure.

The text is what counts, and keeps all its signs: words with times, segments, or the voice in the sound only say when
its words were spoken.
"""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from ....speech.types import TimeRange, Word
from ..prompts import SPACELESS
from ..word_times import INNER, Aligned, to_words
from .answer import Answer, TimedText

# A word that stands so many characters behind the one before it is another one like it.
_LOOK_AHEAD = 60

Voice = Callable[[], Sequence[TimeRange]]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of the text and the time of its words together."""

    text: str
    start_ms: int
    end_ms: int
    probability: float | None


def words_of(answer: Answer, language: str, length_ms: int, voice: Voice) -> tuple[Word, ...]:
    """The words, in 0…`length_ms`. `voice` finds the ranges of voice, and is asked only if nothing else has times."""
    text = " ".join(answer.text.split())
    if not text:
        return ()
    spaced = language not in SPACELESS
    text = f" {text}" if spaced else text
    pieces = _by_words(text, answer.words, length_ms)
    # Where the service does not say what is a word in a language without spaces, each sign is one.
    by_sign = not pieces and not spaced
    pieces = pieces or _by_segments(text, answer.segments, length_ms)
    # The voice is where time passes within a piece.
    ranges = [TimeRange(0, length_ms)] if pieces else [*voice()] or [TimeRange(0, length_ms)]
    pieces = pieces or [_Piece(text, ranges[0].start_ms, ranges[-1].end_ms, None)]
    of_tokens = _probabilities(text, answer)
    aligned: list[Aligned] = []
    at = 0
    for piece in pieces:
        for part, (start_ms, end_ms) in _shared(piece, ranges, by_sign):
            probability = of_tokens(at, at + len(part)) if piece.probability is None else piece.probability
            aligned.append(Aligned(part, start_ms, end_ms, probability))
            at += len(part)
    return to_words(aligned, length_ms)


def _by_words(text: str, words: Iterable[TimedText], length_ms: int) -> list[_Piece]:
    """The text cut before each of these words that is found in it; none if no word is."""
    folded = text.lower() if len(text.lower()) == len(text) else text
    found: list[tuple[int, int, TimedText]] = []
    at = 0
    for word in words:
        said = word.text.strip()
        start = folded.find(said.lower(), at, at + len(said) + _LOOK_AHEAD)
        if start >= 0:
            at = start + len(said)
            found.append((start, at, word))
    if not found:
        return []
    cuts = [0]
    for (_, before, _), (start, _, _) in pairwise(found):
        cuts.append(_cut(text, before, start))
    pieces = []
    for number, (_, _, word) in enumerate(found):
        end = cuts[number + 1] if number + 1 < len(cuts) else len(text)
        start_ms = min(round(word.start * 1000), length_ms)
        end_ms = min(max(round(word.end * 1000), start_ms), length_ms)
        pieces.append(_Piece(text[cuts[number] : end], start_ms, end_ms, word.probability))
    return pieces


def _cut(text: str, before: int, start: int) -> int:
    """Where the text between two words is divided: at its space, or else before a mark within a word."""
    between = text[before:start]
    space = between.rfind(" ")
    if space >= 0:
        return before + space
    return before if between and between in INNER else start


def _by_segments(text: str, segments: Sequence[TimedText], length_ms: int) -> list[_Piece]:
    """The text cut where its segments end; none if they are not its text."""
    pieces: list[_Piece] = []
    at = 0
    for segment in segments:
        said = " ".join(segment.text.split())
        start = text.find(said, at)
        if not 0 <= start - at <= 1:
            return []
        start_ms = min(round(segment.start * 1000), length_ms)
        end_ms = min(max(round(segment.end * 1000), start_ms), length_ms)
        pieces.append(_Piece(text[at : start + len(said)], start_ms, end_ms, segment.probability))
        at = start + len(said)
    return pieces if at == len(text) else []


def _shared(
    piece: _Piece, ranges: Sequence[TimeRange], by_sign: bool
) -> Iterable[tuple[str, tuple[int, int]]]:
    """The words of a piece, each with its share of the piece's time that lies in the ranges, by their letters."""
    parts = re.findall(r"\s*\S" if by_sign else r"\s*\S+", piece.text)
    ends = [*accumulate(len(part) for part in parts)]
    within = [
        TimeRange(max(each.start_ms, piece.start_ms), min(each.end_ms, piece.end_ms))
        for each in ranges
        if each.overlap_ms(piece.start_ms, piece.end_ms)
    ] or [TimeRange(piece.start_ms, piece.end_ms)]
    total_ms = sum(each.length_ms for each in within)
    for part, end in zip(parts, ends, strict=True):
        first_ms, last_ms = total_ms * (end - len(part)) // ends[-1], total_ms * end // ends[-1]
        yield part, (_at(within, first_ms, is_end=False), _at(within, last_ms, is_end=True))


def _at(ranges: Sequence[TimeRange], passed_ms: int, *, is_end: bool) -> int:
    """The time at which so much of the ranges has passed: at the border of two of them, the end or the start."""
    for each in ranges:
        if passed_ms < each.length_ms or (is_end and passed_ms == each.length_ms):
            return each.start_ms + passed_ms
        passed_ms -= each.length_ms
    return ranges[-1].end_ms


def _probabilities(text: str, answer: Answer) -> Callable[[int, int], float]:
    """What says how probable the text between two of its characters is."""
    tokens = answer.tokens
    usual = math.exp(answer.mean_log_probability)
    joined = "".join(token for token, _ in tokens)
    shift = text.find(joined.strip())
    if not tokens or shift < 0:
        return lambda start, end: usual
    shift -= len(joined) - len(joined.lstrip())
    ends = [shift + end for end in accumulate(len(token) for token, _ in tokens)]

    def between(start: int, end: int) -> float:
        logs = [
            log
            for (token, log), until in zip(tokens, ends, strict=True)
            if until > start and until - len(token) < end
        ]
        return math.exp(sum(logs) / len(logs)) if logs else usual

    return between
