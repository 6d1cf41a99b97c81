"""Translates the saved finals of a session into English, when nobody waits for the recogniser."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import structlog

from ... import metrics
from ...asr.engine.base import EngineError, Task
from ...core.cancellation import cancel_and_wait
from ...core.translating import TARGET
from ...speech.filter import DEFAULTS
from ...speech.ring import RingError, Samples
from ...speech.sentences import divided
from ...speech.types import Hypothesis, join
from ...transcripts.final_writer import FinalRecord, SessionUpdate, Translation

log = structlog.get_logger(__name__)

# Finals that wait for their translation. More are translated, later, where the recogniser has no time for all.
_MOST_WAITING = 8
# A model takes 30 s at once; a longer sentence is translated in parts.
_LONGEST_MS = 29_000
# With less silence after a sentence models loop; with a whole window it takes three times as long, and is no better.
_SILENCE_MS = 8_000


class Recognises(Protocol):
    """What a translator needs of a recogniser: see `Recogniser`."""

    async def decode(
        self, session: str, audio: Samples, task: Task, *, urgent: bool = False
    ) -> Hypothesis | None: ...
    def be_patient(self, session: str, patient: bool) -> None: ...
    def drop(self, session: str) -> None: ...


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A final and its sound, in parts that the model takes."""

    record: FinalRecord
    seq: int
    sounds: tuple[Samples, ...]


class Translator:
    """Takes finals with their sound and asks for one translation at a time; publishes each with its final once more,
    and hands it to `touch`.

    Its decodes come after those of all sessions. Where they take too long the oldest final that waits is left out.
    """

    def __init__(
        self,
        session: str,
        *,
        recogniser: Recognises,
        publish: Callable[[dict[str, Any]], None],
        touch: Callable[[SessionUpdate], None],
    ) -> None:
        self.is_on = False
        """Whether finals are taken."""
        self._session = UUID(session)
        self._queue = f"{session}.translated"
        self._recogniser = recogniser
        self._publish = publish
        self._touch = touch
        self._log = log.bind(session=session)
        self._waiting: deque[_Waiting] = deque()
        self._task: asyncio.Task[None] | None = None

    def take(self, record: FinalRecord, seq: int, sound: Callable[[int, int], Samples]) -> None:
        """Takes a saved final, unless it is in English or of an unknown language.

        `sound` returns a copy of the samples between two times of the session, or raises RingError.
        """
        if not self.is_on or not record.words or record.language in ("", TARGET):
            return
        try:
            sounds = tuple(
                sound(part[0].start_ms, part[-1].end_ms) for part in divided(record.words, _LONGEST_MS)
            )
        except RingError:
            # It waited for the database for minutes.
            self._leave_out()
            return
        if len(self._waiting) == _MOST_WAITING:
            self._waiting.popleft()
            self._leave_out()
        self._waiting.append(_Waiting(record, seq, sounds))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._translate_all(), name=f"translate-{self._session}")

    async def finish(self, seconds: float) -> None:
        """Translates what waits, for at most `seconds`, and takes no more."""
        self.is_on = False
        if self._task is not None:
            await asyncio.wait([self._task], timeout=seconds)
        await self.close()

    async def close(self) -> None:
        """Leaves out what waits, and takes no more."""
        self.is_on = False
        self._waiting.clear()
        if self._task is not None:
            await cancel_and_wait([self._task])
            self._task = None
            self._recogniser.drop(self._queue)

    def _leave_out(self) -> None:
        metrics.DROPS.labels("translation").inc()
        self._log.info("final_not_translated", error="late")

    async def _translate_all(self) -> None:
        self._recogniser.be_patient(self._queue, True)
        while self._waiting:
            each = self._waiting.popleft()
            try:
                text = await self._translation(each)
            except EngineError as error:
                self._log.warning("final_not_translated", error=str(error))
                continue
            if text:
                self._publish(each.record.message(each.seq, text))
                translations = (Translation(each.record.key, text),)
                self._touch(SessionUpdate(self._session, None, None, translations=translations))

    async def _translation(self, each: _Waiting) -> str:
        """Empty where there is none, or only a loop. Raises EngineError."""
        task = Task("final", each.record.language, translate=True, silence_ms=_SILENCE_MS)
        parts = [await self._recogniser.decode(self._queue, sound, task) for sound in each.sounds]
        return " ".join(
            join(part.words)
            for part in parts
            if part and part.compression_ratio <= DEFAULTS.compression_ratio
        ).strip()
