"""What was found, as pieces of plain text: nothing here is ever taken for markup."""

import re
from dataclasses import dataclass

# Of the private use area, which no speech engine writes.
START, STOP = "\ue000", "\ue001"

_LENGTH = 150
_BEFORE = 50


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of text; `hit` where it is what was searched for."""

    text: str
    hit: bool


def parts(marked: str) -> tuple[Part, ...]:
    """Splits a text in which hits stand between START and STOP; stray marks are dropped."""
    found = []
    hit = False
    for token in re.split(f"([{START}{STOP}])", marked):
        if token in (START, STOP):
            hit = token == START
        elif token:
            found.append(Part(token, hit))
    return tuple(found)


def snippet(marked: str) -> tuple[Part, ...]:
    """The surroundings of the first hit, about two lines of them, cut between words."""
    return _shortened(parts(marked))


def _shortened(whole: tuple[Part, ...]) -> tuple[Part, ...]:
    text = "".join(part.text for part in whole)
    if len(text) <= _LENGTH:
        return whole
    first = 0
    for part in whole:
        if part.hit:
            break
        first += len(part.text)
    first = first if first < len(text) else 0
    start = 0 if first <= _BEFORE else _after_space(text, first - _BEFORE, first)
    end = len(text) if start + _LENGTH >= len(text) else _before_space(text, start, start + _LENGTH)
    kept = _between(whole, start, end)
    if start:
        kept = (Part("…", False), *kept)
    return (*kept, Part("…", False)) if end < len(text) else kept


def _after_space(text: str, start: int, limit: int) -> int:
    space = text.find(" ", start, limit)
    return start if space < 0 else space + 1


def _before_space(text: str, start: int, end: int) -> int:
    space = text.rfind(" ", start + 1, end + 1)
    return end if space < 0 else space


def _between(whole: tuple[Part, ...], start: int, end: int) -> tuple[Part, ...]:
    kept = []
    offset = 0
    for part in whole:
        text = part.text[max(0, start - offset) : max(0, end - offset)]
        if text:
            kept.append(Part(text, part.hit))
        offset += len(part.text)
    return tuple(kept)
