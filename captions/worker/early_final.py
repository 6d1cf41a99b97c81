"""The final decode of an utterance that may be over: begun when silence begins, used if nothing more is said."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import numpy as np

from .. import metrics
from ..engines.base import EngineError, Task
from ..recogniser.recogniser import Recogniser
from ..speech.agreement import Agreement
from ..speech.events import SilenceBegan, SpeechEnded
from ..speech.listener import Listener
from ..speech.ring import Samples
from ..speech.types import Hypothesis
from .keeping import decode_keeping


class EarlyFinal:
    """A decode of the utterance that began at `start`, a sample of the session, up to the silence that has begun.

    `on_heard` is called as soon as there is an answer. It keeps to the stable words of `agreement` as finals do.
    """

    def __init__(
        self,
        recogniser: Recogniser,
        session: str,
        task: Task,
        agreement: Agreement,
        *,
        start: int,
        silence: SilenceBegan,
        audio: Samples,
        on_heard: Callable[[Hypothesis], None],
    ) -> None:
        self._recogniser = recogniser
        self._session = session
        self._confirmed = False
        self._start = start
        self._voice_end = silence.at_sample
        self._task = task
        self._on_heard = on_heard
        self.answer = asyncio.create_task(self._decode(audio, agreement), name=f"early-{session}")
        self.seconds: float | None = None
        """How long the answer took, once it is there."""

    @property
    def let_go(self) -> bool:
        """Whether it will not be answered."""
        return self.answer.done() and (self.answer.cancelled() or self.answer.result() is None)

    def covers(self, end: SpeechEnded) -> bool:
        """Whether no voice of the utterance came after what is decoded here."""
        return self._start == end.start_sample and self._voice_end == end.voice_end_sample

    def confirm(self) -> None:
        """The utterance is over: from now on this is wanted like any final."""
        self._confirmed = True
        self._recogniser.confirm(self._session)

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

    async def _decode(self, audio: Samples, agreement: Agreement) -> Hypothesis | None:
        def ask(task: Task) -> Awaitable[Hypothesis | None]:
            speculative = not self._confirmed
            return self._recogniser.decode(self._session, audio, replace(task, speculative=speculative))

        clock = asyncio.get_running_loop()
        started = clock.time()
        try:
            heard = await decode_keeping(ask, self._task, agreement)
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
