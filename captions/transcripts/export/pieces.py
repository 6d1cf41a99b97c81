"""Text with times, cut where a line may end."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ...speech.passage import Passage
from ...speech.types import Word
from ..realign import realigned

# Spaces and line ends of any kind, and everything else without a place on a line; a byte order mark or half a
# character would be lost or refused on the way into a file.
_UNPRINTABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_UNWRITABLE = re.compile("[\ufeff\ufffe\uffff\ud800-\udfff]")


def clean(text: str) -> str:
    """The text on one line, without what no file can carry."""
    if not text.isprintable() or "  " in text:
        text = _UNPRINTABLE.sub(" ", _UNWRITABLE.sub("", text))
    return text.strip()


def columns(text: str) -> int:
    """The width of the text: East Asian wide characters take two columns, combining marks none."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class Piece(NamedTuple):
    """A stretch of at most one line, `width` columns wide; `spaced` when a space stands before it.

    A tuple because it is made for every word: a frozen dataclass takes three times as long.
    """

    text: str
    start_ms: int
    end_ms: int
    spaced: bool
    width: int


def join(pieces: list[Piece]) -> str:
    text = "".join([f" {piece.text}" if piece.spaced else piece.text for piece in pieces])
    return text.removeprefix(" ")


def pieces_of(passage: Passage, most_columns: int) -> list[Piece]:
    """The pieces of a passage, in order and within its time; none is wider than `most_columns`.

    Times come from its words. What was edited since, and so is no longer what the words spell, takes the time of the
    words it stands for.
    """
    text = clean(passage.text)
    pieces = _from_words(passage.words, passage)
    if not pieces or _squash(join(pieces)) != _squash(text):
        words = realigned(text, passage.words, passage.start_ms, passage.end_ms)
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
            # An engine's word that is several.
            return []
        spaced = word.text[0].isspace()
        # Word times of a model may run backwards or out of the utterance by a little.
        start_ms = min(max(word.start_ms, clock), last_ms)
        clock = end_ms = min(max(word.end_ms, start_ms), last_ms)
        if pieces and not spaced and not _may_stand_first(text):
            last = pieces.pop()
            text, start_ms, spaced = last.text + text, last.start_ms, last.spaced
        pieces.append(Piece(text, start_ms, end_ms, spaced, columns(text)))
    return pieces


def _may_stand_first(text: str) -> bool:
    """Whether a line may begin here without a space before it: in scripts that write none."""
    return unicodedata.category(text[0]) == "Lo"


def _narrowed(piece: Piece, most_columns: int) -> Iterator[Piece]:
    """Cuts a piece that is wider than a line."""
    if piece.width <= most_columns:
        yield piece
        return
    start, width = 0, 0
    for index, character in enumerate(piece.text):
        wider = _columns(character)
        if width + wider > most_columns:
            yield _cut(piece, start, index, width)
            start, width = index, 0
        width += wider
    yield _cut(piece, start, len(piece.text), width)


def _cut(piece: Piece, start: int, end: int, width: int) -> Piece:
    per_character = (piece.end_ms - piece.start_ms) / len(piece.text)
    return Piece(
        piece.text[start:end],
        piece.start_ms + round(start * per_character),
        piece.start_ms + round(end * per_character),
        spaced=piece.spaced and start == 0,
        width=width,
    )
