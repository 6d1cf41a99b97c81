"""How well a speaker is heard in each of several sources, frame by frame."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from ..ring import Samples
from ..vad import Probabilities
from .frames import Frames, levels_db

Scores = npt.NDArray[np.float32]

# The level of a source's pauses is the least that it had lately: it rises by 3 dB a second.
_RISE_DB = np.float32(0.06)
# A score falls no faster than 100 dB a second, so that it stays between the syllables of a word.
_FALL_DB = np.float32(2.0)


class Voice(Protocol):
    """What `VadModel.stream` returns."""

    def push(self, samples: Samples) -> Probabilities: ...


class Voices(Protocol):
    """A `VadModel`."""

    def stream(self) -> Voice: ...


class SpeechScores:
    """The speech score of each source: how far its voice stands out of its own noise, in dB; 0 without voice.

    So neither the gain of a microphone counts nor what else it picks up, only how near the speaker is.
    """

    def __init__(self, sources: int, vad: Voices) -> None:
        self._streams = [vad.stream() for _ in range(sources)]
        self._voiced = np.zeros(sources, np.float32)
        self._floor = np.full(sources, np.inf, np.float32)
        self._scores = np.zeros(sources, np.float32)

    def push(self, frames: Frames) -> Scores:
        """Takes the next frame of each source; returns an array of shape (sources,), to be read at once."""
        for number, stream in enumerate(self._streams):
            if (scores := stream.push(frames[number])).size:
                self._voiced[number] = scores[-1]
        levels = levels_db(frames)
        self._floor = np.minimum(self._floor + _RISE_DB, levels)
        np.maximum(self._scores - _FALL_DB, self._voiced * (levels - self._floor), out=self._scores)
        return self._scores
