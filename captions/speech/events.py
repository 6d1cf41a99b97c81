"""What the endpointer tells of a session's sound. Positions are samples on the session's clock."""

from dataclasses import dataclass
from typing import Literal

from .types import SAMPLES_PER_MS

EndReason = Literal["silence", "soft", "hard", "flush", "gap"]


@dataclass(frozen=True, slots=True)
class Voice:
    """Where speech was heard in one stretch of sound, in milliseconds from the beginning of the stretch."""

    start_ms: int
    end_ms: int

    @property
    def seconds(self) -> float:
        return (self.end_ms - self.start_ms) / 1000


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Someone speaks: an utterance is open, and its sound begins at `start_sample`."""

    start_sample: int


@dataclass(frozen=True, slots=True)
class SilenceBegan:
    """The open utterance has been silent for a little while, since `at_sample`: its end is likely.

    If nothing more is said its sound ends at `end_sample`, which may not have been heard yet.
    """

    at_sample: int
    end_sample: int


@dataclass(frozen=True, slots=True)
class SpeechResumed:
    """The silence announced last was only a pause."""

    at_sample: int


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """The open utterance is over: its sound is `start_sample` up to `end_sample`.

    `voice_start_sample` up to `voice_end_sample` is the part between its first and its last voiced window. After the
    reasons `soft` and `hard` speech goes on: an utterance that follows at once begins exactly at `end_sample`.
    """

    start_sample: int
    end_sample: int
    reason: EndReason
    voice_start_sample: int
    voice_end_sample: int

    @property
    def voice(self) -> Voice:
        """The voiced part, counted from the beginning of the utterance."""
        return Voice(
            (self.voice_start_sample - self.start_sample) // SAMPLES_PER_MS,
            (self.voice_end_sample - self.start_sample) // SAMPLES_PER_MS,
        )


Event = SpeechStarted | SilenceBegan | SpeechResumed | SpeechEnded
