"""Takes noise out of sound that comes in pieces, and knows where what comes out belongs."""

from typing import Literal, Protocol

import numpy as np

from .ring import Samples

CleaningKind = Literal["off", "near", "far"]
"""For a microphone that is near the mouth, or far from it."""


class Cleaner(Protocol):
    """Takes noise out of one continuous sound, int16 mono 16 kHz.

    It takes and returns `frame` samples at a time; what it returns came `delay` samples before.
    """

    frame: int
    delay: int

    def clean(self, sound: Samples) -> Samples: ...


class Cleaning:
    """Feeds a cleaner with sound in pieces of any size, and makes up for its delay. It keeps less than a frame."""

    def __init__(self, cleaner: Cleaner) -> None:
        self._cleaner = cleaner
        self.begin()

    @property
    def pending(self) -> int:
        """How many samples came after the last one that was returned."""
        return self._pending

    def begin(self) -> None:
        """Says that what comes next does not follow what came before: what is pending of that is never returned."""
        self._rest = np.zeros(0, np.int16)
        self._pending = 0
        # What the cleaner has yet to return of the sound before.
        self._stale = self._cleaner.delay

    def push(self, samples: Samples) -> Samples:
        """Takes the next samples, shape (n,); returns those that are ready, without noise.

        Whatever the cleaner raises goes on to the caller.
        """
        sound = np.concatenate([self._rest, samples])
        size = self._cleaner.frame
        whole = sound.size - sound.size % size
        self._rest = sound[whole:].copy()
        if not whole:
            self._pending += samples.size
            return np.zeros(0, np.int16)
        cleaned = np.concatenate([self._cleaner.clean(frame) for frame in sound[:whole].reshape(-1, size)])
        ready = cleaned[self._stale :]
        self._stale -= cleaned.size - ready.size
        self._pending += samples.size - ready.size
        return ready
