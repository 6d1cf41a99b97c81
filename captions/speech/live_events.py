"""What `live_text` asks for and tells. Times are milliseconds of the session."""

import uuid
from dataclasses import dataclass

from .types import TimeRange, Word


@dataclass(frozen=True, slots=True)
class Request:
    """The sound from `start_ms` up to `end_ms` is to be decoded as a text that begins with `prefix`.

    `prompt` is what was said before; `new_ms` of the sound lie behind the prefix, and `voice_ms` of them are voice. An
    `urgent` one goes first: somebody has paused. With `again` it is asked once more what is said in that time, and in
    which language; with `row` how that is written, and with `check` only which language it is. Where nobody chose a
    language and there is no prefix it may be in any; what is short is in the one that is `likely`, unless that is
    hardly so.
    """

    start_ms: int
    end_ms: int
    prompt: str
    prefix: str
    new_ms: int
    voice_ms: int
    urgent: bool
    again: TimeRange | None = None
    row: uuid.UUID | None = None
    check: bool = False
    likely: str = ""


@dataclass(frozen=True, slots=True)
class Partial:
    """The open sentence: `stable` grows, `tentative` follows it and may change."""

    key: uuid.UUID
    start_ms: int
    stable: str
    tentative: str


@dataclass(frozen=True, slots=True)
class Row:
    """A sentence that is done. Up to `settled_ms` all that was said is in this row or in those before it."""

    key: uuid.UUID
    words: tuple[Word, ...]
    language: str
    settled_ms: int


@dataclass(frozen=True, slots=True)
class Unheard:
    """There was voice, and it could not be decoded."""

    range: TimeRange


@dataclass(frozen=True, slots=True)
class Vanished:
    """So many words that had been shown for a second are not said any more."""

    words: int


Output = Partial | Row | Unheard | Vanished
