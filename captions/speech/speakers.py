"""What those who speak in a transcript are called: a value, apart from the database."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Key = tuple[bool, int]
"""Somebody who speaks: whether in the shared sound, and the number of the voice; 0 is the source itself."""


@dataclass(frozen=True, slots=True)
class Speakers:
    """`sources` are the microphone and the shared sound, `voice` is what a voice is called by its number.

    `named` are the names that somebody has given.
    """

    sources: tuple[str, str]
    voice: str
    named: Mapping[Key, str] = field(default_factory=dict)

    def usual(self, shared: bool, number: int = 0) -> str:
        """What somebody is called who has no name."""
        return self.voice % {"number": number} if number else self.sources[shared]

    def name(self, shared: bool, number: int = 0) -> str:
        return self.named.get((shared, number)) or self.usual(shared, number)
