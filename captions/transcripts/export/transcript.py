"""The transcript that is exported, as plain values: an export needs no database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ...speech.passage import Passage
from ...speech.speakers import Speakers


@dataclass(frozen=True, slots=True)
class Remark:
    """A heading or a note; it stands before the first passage that begins at `at_ms` (session time) or later."""

    at_ms: int
    text: str
    is_heading: bool


@dataclass(frozen=True, slots=True)
class Transcript:
    """A transcript to be exported. `passages` are in the order of `start_ms`, `remarks` in the order of `at_ms`.

    Both are read only once, so they may be generators. `language` is a code such as "en", or empty if unknown;
    `created_at` is in the time zone in which it is to be written. `speakers` are the names of those who speak, and None
    where nobody needs to be told apart.
    """

    title: str
    language: str
    created_at: datetime
    passages: Iterable[Passage]
    remarks: Iterable[Remark] = ()
    speakers: Speakers | None = None

    def speaker_of(self, passage: Passage) -> str:
        """The name of who says it; empty where nobody needs to be told apart."""
        return self.speakers.name(passage.shared, passage.speaker) if self.speakers else ""
