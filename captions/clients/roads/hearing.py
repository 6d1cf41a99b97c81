"""A file that is to be heard, and one that is being heard, on whichever road."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from django.utils.translation import gettext as _

from ...protocol.feed_frames import Listen
from ...speech.passage import Passage

RETRY_SECONDS = 5.0
"""After so long a client may try again."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a file is to be heard; `listen` has the text before the sound as its prompt."""

    listen: Listen
    name: str = ""
    """Of the file, if the client told one; its transcript is named after it."""
    translate: bool = False
    """Whether the text is to be English."""
    tell_speakers: bool = False
    """Whether its voices are to be told apart; then passages come once all was heard."""
    as_it_comes: bool = False
    """Whether the client reads passages as they come, so that all of them may take any time."""
    otherwise: str = ""
    """What a client can do instead of waiting, as a sentence."""

    @property
    def called(self) -> str:
        """What messages call the file."""
        return self.name or _("The file")


class Hearing(Protocol):
    """`id` is that of the session, which will be in the history if it is `kept`; of a file that nobody keeps, any.

    `seconds` of sound are known at the end.
    """

    id: UUID
    kept: bool

    @property
    def seconds(self) -> float: ...

    def passages(self) -> AsyncIterator[Passage]:
        """What is said, once. Raises Refusal if it is not heard to its end."""
        ...
