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
ARROW = "→"

_TOO_LONG_HEARD = gettext_noop("%(entry)s has more than %(most)s characters before the →.")
_TOO_LONG_WRITTEN = gettext_noop("%(entry)s has more than %(most)s characters after the →.")
# One of many dashes is looked for from the first of them only.
_ARROWS = re.compile(r"→|(?<!-)-+>|(?<!=)=+>")


@dataclass(frozen=True, slots=True)
class Replacement:
    """One replacement in a user's list."""

    heard: str
    """The word or phrase as it is recognised, 1 to LONGEST_HEARD characters."""
    written: str
    """What is written in its place, 1 to LONGEST_WRITTEN characters."""

    def __str__(self) -> str:
        return f"{self.heard} {ARROW} {self.written}"


def replacement(heard: str, written: str) -> Replacement:
    """A cleaned and validated replacement. Raises EntryError."""
    heard = without_tricks(heard, LONGEST_HEARD, _TOO_LONG_HEARD)
    written = without_tricks(written, LONGEST_WRITTEN, _TOO_LONG_WRITTEN)
    if not any(c.isalnum() for c in heard):
        raise EntryError(gettext_noop("%(entry)s has neither a letter nor a digit before the →."))
    if not written:
        raise EntryError(gettext_noop("%(entry)s has nothing after the →."))
    return Replacement(heard, written)


def read_replacement(line: str) -> Replacement:
    """The replacement in a line such as `maren → Maren`; `->` and `=>` are arrows too. Raises EntryError."""
    heard, *rest = _ARROWS.split(line, maxsplit=1)
    if not rest:
        raise EntryError(
            gettext_noop(
                "%(entry)s has no arrow: write the spoken words, then → or ->, then the replacement."
            )
        )
    return replacement(heard, rest[0])


def same_heard(entry: Replacement) -> str:
    """A key that is equal for replacements of the same words, whatever their case and kind of apostrophe."""
    return unicodedata.normalize("NFC", entry.heard.replace("’", "'")).casefold()


def stored(entries: Iterable[Replacement]) -> list[list[str]]:
    """The replacements as the database stores them: pairs of `heard` and `written`."""
    return [[entry.heard, entry.written] for entry in entries]


def from_stored(pairs: Iterable[Sequence[str]]) -> tuple[Replacement, ...]:
    return tuple(Replacement(heard, written) for heard, written in pairs)
