"""How a file is to be heard, as its request stores it."""

from dataclasses import dataclass
from typing import Any

import msgspec

from ...protocol.endpointing import Endpointing

_AS_SET = Endpointing()


@dataclass(frozen=True, slots=True)
class Wish:
    """`language` is a code, empty to detect it; `prompt` is the text before the sound, `vocabulary` words to expect.

    With `translate` the text is to be English, with `tell_speakers` voices are to be told apart. `hops` is how many
    servers like this one have passed the file on.
    """

    language: str = ""
    vocabulary: tuple[str, ...] = ()
    prompt: str = ""
    endpointing: Endpointing = _AS_SET
    translate: bool = False
    hops: int = 0
    tell_speakers: bool = False

    def __repr__(self) -> str:
        # What people expect to say is as private as what they say.
        return f"Wish(language={self.language!r}, translate={self.translate})"

    @classmethod
    def of(cls, stored: Any) -> "Wish":
        return msgspec.convert(stored, cls)

    def stored(self) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found
