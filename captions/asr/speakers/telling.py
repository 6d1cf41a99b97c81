"""Tells the voices of a sound apart while it is listened to for its words."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from ...speech.ring import Samples
from ...speech.turns import Turn
from ...speech.types import SAMPLE_RATE
from .engine import MOST_SECONDS, TOO_LONG, SpeakerEngine, SpeakerError, WantedSpeakers
from .models import locate
from .sherpa import SherpaEngine


def made(wanted: WantedSpeakers) -> SpeakerEngine:
    """The engine, with its models loaded. Raises SpeakerError."""
    return SherpaEngine(locate(wanted.models), wanted.threads)


class WholeSound:
    """Keeps a sound that passes, since a voice is known by all that it says; of a longer one nothing."""

    def __init__(self, most_seconds: float = MOST_SECONDS) -> None:
        self._most = round(most_seconds * SAMPLE_RATE)
        self._pieces: list[Samples] = []
        self._size = 0

    def passing(self, sound: Iterable[Samples | int]) -> Iterator[Samples | int]:
        """The same sound; a number stands for so many missing samples."""
        for piece in sound:
            self._size += piece if isinstance(piece, int) else piece.size
            if self._size > self._most:
                self._pieces.clear()
            else:
                self._pieces.append(np.zeros(piece, np.int16) if isinstance(piece, int) else piece)
            yield piece

    def turns(self, wanted: WantedSpeakers, alive: Callable[[], None]) -> list[Turn]:
        """Who speaks when in it, once all of it has passed. Raises SpeakerError, and what `alive` raises."""
        if self._size > self._most:
            raise SpeakerError(TOO_LONG)
        if not self._pieces:
            return []
        return made(wanted).turns(np.concatenate(self._pieces), alive)
