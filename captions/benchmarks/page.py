"""Reconstructs the text on the page while someone dictates, from the messages of the protocol."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .livetest.events import Event
from .livetest.wer import normalise

Standing = Literal["tentative", "stable", "saved"]
STANDINGS: tuple[Standing, ...] = ("tentative", "stable", "saved")

# In scripts without spaces each character counts as a word, so that punctuation between characters changes no words.
_SPACELESS = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "MYANMAR", "KHMER")

TOGETHER_MS = 30.0
"""Messages that arrive within this time are one change to a reader."""


@dataclass(frozen=True, slots=True)
class Row:
    """A piece of text on the page: stable, then tentative words. A `saved` one is a row of the transcript."""

    stable: str
    tentative: str = ""
    saved: bool = False

    @property
    def text(self) -> str:
        return f"{self.stable} {self.tentative}".strip()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The text on the page from `at_ms` on, in milliseconds since the first sample of the sound."""

    at_ms: float
    rows: tuple[Row, ...]

    @property
    def text(self) -> str:
        return " ".join(row.text for row in self.rows if row.text)


@dataclass(frozen=True, slots=True)
class PageWord:
    """A word without case and punctuation, and whether it is tentative, stable or saved."""

    text: str
    standing: Standing


def replay(events: Sequence[Event]) -> list[Snapshot]:
    """The text on the page after each change.

    Finals come first, each in its highest version; a final replaces the partial of its utterance. Then come partials.
    Both are in the order of time.
    """
    finals: dict[int, dict[str, Any]] = {}
    opened: dict[str, dict[str, Any]] = {}
    found: list[Snapshot] = []
    for at_ms, messages in _together(events):
        for message in messages:
            if message["type"] == "final":
                before = finals.get(message["seq"])
                if before is None or message.get("version", 1) >= before.get("version", 1):
                    finals[message["seq"]] = message
                opened.pop(message["utterance"], None)
            elif message["stable"] or message["tentative"]:
                opened[message["utterance"]] = message
            else:
                opened.pop(message["utterance"], None)
        rows = (*_saved(finals.values()), *_open(opened.values()))
        if not found or found[-1].rows != rows:
            found.append(Snapshot(at_ms, rows))
    return found


def words_of(snapshot: Snapshot) -> list[PageWord]:
    """All words of a snapshot, in order."""
    found: list[PageWord] = []
    for row in snapshot.rows:
        found += [PageWord(word, "saved" if row.saved else "stable") for word in _words(row.stable)]
        found += [PageWord(word, "tentative") for word in _words(row.tentative)]
    return found


def _words(text: str) -> Iterable[str]:
    for word in normalise(text):
        is_spaceless = unicodedata.name(word[0], "").startswith(_SPACELESS)
        yield from word if is_spaceless else [word]


def _together(events: Sequence[Event]) -> Iterable[tuple[float, list[dict[str, Any]]]]:
    """Yields groups of messages with text that arrived together, with the time of the last one."""
    first = last = 0.0
    messages: list[dict[str, Any]] = []
    for event in events:
        if event.type not in ("partial", "final"):
            continue
        if messages and event.at_ms - first > TOGETHER_MS:
            yield last, messages
            messages = []
        if not messages:
            first = event.at_ms
        last = event.at_ms
        messages.append(event.message)
    if messages:
        yield last, messages


def _saved(finals: Iterable[dict[str, Any]]) -> Iterable[Row]:
    for message in sorted(finals, key=lambda each: (each["start_ms"], each["seq"])):
        if text := str(message["text"]).strip():
            yield Row(text, saved=True)


def _open(opened: Iterable[dict[str, Any]]) -> Iterable[Row]:
    for message in sorted(opened, key=lambda each: float(each["start_ms"])):
        yield Row(str(message["stable"]).strip(), str(message["tentative"]).strip())
