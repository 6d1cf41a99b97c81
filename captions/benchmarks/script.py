"""A recogniser that returns the words of a recording's reference, without a model and without delay."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..asr.engine.base import Task
from ..speech.listener import Listener
from ..speech.ring import Samples
from ..speech.types import SAMPLE_RATE, SAMPLES_PER_MS, SILENCE, Hypothesis, Word
from .corpus import TimedWord

# The first half second of a piece of sound identifies its position in the session.
_TELLING = SAMPLE_RATE // 2
# The most positions that are remembered: far more than one session uses at a time.
_PLACES = 64


class Script:
    """The words in each piece of sound that was recently read from the listener of one session.

    With `period_samples`, the recording is repeated after this many samples.
    """

    def __init__(self, words: Sequence[TimedWord], *, period_samples: int | None = None) -> None:
        self._period = period_samples
        self._words = [Word(round(word.start_ms), round(word.end_ms), f" {word.text}", 0.9) for word in words]
        self._places: dict[bytes, tuple[int, deque[int]]] = {}

    def note(self, audio: Samples, start: int) -> None:
        """Remembers that `audio` was read, and that it begins at the sample `start` of the session."""
        key = audio[:_TELLING].tobytes()
        before, ends = self._places.pop(key, (start, deque(maxlen=_PLACES)))
        if before != start:
            ends.clear()
        ends.append(start + audio.size)
        self._places[key] = start, ends
        if len(self._places) > _PLACES:
            del self._places[next(iter(self._places))]

    def heard(self, audio: Samples, task: Task) -> Hypothesis:
        """The words spoken in `audio`; for a partial only those that are complete at its end."""
        place = self._places.get(audio[:_TELLING].tobytes())
        if place is None:
            return SILENCE
        start, ends = place
        end = start + audio.size
        if end not in ends:
            # The sound was padded with silence.
            sounding = start + int(np.max(np.flatnonzero(audio), initial=0)) + 1
            end = min((each for each in ends if each >= sounding), default=sounding)
        length_ms = (end - start) // SAMPLES_PER_MS
        start_ms = (start if self._period is None else start % self._period) // SAMPLES_PER_MS
        end_ms = start_ms + length_ms
        words = tuple(
            word.shifted(-start_ms)
            for word in self._words
            if start_ms <= (word.start_ms + word.end_ms) // 2 < end_ms
            and (task.kind == "final" or word.end_ms <= end_ms)
        )
        return Hypothesis(words, task.language or "en", 1.0, 0.0, -0.1, 1.0) if words else SILENCE


class NotedListener(Listener):
    """A listener that notes in a script which sound is read from it."""

    def __init__(self, script: Script, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._script = script

    def audio(self, start_ms: int, end_ms: int) -> Samples:
        audio = super().audio(start_ms, end_ms)
        self._script.note(audio, start_ms * SAMPLES_PER_MS)
        return audio


class ScriptedRecogniser:
    """A recogniser that returns the words of a script, after the time that `model` takes for the same sound."""

    def __init__(self, script: Script, model: Any) -> None:
        self._of_script = script
        self._model = model

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    async def decode(self, session: str, audio: Samples, task: Task, **options: Any) -> Hypothesis | None:
        if await self._model.decode(session, audio, task, **options) is None:
            return None
        return self._of_script.heard(audio, task)


class NoModel:
    """A recogniser that takes no time and recognises nothing."""

    async def decode(self, session: str, audio: Samples, task: Task, **options: Any) -> Hypothesis | None:
        await asyncio.sleep(0)
        return SILENCE

    def drop(self, session: str) -> None:
        """There is nothing to drop."""
