"""Gives a model words that it could not have heard: what a recording's reference says of the sound it is asked about.

So the delays of words can be measured of models that have the right shape and nothing learnt.
"""

import asyncio
from typing import Any

import numpy as np

from ..engines.base import Task
from ..livetest.reference import Reference
from ..speech.listener import Listener
from ..speech.ring import Samples
from ..speech.types import SAMPLE_RATE, SAMPLES_PER_MS, SILENCE, Hypothesis, Word

# Half a second of sound with speech in it tells where in its session a stretch of sound begins.
_TELLING = SAMPLE_RATE // 2
_LONGEST_WORD_MS = 400
# Places that are kept in mind: far more than one session has in hand at a time.
_PLACES = 64


class Script:
    """Knows what is said in every stretch of one session's sound that was read from its listener of late.

    With `period_samples` the recording is spoken again each time so many samples have passed.
    """

    def __init__(self, reference: Reference, *, period_samples: int | None = None) -> None:
        self._period = period_samples
        self._words: list[Word] = []
        before = 0.0
        for word in reference.words:
            start = max(before, word.end_ms - _LONGEST_WORD_MS)
            self._words.append(Word(round(start), round(word.end_ms), f" {word.text}", 0.9))
            before = word.end_ms
        self._starts: dict[bytes, int] = {}

    def note(self, audio: Samples, start: int) -> None:
        key = audio[:_TELLING].tobytes()
        self._starts.pop(key, None)
        self._starts[key] = start
        if len(self._starts) > _PLACES:
            del self._starts[next(iter(self._starts))]

    def heard(self, audio: Samples, task: Task) -> Hypothesis:
        """The words that lie in `audio`; in a partial, only those that are over at its end."""
        start = self._starts.get(audio[:_TELLING].tobytes())
        sounding = np.flatnonzero(audio)
        if start is None or not sounding.size:
            return SILENCE
        if self._period is not None:
            start %= self._period
        start_ms = start // SAMPLES_PER_MS
        end_ms = (start + int(sounding[-1]) + 1) // SAMPLES_PER_MS
        words = tuple(
            word.shifted(-start_ms)
            for word in self._words
            if start_ms <= (word.start_ms + word.end_ms) // 2 < end_ms
            and (task.kind == "final" or word.end_ms <= end_ms)
        )
        return Hypothesis(words, task.language or "en", 1.0, 0.0, -0.1, 1.0) if words else SILENCE


class NotedListener(Listener):
    """A listener that tells a script what is read from it."""

    def __init__(self, script: Script, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._script = script

    def audio(self, start_sample: int, end_sample: int) -> Samples:
        audio = super().audio(start_sample, end_sample)
        self._script.note(audio, start_sample)
        return audio


class ScriptedRecogniser:
    """A recogniser that says what the script says, in the time that `model` takes for the same sound."""

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
    """A recogniser that takes no time and hears nothing."""

    backlog_seconds = 0.0

    async def decode(self, session: str, audio: Samples, task: Task, **options: Any) -> Hypothesis | None:
        await asyncio.sleep(0)
        return SILENCE

    def confirm(self, session: str) -> None:
        """Whatever was asked for has been answered."""

    def drop(self, session: str) -> None:
        """Nothing waits."""
