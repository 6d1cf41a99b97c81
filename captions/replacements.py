"""What somebody wants to be written in place of what is heard: checked here, wherever it comes from."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .listening import WordError, without_tricks

MOST_REPLACEMENTS = 100
LONGEST_HEARD = 80
LONGEST_WRITTEN = 200
ARROW = "→"

_ARROWS = re.compile(r"→|-+>|=+>")


class ReplacementError(ValueError):
    """What is wrong with a replacement, as the rest of a sentence; the replacement itself is not in it."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """`heard` is a word or phrase, `written` what stands in its place."""

    heard: str
    written: str

    def __str__(self) -> str:
        return f"{self.heard} {ARROW} {self.written}"


def replacement(heard: str, written: str) -> Replacement:
    """A replacement as it is kept. Raises ReplacementError."""
    try:
        heard, written = without_tricks(heard), without_tricks(written)
    except WordError as error:
        raise ReplacementError(str(error)) from error
    if not any(c.isalnum() for c in heard):
        raise ReplacementError(f"has neither a letter nor a digit before the {ARROW}.")
    if not written:
        raise ReplacementError(f"has nothing after the {ARROW}.")
    if len(heard) > LONGEST_HEARD:
        raise ReplacementError(f"has more than {LONGEST_HEARD} characters before the {ARROW}.")
    if len(written) > LONGEST_WRITTEN:
        raise ReplacementError(f"has more than {LONGEST_WRITTEN} characters after the {ARROW}.")
    return Replacement(heard, written)


def read_replacement(line: str) -> Replacement:
    """The replacement in a line such as `maren → Maren`; `->` and `=>` are arrows too. Raises ReplacementError."""
    heard, *rest = _ARROWS.split(line, maxsplit=1)
    if not rest:
        raise ReplacementError(f"has no arrow: write what is heard, {ARROW} or ->, and what to write.")
    return replacement(heard, rest[0])


def same_heard(entry: Replacement) -> str:
    """What two replacements of the same words have in common: case does not tell them apart."""
    return unicodedata.normalize("NFC", entry.heard.replace("’", "'")).casefold()


def stored(entries: Iterable[Replacement]) -> list[list[str]]:
    """As they lie in the database."""
    return [[entry.heard, entry.written] for entry in entries]


def from_stored(pairs: Iterable[Sequence[str]]) -> tuple[Replacement, ...]:
    return tuple(Replacement(heard, written) for heard, written in pairs)
