"""What a service says to a post."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Outcome(Enum):
    """`GONE` means that the address itself is refused, so that only a new one is likely to help."""

    OK = "ok"
    RETRY = "retry"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Answer:
    outcome: Outcome
    problem: str = ""
    """A sentence in English, to be translated; empty if the post was taken."""
    server_time: datetime | None = None
    """What the clock of the service showed, if it says so."""


TAKEN = Answer(Outcome.OK)
