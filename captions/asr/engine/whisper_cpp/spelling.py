"""Makes timed words of the tokens that a model wrote. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ....speech.types import Word
from ..prompts import SPACELESS
from ..word_times import Aligned, to_words
from .model import Token


@dataclass(frozen=True, slots=True)
class _Piece:
    """Tokens that make whole characters together."""

    text: str
    end_ms: int | None
    log_probabilities: tuple[float, ...]


def text_of(tokens: Sequence[Token]) -> str:
    return b"".join(token.text for token in tokens).decode(errors="replace")


def words_of(tokens: Sequence[Token], language: str, length_ms: int) -> tuple[Word, ...]:
    """The words in 0…`length_ms`; the first begins with the sound, as one whose attention is read does."""
    words = _words(_pieces(tokens), spaced=language not in SPACELESS)
    if not words:
        return ()
    ends = _ends(words, length_ms)
    return to_words(
        [
            Aligned(word.text, start, end, math.exp(_mean(word.log_probabilities)))
            for word, start, end in zip(words, [0, *ends], ends, strict=False)
        ],
        length_ms,
    )


def _pieces(tokens: Sequence[Token]) -> list[_Piece]:
    pieces: list[_Piece] = []
    held: list[Token] = []
    for token in tokens:
        held.append(token)
        try:
            text = b"".join(each.text for each in held).decode()
        except UnicodeDecodeError:
            continue
        pieces.append(_piece(text, held))
        held = []
    if held:
        pieces.append(_piece(text_of(held), held))
    return [each for each in pieces if each.text]


def _piece(text: str, tokens: Sequence[Token]) -> _Piece:
    return _Piece(text, tokens[-1].end_ms, tuple(each.log_probability for each in tokens))


def _words(pieces: Sequence[_Piece], *, spaced: bool) -> list[_Piece]:
    """Where words have spaces between them, what stands behind none goes on with a word, unless it is a mark."""
    words: list[_Piece] = []
    for piece in pieces:
        is_mark = not any(each.isalnum() for each in piece.text)
        if spaced and words and not is_mark and not piece.text.startswith(" "):
            before = words[-1]
            words[-1] = _Piece(
                before.text + piece.text, piece.end_ms, before.log_probabilities + piece.log_probabilities
            )
        else:
            words.append(piece)
    return words


def _ends(words: Sequence[_Piece], length_ms: int) -> list[int]:
    """The ends, in order; words whose end nobody knows share the time between those around them."""
    known = {
        number: min(word.end_ms, length_ms) for number, word in enumerate(words) if word.end_ms is not None
    }
    known.setdefault(len(words) - 1, length_ms)
    ends: list[int] = []
    before, at = -1, 0
    for number, until in sorted(known.items()):
        until = max(at, until)
        ends += [at + (until - at) * (n + 1) // (number - before) for n in range(number - before)]
        before, at = number, until
    return ends


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)
