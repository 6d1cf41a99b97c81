"""One session's finals: what was spoken is decoded with care and written down, one utterance after the other."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from django.utils.translation import gettext_noop

from .. import messages, metrics
from ..engines.base import EngineError, Task
from ..recogniser.recogniser import Recogniser
from ..speech.agreement import Agreement
from ..speech.context import Context
from ..speech.events import SpeechEnded
from ..speech.filter import accept_final
from ..speech.ring import Samples
from ..speech.sentences import SentenceEnds
from ..speech.types import SAMPLES_PER_MS, Hypothesis, Word, join
from ..stretches import Stretch
from ..transcripts.recording import FinalRecord, RecorderFullError
from .cancelling import end
from .early_final import EarlyFinal
from .keeping import decode_keeping

log = structlog.get_logger(__name__)

# Utterances of one session that wait for their final decode: minutes of speech, a few MB.
_WAITING = 32
# How sure the engine must be of the language of a final to hold on to it for the rest of the session.
_LANGUAGE_CERTAINTY = 0.7

_LOST = gettext_noop("The server could not write down the last sentence. Say it again.")
_LATER = gettext_noop(
    "The server could not write down the last sentence. It tries again with the sound that it keeps."
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """An utterance that is over, with its sound; `early` is its final if that was asked for ahead."""

    key: uuid.UUID
    agreement: Agreement
    end: SpeechEnded
    audio: Samples
    early: EarlyFinal | None


class Finals:
    """Finals are decoded in the order of speaking, handed to `save` and told once `saved` reports them.

    Up to `decoded_ms` of the session no utterance waits for its decode.

    `language` is what the session is heard in, empty while it is detected; `hotwords` are the words to expect;
    `seconds` is how long the last final took from asking to answer, None before the first. With `keeps_sound` what
    could not be written down is left to whoever reads the sound: `take_undecoded` gives it once.
    """

    def __init__(
        self,
        session: str,
        *,
        language: str,
        last_seq: int,
        recogniser: Recogniser,
        tell: Callable[[dict[str, Any]], None],
        save: Callable[[FinalRecord], None],
        context: Context | None,
        sentence_ends: SentenceEnds | None,
        keeps_sound: bool,
    ) -> None:
        self.last_seq = last_seq
        self.language = language
        self.hotwords: tuple[str, ...] = ()
        self.seconds: float | None = None
        self.decoded_ms = 0
        self._session = session
        self._recogniser = recogniser
        self._tell = tell
        self._save = save
        self._context = context
        self._sentence_ends = sentence_ends
        self._keeps_sound = keeps_sound
        self._undecoded: list[Stretch] = []
        self._left = 0
        self._log = log.bind(session=session)
        self._spoken: asyncio.Queue[Spoken] = asyncio.Queue(_WAITING)
        self._unsaved: dict[uuid.UUID, FinalRecord] = {}
        self._all_saved = asyncio.Event()
        self._all_saved.set()
        self._task = asyncio.create_task(self._run(), name=f"finals-{session}")

    def task(self, start: int) -> Task:
        """How to decode an utterance that begins at `start`, a sample of the session."""
        prompt = "" if self._context is None else self._context.prompt(start_ms=start // SAMPLES_PER_MS)
        # Partials do without: they are quick and greedy, and what a model is told costs them time and sometimes words.
        return Task("final", self.language, prompt, hotwords=self.hotwords)

    @property
    def decodes(self) -> bool:
        """Whether an utterance waits for its decode."""
        return self._left > 0

    @property
    def saves(self) -> bool:
        """Whether an utterance waits for being saved."""
        return bool(self._unsaved)

    def take_undecoded(self) -> tuple[Stretch, ...]:
        """The utterances that could not be written down since the last time, where their sound is kept."""
        undecoded, self._undecoded = tuple(self._undecoded), []
        return undecoded

    def sound_lost(self) -> None:
        """From now on no sound is kept."""
        self._keeps_sound = False

    def speak_in(self, language: str) -> None:
        """What comes is in another language, or with an empty one in any."""
        self.language = language
        if self._context is not None:
            self._context.forget()

    def put(self, spoken: Spoken) -> None:
        """Takes an utterance; one too many is told as lost."""
        try:
            self._spoken.put_nowait(spoken)
            self._left += 1
        except asyncio.QueueFull:
            if spoken.early is not None:
                spoken.early.drop("lost")
            metrics.DROPS.labels("utterance").inc()
            self._log.error("utterance_dropped", waiting=_WAITING)
            self._lost(spoken)

    async def drained(self) -> None:
        """Waits until every utterance is saved."""
        await self._spoken.join()
        await self._all_saved.wait()

    def saved(self, record: FinalRecord, seq: int) -> None:
        """A final is in Postgres: now it is shown as saved."""
        self.last_seq = max(self.last_seq, seq)
        self._settle(record)
        self._tell(record.message(seq))

    def refused(self, record: FinalRecord) -> None:
        """A final can never be saved."""
        self._settle(record)
        self._take_off(record.key, record.start_ms * SAMPLES_PER_MS)
        self._tell(messages.error("not_transcribed", _LOST))

    async def close(self) -> None:
        await end([self._task])

    async def _run(self) -> None:
        while True:
            spoken = await self._spoken.get()
            try:
                await self._write_down(spoken)
            except Exception:
                self._log.exception("final_failed")
                self._lost(spoken)
            self._left -= 1
            self.decoded_ms = spoken.end.end_sample // SAMPLES_PER_MS
            self._spoken.task_done()

    async def _write_down(self, spoken: Spoken) -> None:
        """Saves the careful decode of an utterance; should the engine fail for good, what was shown of it."""
        task = self.task(spoken.end.start_sample)
        language = task.language
        try:
            heard = await self._decode_or_take(spoken, task)
        except EngineError as error:
            self._log.error("final_not_decoded", error=str(error))
            words = spoken.agreement.force().stable_words
            if not words:
                self._lost(spoken)
                return
        else:
            accepted = None if heard is None else accept_final(heard, spoken.end.voice)
            if heard is not None and self._context is not None:
                self._context.heard(heard, accepted, end_ms=spoken.end.end_sample // SAMPLES_PER_MS)
            if accepted is None:
                self._take_off(spoken.key, spoken.end.start_sample)
                return
            words, language = accepted.shifted(spoken.end.start_sample // SAMPLES_PER_MS), accepted.language
            if not self.language and accepted.language_probability >= _LANGUAGE_CERTAINTY:
                self.language = accepted.language
            if not spoken.agreement.kept_by(words):
                metrics.CORRECTED_FINALS.inc()
        if self._sentence_ends is not None:
            self._sentence_ends.learn(join(words))
        self._keep(spoken, words, language)

    async def _decode_or_take(self, spoken: Spoken, task: Task) -> Hypothesis | None:
        """What was decoded ahead, if that is still right, or a decode of the whole. Raises EngineError."""
        if spoken.early is not None:
            heard = await spoken.early.heard(task)
            if heard is not None:
                self.seconds = spoken.early.seconds
                return heard
        clock = asyncio.get_running_loop()
        started = clock.time()
        ask = partial(self._recogniser.decode, self._session, spoken.audio)
        heard = await decode_keeping(ask, task, spoken.agreement)
        self.seconds = clock.time() - started
        return heard

    def _keep(self, spoken: Spoken, words: tuple[Word, ...], language: str) -> None:
        record = FinalRecord(
            session_id=uuid.UUID(self._session),
            key=spoken.key,
            start_ms=words[0].start_ms,
            end_ms=max(words[-1].end_ms, words[0].start_ms + 1),
            text=join(words),
            words=words,
            confidence=sum(word.probability for word in words) / len(words),
            language=language,
            settled_ms=spoken.end.end_sample // SAMPLES_PER_MS,
        )
        self._unsaved[record.key] = record
        self._all_saved.clear()
        try:
            self._save(record)
        except RecorderFullError:
            self._settle(record)
            self._log.error("final_not_kept")
            self._lost(spoken)

    def _settle(self, record: FinalRecord) -> None:
        self._unsaved.pop(record.key, None)
        if not self._unsaved:
            self._all_saved.set()

    def _take_off(self, key: uuid.UUID, start: int) -> None:
        """Nothing was said after all."""
        start_ms = start // SAMPLES_PER_MS
        self._tell(messages.partial(utterance=str(key), start_ms=start_ms, stable="", tentative=""))

    def _lost(self, spoken: Spoken) -> None:
        """It cannot be written down, or not here."""
        self._take_off(spoken.key, spoken.end.start_sample)
        if self._keeps_sound:
            start, end = spoken.end.start_sample // SAMPLES_PER_MS, spoken.end.end_sample // SAMPLES_PER_MS
            self._undecoded.append(Stretch(start, end))
        self._tell(messages.error("not_transcribed", _LATER if self._keeps_sound else _LOST))
