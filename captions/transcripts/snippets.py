"""Search hits as parts of plain text; the template, not this module, adds markup."""

from collections.abc import Collection
from dataclasses import dataclass

from ..core.characters import cut, cut_start, whole
from .tokens import spans

_LENGTH = 150
_BEFORE = 50


@dataclass(frozen=True, slots=True)
class SnippetPart:
    """A piece of text; `hit` if it matches the search."""

    text: str
    hit: bool


def marked(text: str, places: Collection[int]) -> tuple[SnippetPart, ...]:
    """The whole text in parts; the words at `places` of its search vector (1 is the first) are hits."""
    found: list[SnippetPart] = []
    end = 0
    for place, (start, stop) in enumerate(spans(text), 1):
        if place not in places or stop <= end:
            continue
        # In scripts without spaces even a mark is a word, but is seen as a part of the letter before it.
        stop = whole(text, start, stop)
        if start > end or not found:
            found += [SnippetPart(text[end:start], False), SnippetPart(text[start:stop], True)]
        else:
            # In scripts without spaces each character is a word; adjacent ones make one hit.
            found[-1] = SnippetPart(found[-1].text + text[end:stop], True)
        end = stop
    return tuple(part for part in [*found, SnippetPart(text[end:], False)] if part.text)


def snippet(whole: tuple[SnippetPart, ...]) -> tuple[SnippetPart, ...]:
    """About two lines of text around the first hit, cut between words."""
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
        kept = (SnippetPart("…", False), *kept)
    return (*kept, SnippetPart("…", False)) if end < len(text) else kept


def _after_space(text: str, start: int, limit: int) -> int:
    space = text.find(" ", start, limit)
    return limit - len(cut_start(text[:limit], limit - start)) if space < 0 else space + 1


def _before_space(text: str, start: int, end: int) -> int:
    space = text.rfind(" ", start + 1, end + 1)
    return start + len(cut(text[start:], end - start)) if space < 0 else space


def _between(whole: tuple[SnippetPart, ...], start: int, end: int) -> tuple[SnippetPart, ...]:
    kept = []
    offset = 0
    for part in whole:
        text = part.text[max(0, start - offset) : max(0, end - offset)]
        if text:
            kept.append(SnippetPart(text, part.hit))
        offset += len(part.text)
    return tuple(kept)
