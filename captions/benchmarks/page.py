"""What stands on a page while someone speaks, as the messages of the wire write it there. Pure."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .livetest.measure import Event
from .livetest.wer import normalise

Standing = Literal["tentative", "stable", "saved"]
STANDINGS: tuple[Standing, ...] = ("tentative", "stable", "saved")

# Scripts without spaces: there a character counts as a word, for a mark between two of them makes no other words.
_SPACELESS = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "MYANMAR", "KHMER")

TOGETHER_MS = 30.0
"""Messages that come so close after each other are one change for whoever looks."""


@dataclass(frozen=True, slots=True)
class Row:
    """One piece of text: first what no longer changes, then what may. What is `saved` is a row of the transcript."""

    stable: str
    tentative: str = ""
    saved: bool = False

    @property
    def text(self) -> str:
        return f"{self.stable} {self.tentative}".strip()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The page from `at_ms` on, the sound's first sample being 0."""

    at_ms: float
    rows: tuple[Row, ...]

    @property
    def text(self) -> str:
        return " ".join(row.text for row in self.rows if row.text)


@dataclass(frozen=True, slots=True)
class PageWord:
    """A word without case and punctuation, and how it stands there."""

    text: str
    standing: Standing


def replay(events: Sequence[Event]) -> list[Snapshot]:
    """The page after each change.

    A final stands under its seq, that of the highest version; it takes the open text of its utterance away. Then come
    the open texts. Both are in the order in which they were said.
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
    """All of its words in their order."""
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
    """Messages with text that came at one time, and when the last of them did."""
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
