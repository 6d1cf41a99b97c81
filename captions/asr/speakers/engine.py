"""What any engine that tells voices apart does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ...core.errors import WhisperStreamError
from ...core.translatable import gettext_noop
from ...speech.ring import Samples
from ...speech.turns import Turn

MOST_SECONDS = 3 * 3600
"""Longer sound is not divided by voices: all of it has to be in memory."""

NOT_INSTALLED = gettext_noop("The speakers were not told apart: this server has no engine for that.")
NO_MODELS = gettext_noop(
    "The speakers were not told apart: the models for that are neither on the server nor on the hub."
)
TOO_LONG = gettext_noop("The speakers were not told apart: the recording is longer than 3 hours.")
BROKEN = gettext_noop("The speakers were not told apart: that went wrong.")


class SpeakerError(WhisperStreamError):
    """Voices cannot be told apart. The text is a sentence in English for the user, `why` one for the operator."""

    def __init__(self, text: str, why: str = "") -> None:
        super().__init__(text)
        self.text, self.why = text, why


@dataclass(frozen=True, slots=True)
class WantedSpeakers:
    """How voices are to be told apart: with the models in the folder `models`, or of the hub if it is empty."""

    models: str = ""
    threads: int = 0


class SpeakerEngine(Protocol):
    """Tells the voices of a whole sound apart."""

    def turns(self, samples: Samples, alive: Callable[[], None]) -> list[Turn]:
        """Who speaks when in mono 16 kHz samples, in the order of time; `alive` is called again and again.

        Raises SpeakerError, and what `alive` raises.
        """
        ...
