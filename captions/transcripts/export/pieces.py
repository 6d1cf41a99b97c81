"""Cuts the text of a passage, with its times, into pieces between which a line may end."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import NamedTuple

from icu4py.breakers import LineBreaker

from ...core.characters import characters
from ...speech.passage import Passage
from ...speech.types import Word
from ..realign import in_text, realigned

# Runs of white space and control characters become one space. Byte order marks, non-characters and lone surrogates are
# removed: encoding to UTF-8 would lose them or fail.
_UNPRINTABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_UNWRITABLE = re.compile("[\ufeff\ufffe\uffff\ud800-\udfff]")


def clean(text: str) -> str:
    """The text on one line, without characters that cannot be written to a file."""
    if not text.isprintable() or "  " in text:
        text = _UNPRINTABLE.sub(" ", _UNWRITABLE.sub("", text))
    return text.strip()


def lines(text: str) -> str:
    """The same, but with the line breaks that it has: one, or two for a paragraph."""
    if "\n" not in text:
        return clean(text)
    return in_text("\n".join(clean(line) for line in text.split("\n")))


def columns(text: str) -> int:
    """The width of the text: East Asian wide characters take two columns, marks and invisible characters none."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class Piece(NamedTuple):
    """Text that is not broken, `width` columns wide; `spaced` if a space precedes it, `begins` if a line break does.

    A tuple because one is made for every word, and a frozen dataclass is slower to create.
    """

    text: str
    start_ms: int
    end_ms: int
    spaced: bool
    width: int
    begins: bool = False


def join(pieces: list[Piece]) -> str:
    text = "".join([f" {piece.text}" if piece.spaced else piece.text for piece in pieces])
    return text.removeprefix(" ")


def pieces_of(passage: Passage, most_columns: int) -> list[Piece]:
    """The pieces of a passage, in order and within its time range; none is wider than `most_columns`.

    Their times are those of the words. Edited text, which the words no longer spell, is aligned with them first and
    takes the times of the words it replaced.
    """
    text = clean(passage.text)
    pieces = _from_words(passage.words, passage)
    if not pieces or _squash(join(pieces)) != _squash(text):
        words = realigned(lines(passage.text), passage.words, passage.start_ms, passage.end_ms)
        pieces = _from_words(words, passage)
    if any(piece.width > most_columns for piece in pieces):
        return [part for piece in pieces for part in _narrowed(piece, most_columns)]
    return pieces


def _squash(text: str) -> str:
    return text.replace(" ", "")


def _from_words(words: Iterable[Word], passage: Passage) -> list[Piece]:
    pieces: list[Piece] = []
    clock, last_ms = passage.start_ms, passage.end_ms
    for word in words:
        text = clean(word.text)
        if not text:
            continue
        if " " in text:
            # The engine returned several words as one, so the text has to be realigned.
            return []
        spaced = word.text[0].isspace()
        # A model's word times may overlap or lie slightly outside the utterance.
        start_ms = min(max(word.start_ms, clock), last_ms)
        clock = end_ms = min(max(word.end_ms, start_ms), last_ms)
        begins = bool(pieces) and word.text[0] == "\n"
        pieces.append(Piece(text, start_ms, end_ms, spaced, columns(text), begins))
    return _whole(pieces)


def _whole(words: list[Piece]) -> list[Piece]:
    """The words as pieces: those between which no line may end are one."""
    pieces: list[Piece] = []
    breaks: set[int] = set()
    end = 0
    for number, word in enumerate(words):
        if word.spaced or not number:
            end = number + 1
            while end < len(words) and not words[end].spaced:
                end += 1
            run = "".join([each.text for each in words[number:end]]) if end - number > 1 else ""
            breaks, done = (set() if run.isascii() else _line_breaks(run)), 0
            pieces.append(word)
        elif done in breaks and unicodedata.category(word.text[0]) == "Lo":
            # As in Chinese, Japanese or Thai. Punctuation, digits and the like stay with what is before them.
            pieces.append(word)
        else:
            last = pieces[-1]
            pieces[-1] = Piece(
                last.text + word.text,
                last.start_ms,
                word.end_ms,
                last.spaced,
                last.width + word.width,
                last.begins,
            )
        done += len(word.text)
    return pieces


def _line_breaks(text: str) -> set[int]:
    """Where a line may end, by the rules of Unicode and by ICU's dictionaries of Thai, Lao, Khmer and Burmese."""
    return set(accumulate(map(len, LineBreaker(text, "und"))))


def _narrowed(piece: Piece, most_columns: int) -> Iterator[Piece]:
    """Yields the piece in parts of at most `most_columns`: where a line may end, else between two characters."""
    if piece.width <= most_columns:
        yield piece
        return
    start = 0
    for part in LineBreaker(piece.text, "und"):
        width = 0
        end = start
        for character in characters(part):
            wider = columns(character)
            if width + wider > most_columns and end > start:
                yield _cut(piece, start, end, width)
                start, width = end, 0
            width += wider
            end += len(character)
        yield _cut(piece, start, end, width)
        start = end


def _cut(piece: Piece, start: int, end: int, width: int) -> Piece:
    per_character = (piece.end_ms - piece.start_ms) / len(piece.text)
    return Piece(
        piece.text[start:end],
        piece.start_ms + round(start * per_character),
        piece.start_ms + round(end * per_character),
        spaced=piece.spaced and start == 0,
        width=width,
        begins=piece.begins and start == 0,
    )
