"""Finds texts on a page that cannot be translated.

Every text from the catalogs gets marks around it; a text outside marks does not go through the catalogs.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Any

import pytest
from django.utils import translation

OPEN, CLOSE = "⟦", "⟧"
_ATTRIBUTES = frozenset({"aria-label", "aria-description", "title", "placeholder", "alt"})
_BUTTONS = frozenset({"submit", "button", "reset"})
_SILENT = frozenset({"script", "style"})
_WORD = re.compile(r"[A-Za-z]{2,}")


@contextmanager
def marked_translations() -> Iterator[None]:
    """While this is active, all translated texts, lazy ones too, have marks around them."""

    def marking(translate: Callable[..., str]) -> Callable[..., str]:
        return lambda *arguments: f"{OPEN}{translate(*arguments)}{CLOSE}" if arguments[0] else ""

    translate: Any = translation._trans  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        for name in ("gettext", "ngettext", "pgettext", "npgettext"):
            patch.setattr(translate, name, marking(getattr(translate, name)))
        yield


class _Reader(HTMLParser):
    """Collects the readable texts outside marks; a pair of marks may span elements."""

    def __init__(self) -> None:
        super().__init__()
        self.outside: list[str] = []
        self._depth = 0
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT
        said: dict[str, Any] = dict(attrs)
        names = {*_ATTRIBUTES, *({"value"} if said.get("type") in _BUTTONS and tag == "input" else ())}
        read = (unmarked(said[name] or "").strip() for name in names & said.keys())
        self.outside += [text for text in read if _WORD.search(text)]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in _SILENT

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        text, self._depth = _outside(data, self._depth)
        if _WORD.search(text):
            self.outside.append(" ".join(text.split()))


def outside_marks(html: str) -> list[str]:
    """Texts, and attributes that are shown or read out, that have Latin letters outside marks."""
    reader = _Reader()
    reader.feed(html)
    return reader.outside


def unmarked(text: str) -> str:
    """A plain text without its marked parts."""
    return _outside(text, 0)[0]


def _outside(text: str, depth: int) -> tuple[str, int]:
    kept = []
    for character in text:
        depth += (character == OPEN) - (character == CLOSE)
        kept.append(character if depth == 0 and character != CLOSE else " " if character == CLOSE else "")
    return "".join(kept), depth
