"""When somebody speaks and when they pause. It decides only; how likely speech is comes from `vad.py`.

A pause ends neither a sentence nor what a decode hears: `live_text.py` decides what becomes of it.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from .types import TimeRange

_REMEMBERED = 256
"""Ranges of voice that are remembered: minutes of speech."""


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """What counts as voice, what as a pause, and how long silence must be to end a sentence."""

    threshold: float = 0.5
    """Windows at or above this probability of speech, 0 to 1, are voiced. Lower hears more quiet speech, and noise."""
    hysteresis: float = 0.15
    """Voice goes on until the probability falls below `threshold` by so much."""
    min_speech_ms: int = 96
    """Voice shorter than that is no speech: a click, a cough."""
    prefix_ms: int = 300
    """Sound before the first voice that is decoded with it, for soft beginnings."""
    pause_ms: int = 192
    """Silence after which a pause has begun: what was said so far is whole words."""
    silence_ms: int = 2_000
    """Silence that ends a sentence even in its middle: the speaker's setting."""


def silent_below(threshold: float, hysteresis: float) -> float:
    """The probability of speech below which voice that began at `threshold` is over."""
    # A low threshold leaves no room for the whole of it: silence must still be able to get below.
    return max(threshold - hysteresis, threshold / 2)


class VoiceState(Enum):
    """How it stands with the voice. Transitions: SILENT → ONSET → VOICED → PAUSED → ONSET → …, ONSET → back."""

    SILENT = "silent"
    """Nobody has spoken yet, or what began was no speech."""
    ONSET = "onset"
    """There is voice, but not enough of it yet to be speech."""
    VOICED = "voiced"
    """Somebody speaks, or has stopped for less than `pause_ms`."""
    PAUSED = "paused"
    """Somebody spoke and has been silent for `pause_ms` or longer."""


class Endpointer:
    """Turns successive speech probabilities into a state and into ranges of voice, all in milliseconds."""

    def __init__(self, settings: EndpointSettings | None = None) -> None:
        self.adopt(settings or EndpointSettings())
        self._ranges: deque[TimeRange] = deque(maxlen=_REMEMBERED)
        self.reset()

    def adopt(self, settings: EndpointSettings) -> None:
        """Takes other settings, from the next window on."""
        self.settings = settings
        self._silent_below = silent_below(settings.threshold, settings.hysteresis)

    def reset(self) -> None:
        """Nothing is known of what comes next: it was not heard, or is heard afresh."""
        self.state = VoiceState.SILENT
        self._onset_ms = self._voiced_ms = self._last_voice_ms = 0

    @property
    def speaking(self) -> bool:
        """Whether there is voice now, or may be."""
        return self.state in (VoiceState.ONSET, VoiceState.VOICED)

    @property
    def voice_start_ms(self) -> int:
        """Where the newest range of voice begins; 0 before the first."""
        return self._ranges[-1].start_ms if self._ranges else 0

    @property
    def voice_end_ms(self) -> int:
        """Where the newest range of voice ends so far; 0 before the first."""
        return self._ranges[-1].end_ms if self._ranges else 0

    def voice(self, since_ms: int, until_ms: int) -> Iterator[TimeRange]:
        """The ranges of voice that lie, wholly or in part, in that time; cut to it."""
        for each in self._ranges:
            start_ms, end_ms = max(each.start_ms, since_ms), min(each.end_ms, until_ms)
            if start_ms < end_ms:
                yield TimeRange(start_ms, end_ms)

    def voice_ms(self, since_ms: int, until_ms: int) -> int:
        """How much voice is in that time."""
        return sum(each.length_ms for each in self.voice(since_ms, until_ms))

    def push(self, start_ms: int, end_ms: int, probability: float) -> VoiceState:
        """Takes the probability of speech, 0 to 1, from `start_ms` up to `end_ms`; windows come without gaps."""
        voiced = probability >= self.settings.threshold
        if voiced or (self.state is VoiceState.VOICED and probability >= self._silent_below):
            if self.state in (VoiceState.SILENT, VoiceState.PAUSED):
                self._before_onset, self.state = self.state, VoiceState.ONSET
                self._onset_ms, self._voiced_ms = start_ms, 0
            self._voiced_ms += end_ms - start_ms
            self._last_voice_ms = end_ms
        match self.state:
            case VoiceState.ONSET if self._voiced_ms >= self.settings.min_speech_ms:
                self.state = VoiceState.VOICED
                self._ranges.append(TimeRange(self._onset_ms, self._last_voice_ms))
            case VoiceState.ONSET if end_ms - self._last_voice_ms >= self.settings.pause_ms:
                self.state = self._before_onset
            case VoiceState.VOICED if end_ms - self._last_voice_ms >= self.settings.pause_ms:
                self.state = VoiceState.PAUSED
            case VoiceState.VOICED:
                self._ranges[-1] = TimeRange(self._ranges[-1].start_ms, self._last_voice_ms)
            case _:
                pass
        return self.state
