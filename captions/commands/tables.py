"""The spoken commands of each language that has some: a file beside this module, read once and checked."""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
import regex
from msgspec import Struct

from ..core.marks import Glue

LANGUAGES = frozenset({"en", "de"})

Case = Literal["title", "upper", "lower"]
Action = Literal["scratch", "undo", "stop", "pause", "resume"]
Phrase = tuple[str, ...]
"""The words of a phrase, each as `keys_of` has it."""

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}\p{N}]+)*")


class Put(Struct, frozen=True, forbid_unknown_fields=True):
    writes: str
    glue: Glue
    said: tuple[str, ...]


class CaseOf(Struct, frozen=True, forbid_unknown_fields=True):
    """The case of the next word or, with `until`, of all words up to that, or to the end."""

    case: Case
    said: tuple[str, ...]
    until: tuple[str, ...] = ()


class Numeral(Struct, frozen=True, forbid_unknown_fields=True):
    said: tuple[str, ...]
    digits: dict[str, str]


class Alone(Struct, frozen=True, forbid_unknown_fields=True):
    """What is written only where nothing else is said in the sentence."""

    writes: str
    said: tuple[str, ...]


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    literal: tuple[str, ...]
    nouns_after: tuple[str, ...]
    expect: tuple[str, ...]
    small: tuple[str, ...]
    put: tuple[Put, ...]
    case: tuple[CaseOf, ...]
    numeral: Numeral
    whole: dict[Action, tuple[str, ...]]
    alone: tuple[Alone, ...]
    yes: tuple[str, ...]
    decimal: str = ""


Inline = Put | CaseOf | Numeral | Literal["literal", "until"]


class Table(Struct, frozen=True):
    """The commands of one language, by their phrases."""

    inline: dict[Phrase, Inline]
    whole: dict[Phrase, Action]
    alone: dict[Phrase, str]
    yes: frozenset[Phrase]
    """What answers the question whether something is to be done."""
    nouns_after: frozenset[str]
    small: frozenset[str]
    expected: str
    """What a model is told to expect: as sentences, since it writes as what it was told is written."""
    decimal: str
    longest: int
    """The most words of a phrase."""

    def begins(self, phrase: Phrase) -> bool:
        """Whether a longer phrase may begin with this one."""
        return any(len(known) > len(phrase) and known[: len(phrase)] == phrase for known in self.inline)


def words_in(text: str) -> Iterator[tuple[str, int, int]]:
    """The words of a text as they are compared, each with its place."""
    for found in _WORD.finditer(text):
        yield found[0].replace("’", "'").casefold(), found.start(), found.end()


def phrase_of(text: str) -> Phrase:
    return tuple(key for key, _, _ in words_in(text))


@cache
def table_of(language: str) -> Table | None:
    """The commands of a language, by its code; None where it has none. Raises ValueError for a file that is wrong."""
    if language not in LANGUAGES:
        return None
    return read((Path(__file__).parent / f"{language}.toml").read_text("utf-8"))


def expected(language: str) -> tuple[str, ...]:
    """What a model is told to expect in a language, as words of a vocabulary: one entry, or none."""
    table = table_of(language)
    return (table.expected,) if table else ()


def read(text: str) -> Table:
    """Raises ValueError, also where two commands are said in the same words."""
    file = msgspec.convert(tomllib.loads(text), _File)
    inline: dict[Phrase, Inline] = {}
    whole: dict[Phrase, Action] = {}
    known: list[tuple[tuple[str, ...], Inline]] = [(file.literal, "literal")]
    known += [(each.until, "until") for each in file.case]
    commands: tuple[Put | CaseOf | Numeral, ...] = (*file.put, *file.case, file.numeral)
    known += [(each.said, each) for each in commands]
    for said, command in known:
        for phrase in map(_phrase, said):
            _require(phrase not in inline, phrase)
            inline[phrase] = command
    for action, said in file.whole.items():
        for phrase in map(_phrase, said):
            _require(phrase not in inline and phrase not in whole, phrase)
            whole[phrase] = action
    alone: dict[Phrase, str] = {}
    for each in file.alone:
        for phrase in map(_phrase, each.said):
            _require(phrase not in inline and phrase not in whole and phrase not in alone, phrase)
            alone[phrase] = each.writes
    return Table(
        inline,
        whole,
        alone,
        frozenset(map(_phrase, file.yes)),
        frozenset(map(str.casefold, file.nouns_after)),
        frozenset(file.small),
        " ".join(f"{each[0].upper()}{each[1:]}." for each in file.expect),
        file.decimal,
        max(map(len, (*inline, *whole, *alone))),
    )


def _phrase(said: str) -> Phrase:
    phrase = phrase_of(said)
    if not phrase:
        raise ValueError(f"{said!r} has no word.")
    return phrase


def _require(is_new: bool, phrase: Phrase) -> None:
    if not is_new:
        raise ValueError(f"{' '.join(phrase)!r} stands for two commands.")
