"""Replacements: what a user wants written in place of recognised words. All input is validated here."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_noop

from .vocabulary import EntryError, without_tricks

MOST_REPLACEMENTS = 100
LONGEST_HEARD = 80
LONGEST_WRITTEN = 200
MOST_SNIPPETS = 50
LONGEST_SNIPPET = 2_000
ARROW = "→"
# How line breaks are written in a list that has one entry on each line.
_BREAKS = {"¶": "\n\n", "↵": "\n", "\\n": "\n"}

_TOO_LONG_HEARD = gettext_noop("%(entry)s has more than %(most)s characters before the →.")
_TOO_LONG_WRITTEN = gettext_noop("%(entry)s has more than %(most)s characters after the →.")
_MANY_BREAKS = re.compile(r"\n{3,}")
# One of many dashes is looked for from the first of them only.
_ARROWS = re.compile(r"→|(?<!-)-+>|(?<!=)=+>")


@dataclass(frozen=True, slots=True)
class Replacement:
    """One replacement in a user's list."""

    heard: str
    """The word or phrase as it is recognised, 1 to LONGEST_HEARD characters."""
    written: str
    """What is written in its place, 1 to LONGEST_WRITTEN characters; it may have line breaks."""
    is_snippet: bool = False
    """Whether it is a text of its own, of up to LONGEST_SNIPPET characters, which takes no capital letter over."""

    def __str__(self) -> str:
        written = self.written.replace("\n\n", "¶").replace("\n", "↵")
        return f"{self.heard} {ARROW} {written}"


def replacement(heard: str, written: str, *, is_snippet: bool = False) -> Replacement:
    """A cleaned and validated replacement. Raises EntryError."""
    heard = without_tricks(heard, LONGEST_HEARD, _TOO_LONG_HEARD)
    written = _lines(written, LONGEST_SNIPPET if is_snippet else LONGEST_WRITTEN)
    if not any(c.isalnum() for c in heard):
        raise EntryError(gettext_noop("%(entry)s has neither a letter nor a digit before the →."))
    if not written:
        raise EntryError(gettext_noop("%(entry)s has nothing after the →."))
    return Replacement(heard, written, is_snippet)


def _lines(written: str, most: int) -> str:
    """Several lines as they are kept, none of them with spaces around it."""
    if len(written) > 10 * most:
        raise EntryError(_TOO_LONG_WRITTEN, most=most)
    lines = [without_tricks(line, most, _TOO_LONG_WRITTEN) for line in written.split("\n")]
    whole = _MANY_BREAKS.sub("\n\n", "\n".join(lines))
    if len(whole) > most:
        raise EntryError(_TOO_LONG_WRITTEN, most=most)
    return whole


def read_replacement(line: str) -> Replacement:
    """The replacement in a line such as `maren → Maren`; `->` and `=>` are arrows too. `↵`, and `\\n`, stand for a line
    break, `¶` for a paragraph. Raises EntryError.
    """
    heard, *rest = _ARROWS.split(line, maxsplit=1)
    if not rest:
        raise EntryError(
            gettext_noop(
                "%(entry)s has no arrow: write the spoken words, then → or ->, then the replacement."
            )
        )
    written = rest[0]
    for sign, line_break in _BREAKS.items():
        written = written.replace(sign, line_break)
    return replacement(heard, written)


def has_arrow(line: str) -> bool:
    return _ARROWS.search(line) is not None


def read_snippet(block: str) -> Replacement:
    """The snippet in a line such as `my address → 12 Main Road`, and in those behind it. Raises EntryError."""
    heard, *rest = _ARROWS.split(block, maxsplit=1)
    if not rest or "\n" in heard.strip():
        raise EntryError(
            gettext_noop(
                "%(entry)s has no arrow: write the spoken words, then → or ->, then the replacement."
            )
        )
    return replacement(heard, rest[0].strip(), is_snippet=True)


def same_heard(entry: Replacement) -> str:
    """A key that is equal for replacements of the same words, whatever their case and kind of apostrophe."""
    return unicodedata.normalize("NFC", entry.heard.replace("’", "'")).casefold()


def stored(entries: Iterable[Replacement]) -> list[list[str]]:
    """The replacements as the database stores them: pairs of `heard` and `written`."""
    return [[entry.heard, entry.written] for entry in entries]


def from_stored(pairs: Iterable[Sequence[str]], *, are_snippets: bool = False) -> tuple[Replacement, ...]:
    return tuple(Replacement(heard, written, are_snippets) for heard, written in pairs)
