"""What is exported: plain values, so that a transcript needs no database to become a file."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ...speech.passage import Passage


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody wrote between the passages: before the first that begins at `at_ms` or later."""

    at_ms: int
    text: str
    is_heading: bool


@dataclass(frozen=True, slots=True)
class Transcript:
    """`passages` in the order of their `start_ms`, `remarks` of their `at_ms`; they may come from a cursor and are read
    once."""

    title: str
    language: str
    created_at: datetime
    passages: Iterable[Passage]
    remarks: Iterable[Remark] = ()
