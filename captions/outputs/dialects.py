"""The services by kind; each is a module of pure functions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from ..models import OutputKind
from ..transcripts.export.options import CueRules
from . import youtube, zoom
from .answers import Answer


class Dialect(Protocol):
    """How to speak to a service."""

    RULES: CueRules
    """The size of one cue; each is a post of its own."""
    BEAT_SECONDS: float | None
    """After this time without a post, an empty one is sent; None: never."""

    def post_url(self, address: str, number: int, language: str) -> str:
        """The address of the post with this number; `language` is a code such as "en", empty if unknown."""

    def body(self, lines: Sequence[str], at: datetime) -> bytes:
        """A post of lines that were said `at` that time, by the clock of the service."""

    def number_url(self, address: str) -> str | None:
        """Where to ask for the number of the last post; None if the first one has number 1."""

    def read_number(self, status: int, body: bytes) -> int | Answer:
        """The number of the last post that was taken; an Answer if it is not known."""

    def understand(self, status: int, body: bytes) -> Answer: ...


DIALECTS: dict[OutputKind, Dialect] = {OutputKind.YOUTUBE: youtube, OutputKind.ZOOM: zoom}
