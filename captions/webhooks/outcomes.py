"""What became of one try, and what follows from it."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext_noop

AWAY = gettext_noop("The address cannot be reached.")
LATE = gettext_noop("There was no answer in time.")
PRIVATE = gettext_noop("This server sends only to addresses on the internet.")
BROKE_OFF = gettext_noop("This server was interrupted again and again.")
GONE = gettext_noop("It answered that it is gone (410).")
FAILING = gettext_noop("Nothing could be delivered there for five days.")

PATIENCE = timedelta(days=5)
"""An endpoint that takes nothing for so long is switched off."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`status` is that of the answer; None if there was none, and then `problem` is a sentence in English."""

    status: int | None = None
    problem: str = ""
    is_final: bool = False
    """Whether another try makes no sense."""
    body: bytes = b""
    """What was answered to an action that was spoken, as far as it was read; nothing else is looked at."""

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Whether the endpoint wants nothing any more."""
        return self.status == 410
