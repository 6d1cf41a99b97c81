"""Puts marks and line breaks into a text as people write them, whatever a speech model has put there itself."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

CLAUSE = ".,;:!?…"
STOP = ".!?"
HEADING = "#"
"""Alone in a sentence: the next one is a heading."""
CLOSING = ")]}»”’"
OPENING = "([{«“‘„‚¿¡"

# What a speech model writes between words: never a word itself.
_HEARD_AT_START = re.compile(rf"^[{CLAUSE}]+")
_HEARD_WITHIN = re.compile("^[,;:]+")
_MARK = re.compile(
    rf"(\n*)(?:([{CLAUSE}]|[.!?]{{2,3}})|([{re.escape(CLOSING)}])|([{re.escape(OPENING)}]))?(\n*)"
)
_FIRST_LETTER = re.compile(r"^[^\w]*(\w)")
_FIRST_WORD = re.compile(r"^[^\w]*([^\W\d_]+)")

Glue = Literal["", "break", "mark", "close", "open", "join", "apart"]


@dataclass(frozen=True, slots=True)
class Place:
    """`text[start:end]` gives way to `put`, and `glue` says how that stands beside its neighbours.

    `mark`, `close` and `open` are marks behind a word, behind a quotation, and before one; `break` is a line break, or
    what begins a line; `join` stands between two words without spaces, `apart` with them. Without any, the neighbours
    stay as they are.
    """

    start: int
    end: int
    put: str
    glue: Glue = ""


def glues_of(written: str) -> list[tuple[str, Glue]]:
    """What is written, as marks and line breaks; empty if it is anything else, which stands between spaces."""
    found = _MARK.fullmatch(written)
    if not written or found is None:
        return []
    before, mark, closing, opening, after = found.groups()
    pieces: list[tuple[str, Glue]] = [
        (before, "break"),
        (mark or "", "mark"),
        (closing or "", "close"),
        (opening or "", "open"),
        (after, "break"),
    ]
    return [(put, glue) for put, glue in pieces if put]


def composed(text: str, places: Sequence[Place], small: Collection[str] = ()) -> str:
    """The text with all places filled, which come in order and do not overlap.

    Marks that were heard beside a mark that is put go, so that none is doubled; so do those behind a line break. A word
    behind the end of a sentence, or a line break, gets a capital letter. Where a mark takes the place of the end of a
    sentence, one of the words `small` loses its.
    """
    line = _Line(small)
    done = 0
    for place in places:
        line.hear(text[done : place.start])
        line.put(place.put, place.glue)
        done = place.end
    line.hear(text[done:])
    return line.text


class _Line:
    """A text that is written from its beginning to its end."""

    def __init__(self, small: Collection[str]) -> None:
        self._small = small
        self._written = ""
        # What was put stays; only what was heard behind it may go.
        self._fixed = 0
        self._glue: Glue = ""
        self._put = ""
        self._raises = self._lowers = False

    @property
    def text(self) -> str:
        return self._written.strip(" ")

    def hear(self, text: str) -> None:
        """Takes the text up to the next place, or to the end."""
        if not text:
            return
        if self._glue:
            text = self._beside(text)
        elif self._put and self._put[-1] in STOP and text[0] in (".", self._put[-1]):
            text = text[1:]
        self._put = ""
        if _FIRST_LETTER.match(text):
            text = self._in_case(text)
            self._raises = self._lowers = False
            self._glue = ""
        if text.strip():
            self._glue = ""
        self._written += text

    def put(self, text: str, glue: Glue) -> None:
        if not glue:
            if self._glue and text:
                self._space()
                self._glue = ""
            if text:
                self._raises = self._lowers = False
            self._written += text
            self._put = text
            return
        kept, heard = self._written[: self._fixed], self._written[self._fixed :]
        if glue not in ("open", "break"):
            said = heard.rstrip()
            bare = said.rstrip(",;:" if glue == "close" else CLAUSE)
            if bare != said:
                heard = bare
                self._lowers |= any(mark in STOP for mark in said[len(bare) :])
        written = (kept + heard).rstrip(" ")
        if glue in ("open", "apart") and written and not written.endswith("\n") and self._glue != "open":
            written += " "
        if (glue == "mark" and text[-1] in STOP) or glue == "break":
            self._raises, self._lowers = True, False
        elif glue == "mark":
            self._raises = False
        self._written = written + text
        self._fixed = len(self._written)
        self._glue, self._put = glue, ""

    def _beside(self, text: str) -> str:
        """The text behind what was put."""
        heard = (_HEARD_WITHIN if self._glue == "close" else _HEARD_AT_START).match(text)
        if heard:
            text = text[heard.end() :]
            self._lowers |= not self._raises and any(mark in STOP for mark in heard[0])
        rest = text.lstrip(" ")
        spaced = self._glue in ("mark", "apart") or (self._glue == "close" and text[:1] == " ")
        return f" {rest}" if spaced and rest and self._written and rest[0] != "\n" else rest

    def _space(self) -> None:
        if self._glue in ("mark", "close", "apart") and self._written:
            self._written += " "

    def _in_case(self, text: str) -> str:
        if self._raises:
            at = _FIRST_LETTER.match(text)
            raised = at[1].upper() if at else ""
            return text[: at.start(1)] + raised + text[at.end(1) :] if at and len(raised) == 1 else text
        if self._lowers:
            word = _FIRST_WORD.match(text)
            if word and word[1].lower() in self._small:
                return text[: word.start(1)] + word[1].lower() + text[word.end(1) :]
        return text
