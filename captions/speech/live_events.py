"""The requests and the results of `live_text`. Times are milliseconds of the session."""

import uuid
from dataclasses import dataclass

from .types import TimeRange, Word


@dataclass(frozen=True, slots=True)
class Request:
    """The sound from `start_ms` up to `end_ms` is to be decoded.

    Without a `prefix` its language is detected, if nobody has chosen one.
    """

    start_ms: int
    end_ms: int
    prompt: str
    """The text before the sound."""
    prefix: str
    """Stable words that the text must begin with; empty for none."""
    new_ms: int
    """Milliseconds of the sound after the prefix."""
    voice_ms: int
    """Milliseconds of voice after the stable words."""
    urgent: bool
    """Whether it goes before requests that are not: the speaker has paused."""
    again: TimeRange | None = None
    """The time range that is decoded again, for its words and their language; None for a whole window."""
    row: uuid.UUID | None = None
    """The key of the row whose capitals and punctuation are asked for; None for words."""
    check: bool = False
    """Whether only the language is asked for."""
    likely: str = ""
    """The code of the language that short sound is in unless that is improbable; empty for none."""


@dataclass(frozen=True, slots=True)
class Partial:
    """The text of an open sentence as the page is to show it."""

    key: uuid.UUID
    """The key of its later row."""
    start_ms: int
    stable: str
    """Words that do not change any more."""
    tentative: str
    """Words after those that may still change."""


@dataclass(frozen=True, slots=True)
class Row:
    """A finished sentence, ready to be saved."""

    key: uuid.UUID
    words: tuple[Word, ...]
    """At least one word, on the clock of the session."""
    language: str
    """Its language code; empty if unknown."""
    settled_ms: int
    """The time up to which all speech is in this row or in earlier ones."""


@dataclass(frozen=True, slots=True)
class Undecoded:
    """A time range with voice that could not be decoded: the session has a gap there."""

    range: TimeRange


@dataclass(frozen=True, slots=True)
class Vanished:
    """The number of words that left the page after they had been there long enough to be read."""

    words: int


Output = Partial | Row | Undecoded | Vanished
