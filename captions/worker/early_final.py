"""The final decode of an utterance that may be over: begun when silence begins, used if nothing more is said."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from .. import metrics
from ..engines.base import EngineError, Task
from ..recogniser.recogniser import Recogniser
from ..speech.events import SilenceBegan, SpeechEnded
from ..speech.listener import Listener
from ..speech.ring import Samples
from ..speech.types import Hypothesis


class EarlyFinal:
    """A decode of the utterance that began at `start`, a sample of the session, up to the silence that has begun.

    `on_heard` is called as soon as there is an answer.
    """

    def __init__(
        self,
        recogniser: Recogniser,
        session: str,
        task: Task,
        *,
        start: int,
        silence: SilenceBegan,
        audio: Samples,
        on_heard: Callable[[Hypothesis], None],
    ) -> None:
        self._start = start
        self._voice_end = silence.at_sample
        self._task = task
        self._on_heard = on_heard
        self.answer = asyncio.create_task(self._decode(recogniser, session, audio), name=f"early-{session}")
        self.seconds: float | None = None
        """How long the answer took, once it is there."""

    @property
    def let_go(self) -> bool:
        """Whether it will not be answered."""
        return self.answer.done() and (self.answer.cancelled() or self.answer.result() is None)

    def covers(self, end: SpeechEnded) -> bool:
        """Whether no voice of the utterance came after what is decoded here."""
        return self._start == end.start_sample and self._voice_end == end.voice_end_sample

    async def heard(self, task: Task) -> Hypothesis | None:
        """The answer, if it is the one that `task` would get."""
        if self._task != task:
            self.drop("changed")
            return None
        heard = await self.answer
        metrics.EARLY_FINALS.labels("let_go" if heard is None else "used").inc()
        return heard

    def drop(self, reason: str) -> None:
        """It is not wanted: `reason` is how metrics name that."""
        metrics.EARLY_FINALS.labels(reason).inc()
        self.answer.cancel()

    async def _decode(self, recogniser: Recogniser, session: str, audio: Samples) -> Hypothesis | None:
        clock = asyncio.get_running_loop()
        started = clock.time()
        try:
            heard = await recogniser.decode(session, audio, replace(self._task, speculative=True))
        except EngineError:
            return None  # The final itself will be decoded, and tell what is wrong.
        if heard is not None:
            self.seconds = clock.time() - started
            self._on_heard(heard)
        return heard


def sound_so_far(listener: Listener, start: int, end: int) -> Samples:
    """The sound from `start` up to `end`, silent where it has not been heard yet."""
    heard = listener.audio(start, min(end, listener.clock_samples))
    return np.concatenate([heard, np.zeros(end - start - heard.size, np.int16)])
