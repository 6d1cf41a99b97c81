"""Text with times, cut where a line may end."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from .transcript import Passage

LINE_COLUMNS = 42

# Spaces and line ends of any kind, and everything else without a place on a line; a byte order mark or half a
# character would be lost or refused on the way into a file.
_UNPRINTABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_UNWRITABLE = re.compile("[\ufeff\ufffe\uffff\ud800-\udfff]")


def clean(text: str) -> str:
    """The text on one line, without what no file can carry."""
    return _UNPRINTABLE.sub(" ", _UNWRITABLE.sub("", text)).strip()


def columns(text: str) -> int:
    """The width of the text: East Asian wide characters take two columns, combining marks none."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch that stays on one line, at most `LINE_COLUMNS` wide; `spaced` when a space stands before it."""

    text: str
    start_ms: int
    end_ms: int
    spaced: bool


def join(pieces: list[Piece]) -> str:
    text = "".join(f" {piece.text}" if piece.spaced else piece.text for piece in pieces)
    return text.removeprefix(" ")


def pieces_of(passage: Passage) -> list[Piece]:
    """The pieces of a passage; times come from its words, else from the share of each piece in the text."""
    pieces = _from_words(passage)
    if _squash(join(pieces)) != _squash(clean(passage.text)):
        pieces = _from_text(passage)
    return [part for piece in pieces for part in _narrowed(piece)]


def _squash(text: str) -> str:
    return "".join(text.split())


def _from_words(passage: Passage) -> list[Piece]:
    pieces: list[Piece] = []
    clock = passage.start_ms
    for word in passage.words:
        text = clean(word.text)
        if not text:
            continue
        spaced = word.text[:1].isspace()
        # Word times of a model may run backwards or out of the utterance by a little.
        start_ms = min(max(word.start_ms, clock), passage.end_ms)
        end_ms = min(max(word.end_ms, start_ms), passage.end_ms)
        clock = end_ms
        if pieces and not spaced and not _may_stand_first(text):
            last = pieces.pop()
            pieces.append(Piece(last.text + text, last.start_ms, end_ms, last.spaced))
        else:
            pieces.append(Piece(text, start_ms, end_ms, spaced))
    return pieces


def _may_stand_first(text: str) -> bool:
    """Whether a line may begin here without a space before it: in scripts that write none."""
    return unicodedata.category(text[0]) == "Lo"


def _from_text(passage: Passage) -> list[Piece]:
    text = clean(passage.text)
    if not text:
        return []
    per_character = (passage.end_ms - passage.start_ms) / len(text)
    return [
        Piece(
            match.group(),
            passage.start_ms + round(match.start() * per_character),
            passage.start_ms + round(match.end() * per_character),
            spaced=match.start() > 0,
        )
        for match in re.finditer("[^ ]+", text)
    ]


def _narrowed(piece: Piece) -> Iterator[Piece]:
    """Cuts a piece that is wider than a line."""
    if columns(piece.text) <= LINE_COLUMNS:
        yield piece
        return
    per_character = (piece.end_ms - piece.start_ms) / len(piece.text)
    start, width = 0, 0
    for index, character in enumerate(piece.text):
        wider = _columns(character)
        if width + wider > LINE_COLUMNS:
            yield _cut(piece, start, index, per_character)
            start, width = index, 0
        width += wider
    yield _cut(piece, start, len(piece.text), per_character)


def _cut(piece: Piece, start: int, end: int, per_character: float) -> Piece:
    return Piece(
        piece.text[start:end],
        piece.start_ms + round(start * per_character),
        piece.start_ms + round(end * per_character),
        spaced=piece.spaced and start == 0,
    )
