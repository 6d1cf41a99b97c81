"""The baseline of a benchmark: every second the whole utterance again, padded to 30 s, and the latest is shown."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from .. import messages
from ..engines.base import EngineError, Task
from ..recogniser.recogniser import Recogniser
from ..speech.events import Event, SpeechEnded, SpeechStarted
from ..speech.filter import accept_final
from ..speech.listener import Listener
from ..speech.ring import Samples
from ..speech.types import SAMPLE_RATE, SAMPLES_PER_MS, Hypothesis, join
from ..worker.cancelling import end

_EVERY = SAMPLE_RATE
_PADDED = 30 * SAMPLE_RATE


@dataclass(slots=True)
class _Utterance:
    start: int
    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    asked_at: int = 0


class NaiveTranscriber:
    """Listens like the live path and uses the same recogniser, so that only the policy differs.

    Nothing it shows is stable before the final. Its partials are greedy, which is kind to it: programs that work so
    mostly search with a beam each time.
    """

    def __init__(
        self,
        session: str,
        *,
        language: str,
        listener: Listener,
        recogniser: Recogniser,
        tell: Callable[[dict[str, Any]], None],
    ) -> None:
        self._session = session
        self._language = language
        self._listener = listener
        self._recogniser = recogniser
        self._tell = tell
        self._seq = 0
        self._open: _Utterance | None = None
        self._partial: asyncio.Task[None] | None = None
        self._spoken: asyncio.Queue[tuple[_Utterance, SpeechEnded, Samples]] = asyncio.Queue()
        self._finals = asyncio.create_task(self._decode_finals())

    def push(self, samples: Samples) -> None:
        self._follow(self._listener.push(samples))
        utterance = self._open
        if utterance is None or (self._partial is not None and not self._partial.done()):
            return
        clock = self._listener.clock_samples
        if clock - max(utterance.asked_at, utterance.start) >= _EVERY:
            utterance.asked_at = clock
            audio = self._listener.audio(utterance.start, clock)
            self._partial = asyncio.create_task(self._decode_partial(utterance, audio))

    def skip(self, samples: int) -> None:
        self._follow(self._listener.skip(samples))

    def flush(self) -> None:
        self._follow(self._listener.flush())

    async def drained(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._spoken.join()
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        await end(task for task in (self._finals, self._partial) if task is not None)

    def _follow(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, SpeechStarted):
                self._open = _Utterance(event.start_sample)
            elif isinstance(event, SpeechEnded) and self._open is not None:
                audio = self._listener.audio(event.start_sample, event.end_sample)
                self._spoken.put_nowait((self._open, event, audio))
                self._open = None

    async def _decode_partial(self, utterance: _Utterance, audio: Samples) -> None:
        padded = np.pad(audio, (0, max(0, _PADDED - audio.size)))[:_PADDED]
        try:
            heard = await self._recogniser.decode(self._session, padded, Task("partial", self._language))
        except EngineError:
            return
        if heard is not None and utterance is self._open:
            start_ms = utterance.start // SAMPLES_PER_MS
            self._tell(
                messages.partial(utterance=utterance.key, start_ms=start_ms, stable="", tentative=heard.text)
            )

    async def _decode_finals(self) -> None:
        while True:
            utterance, event, audio = await self._spoken.get()
            try:
                heard = await self._recogniser.decode(self._session, audio, Task("final", self._language))
                accepted = None if heard is None else accept_final(heard, event.voice)
                if accepted is not None:
                    self._final(utterance, accepted)
            except EngineError:
                pass
            finally:
                self._spoken.task_done()

    def _final(self, utterance: _Utterance, heard: Hypothesis) -> None:
        self._seq += 1
        words = tuple(word.shifted(utterance.start // SAMPLES_PER_MS) for word in heard.words)
        self._tell(
            messages.final(
                seq=self._seq,
                utterance=utterance.key,
                start_ms=words[0].start_ms,
                end_ms=words[-1].end_ms,
                text=join(words),
                words=[asdict(word) for word in words],
                confidence=heard.confidence or 0.0,
                language=heard.language,
            )
        )
