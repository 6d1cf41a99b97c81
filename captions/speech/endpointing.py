"""When voice begins, pauses and ends, from the probabilities that `vad.py` computes.

A pause ends neither a sentence nor a window: `live_text.py` decides what follows from it.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from .types import TimeRange

_REMEMBERED = 256
"""Ranges of voice that are kept: several minutes of speech."""


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """What counts as voice, what as a pause, and how long silence must be to end a sentence."""

    threshold: float = 0.5
    """Probability of speech, 0 to 1, from which on 32 ms of sound are voice. Lower detects quieter speech, and more
    noise."""
    hysteresis: float = 0.15
    """How far the probability must fall below `threshold`, 0 to 1, to end voice. Larger bridges short dips."""
    min_speech_ms: int = 96
    """Voice, in milliseconds, that must come before it counts as speech. Larger ignores longer clicks and coughs."""
    prefix_ms: int = 300
    """Sound before the first voice, in milliseconds, that is decoded with it: larger keeps softer beginnings."""
    pause_ms: int = 192
    """Silence, in milliseconds, after which a pause begins. Smaller makes words stable sooner, and cuts more of
    them in two."""
    silence_ms: int = 2_000
    """Silence, in milliseconds, that ends a sentence even in its middle; the speaker can change it. Larger keeps rows
    open, and so unsaved, for longer."""


def silent_below(threshold: float, hysteresis: float) -> float:
    """The probability of speech below which voice that began at `threshold` is over."""
    # With a low threshold the full hysteresis would put the limit at or below 0, which no probability falls below.
    return max(threshold - hysteresis, threshold / 2)


class VoiceState(Enum):
    """The state of the voice.

    SILENT → ONSET → VOICED → PAUSED → ONSET → …; an onset that was no speech goes back to the state before it.
    """

    SILENT = "silent"
    """There has been no speech yet."""
    ONSET = "onset"
    """There is voice, but for less than `min_speech_ms`."""
    VOICED = "voiced"
    """There is speech, or it stopped less than `pause_ms` ago."""
    PAUSED = "paused"
    """There was speech, and then silence for `pause_ms` or longer."""


class Endpointer:
    """Turns successive speech probabilities into a state and into ranges of voice, all in milliseconds."""

    def __init__(self, settings: EndpointSettings | None = None) -> None:
        self.adopt(settings or EndpointSettings())
        self._ranges: deque[TimeRange] = deque(maxlen=_REMEMBERED)
        self.reset()

    def adopt(self, settings: EndpointSettings) -> None:
        """Applies other settings from the next probability on."""
        self.settings = settings
        self._silent_below = silent_below(settings.threshold, settings.hysteresis)

    def reset(self) -> None:
        """Starts again in silence, as after a gap in the sound; known ranges of voice are kept."""
        self.state = VoiceState.SILENT
        self._onset_ms = self._voiced_ms = self._last_voice_ms = 0

    @property
    def speaking(self) -> bool:
        """Whether the state is ONSET or VOICED."""
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
        """The ranges of voice between these two times, those that reach beyond them cut there."""
        for each in self._ranges:
            start_ms, end_ms = max(each.start_ms, since_ms), min(each.end_ms, until_ms)
            if start_ms < end_ms:
                yield TimeRange(start_ms, end_ms)

    def voice_ms(self, since_ms: int, until_ms: int) -> int:
        """Milliseconds of voice between these two times."""
        return sum(each.length_ms for each in self.voice(since_ms, until_ms))

    def push(self, start_ms: int, end_ms: int, probability: float) -> VoiceState:
        """Takes the probability of speech, 0 to 1, of the sound from `start_ms` up to `end_ms`; returns the state.

        Each call must begin where the one before ended.
        """
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
