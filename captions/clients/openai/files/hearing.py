"""A file that is being heard, on whichever road."""

from collections.abc import AsyncIterator
from typing import Protocol

from ....speech.passage import Passage

RETRY_SECONDS = 5.0
"""After so long a client may try again."""
NEVER = (("x-should-retry", "false"),)
"""Headers that say that trying again cannot help."""


class Hearing(Protocol):
    """`session` is the id of the transcript, if there will be one; `seconds` of sound, which are known at the end."""

    session: str
    seconds: float

    def passages(self) -> AsyncIterator[Passage]:
        """What is said, once. Raises Refusal if it is not heard to its end."""
        ...
