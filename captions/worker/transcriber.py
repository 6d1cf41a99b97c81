"""One session's way from sound to text: the listener's events become partials and finals."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import numpy as np
import structlog

from .. import messages, metrics
from ..engines.base import EngineError, Task
from ..recogniser.recogniser import Recogniser
from ..speech.agreement import Agreement, Tail
from ..speech.cadence import Cadence
from ..speech.context import Context
from ..speech.endpointing import EndpointSettings
from ..speech.events import Event, SilenceBegan, SpeechEnded, SpeechResumed, SpeechStarted, Voice
from ..speech.filter import accept_final, accept_partial
from ..speech.listener import Listener
from ..speech.ring import Samples
from ..speech.sentences import SentenceEnds
from ..speech.speculation import Speculation
from ..speech.types import SAMPLE_RATE, SAMPLES_PER_MS, Hypothesis, Word, join
from ..transcripts.recording import FinalRecord, RecorderFullError
from .cancelling import end
from .early_final import EarlyFinal, sound_so_far

log = structlog.get_logger(__name__)

# Utterances of one session that wait for their final decode: minutes of speech, a few MB.
_WAITING_FINALS = 32
_SPLIT_SILENCE = SAMPLE_RATE * 3 // 10
# How sure the engine must be of the language of a final to hold on to it for the rest of the session.
_LANGUAGE_CERTAINTY = 0.7


@dataclass(slots=True)
class _Utterance:
    """An utterance that someone is speaking. Its partials are decoded from `start`, a sample of the session."""

    start: int
    agreement: Agreement = field(default_factory=Agreement)
    key: uuid.UUID = field(default_factory=uuid.uuid4)
    last_partial_ms: int | None = None
    shown: Tail = field(default_factory=Tail)
    silent_since: int | None = None
    early: EarlyFinal | None = None


@dataclass(frozen=True, slots=True)
class _Spoken:
    """An utterance that is over, with its sound."""

    key: uuid.UUID
    agreement: Agreement
    end: SpeechEnded
    audio: Samples
    early: EarlyFinal | None


class Transcriber:
    """Takes a session's 16 kHz sound and tells its watchers what is said.

    Finals are decoded one after the other, handed to `save` and told once `saved` reports them. At most one partial
    is in the recogniser's queue; its answer is void when the utterance is over by then. When silence begins the final
    is decoded ahead: it is there when the utterance is known to be over, and thrown away if speech resumes.
    """

    def __init__(
        self,
        session: str,
        *,
        language: str,
        last_seq: int,
        listener: Listener,
        recogniser: Recogniser,
        tell: Callable[[dict[str, Any]], None],
        save: Callable[[FinalRecord], None],
        cadence: Cadence | None = None,
        speculation: Speculation | None = None,
        context: Context | None = None,
        sentence_ends: SentenceEnds | None = None,
    ) -> None:
        self.last_seq = last_seq
        self._session = session
        self._asked = self._language = language
        self._hotwords: tuple[str, ...] = ()
        self._listener = listener
        self._recogniser = recogniser
        self._tell = tell
        self._save = save
        self._cadence = cadence or Cadence()
        self._speculation = speculation or Speculation()
        self._context = context
        self._sentence_ends = sentence_ends
        # How long the last decode of each kind took, from asking to answer.
        self._final_seconds: float | None = None
        self._partial_seconds: float | None = None
        self._log = log.bind(session=session)
        self._open: _Utterance | None = None
        self._partial: asyncio.Task[None] | None = None
        self._spoken: asyncio.Queue[_Spoken] = asyncio.Queue(_WAITING_FINALS)
        self._early: set[asyncio.Task[Hypothesis | None]] = set()
        self._unsaved: dict[uuid.UUID, FinalRecord] = {}
        self._all_saved = asyncio.Event()
        self._all_saved.set()
        self._finals = asyncio.create_task(self._decode_finals(), name=f"finals-{session}")

    @property
    def clock_ms(self) -> int:
        return self._listener.clock_ms

    @property
    def speaking(self) -> bool:
        return self._open is not None

    def speak_in(self, language: str) -> None:
        """The speaker chose a language, or with an empty one none; the same again changes nothing."""
        if language != self._asked:
            self._asked = self._language = language
            if self._context is not None:
                self._context.forget()

    def listen_with(self, endpoints: EndpointSettings, hotwords: tuple[str, ...]) -> None:
        """How the speaker wants to be listened to: utterances from the next one on, words to expect at once."""
        self._hotwords = hotwords
        self._listener.adopt(endpoints)
        if self._sentence_ends is not None:
            self._sentence_ends.adopt(endpoints.silence_ms)

    def push(self, samples: Samples) -> None:
        """Takes the next sound; never waits."""
        self._follow(self._listener.push(samples))
        self._consider_partial()

    def skip(self, samples: int) -> None:
        """Lets time pass of which there is no sound."""
        self._follow(self._listener.skip(samples))

    def flush(self) -> None:
        """Closes the open utterance: nothing more is said for now."""
        self._follow(self._listener.flush())

    async def drained(self, seconds: float) -> bool:
        """Waits until every utterance is saved; False if that takes longer than `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._spoken.join()
                await self._all_saved.wait()
        except TimeoutError:
            return False
        return True

    def saved(self, record: FinalRecord, seq: int) -> None:
        """A final is in Postgres: now it is shown as saved."""
        self.last_seq = max(self.last_seq, seq)
        self._settle(record)
        self._tell(
            messages.final(
                seq=seq,
                utterance=str(record.key),
                start_ms=record.start_ms,
                end_ms=record.end_ms,
                text=record.text,
                words=[asdict(word) for word in record.words],
                confidence=record.confidence,
                language=record.language,
            )
        )

    def refused(self, record: FinalRecord) -> None:
        """A final can never be saved."""
        self._settle(record)
        self._lost(record.key, record.start_ms * SAMPLES_PER_MS)

    async def close(self) -> None:
        await end(task for task in (self._finals, self._partial, *self._early) if task is not None)

    def _follow(self, events: list[Event]) -> None:
        for event in events:
            match event:
                case SpeechStarted(start_sample=start):
                    self._open = _Utterance(start)
                    self._tell(messages.speech("started", start // SAMPLES_PER_MS))
                case SilenceBegan():
                    self._expect_end(event)
                case SpeechResumed():
                    self._go_on()
                case SpeechEnded():
                    self._end_utterance(event)

    def _expect_end(self, silence: SilenceBegan) -> None:
        """The utterance may be over: has its final decoded now, and shows that as soon as it is there."""
        utterance = self._open
        if utterance is None:
            return
        utterance.silent_since = silence.at_sample
        if not self._speculation.worth(final_seconds=self._final_seconds):
            return
        utterance.early = EarlyFinal(
            self._recogniser,
            self._session,
            self._final_task(utterance.start),
            start=utterance.start,
            silence=silence,
            audio=sound_so_far(self._listener, utterance.start, silence.end_sample),
            on_heard=partial(self._heard_so_far, utterance, silence.end_sample),
        )
        self._early.add(utterance.early.answer)
        utterance.early.answer.add_done_callback(self._early.discard)

    def _go_on(self) -> None:
        utterance = self._open
        if utterance is None:
            return
        utterance.silent_since = None
        if utterance.early is not None:
            utterance.early.drop("resumed")
            utterance.early = None

    def _end_utterance(self, end: SpeechEnded) -> None:
        utterance, self._open = self._open, None
        if utterance is None:
            return
        self._tell(messages.speech("stopped", end.end_sample // SAMPLES_PER_MS))
        audio = self._listener.audio(end.start_sample, end.end_sample)
        if end.reason in ("soft", "hard"):
            # Speech goes on, but a model takes sound that stops abruptly for half a sentence.
            audio = np.concatenate([audio, np.zeros(_SPLIT_SILENCE, np.int16)])
        early = utterance.early
        if early is not None and early.covers(end):
            self._recogniser.confirm(self._session)
        elif early is not None:
            early.drop("resumed")
            early = None
        try:
            self._spoken.put_nowait(_Spoken(utterance.key, utterance.agreement, end, audio, early))
        except asyncio.QueueFull:
            if early is not None:
                early.drop("lost")
            metrics.DROPS.labels("utterance").inc()
            self._log.error("utterance_dropped", waiting=_WAITING_FINALS)
            self._lost(utterance.key, utterance.start)

    def _consider_partial(self) -> None:
        utterance, voiced = self._open, self._listener.open_voice_start
        if utterance is None or voiced is None:
            return
        if utterance.early is not None and not utterance.early.let_go:
            return  # It says all that a partial could.
        in_flight = self._partial is not None and not self._partial.done()
        if self._cadence.due(
            self.clock_ms,
            open_since_ms=voiced // SAMPLES_PER_MS,
            last_ms=utterance.last_partial_ms,
            in_flight=in_flight,
            partial_seconds=self._partial_seconds,
            backlog_seconds=self._recogniser.backlog_seconds,
        ):
            utterance.last_partial_ms = self.clock_ms
            end = self._listener.clock_samples
            audio = self._listener.audio(utterance.start, end)
            self._partial = asyncio.create_task(self._decode_partial(utterance, end, audio))

    async def _decode_partial(self, utterance: _Utterance, end: int, audio: Samples) -> None:
        clock = asyncio.get_running_loop()
        started = clock.time()
        try:
            heard = await self._recogniser.decode(self._session, audio, Task("partial", self._language))
        except EngineError as error:
            self._log.warning("partial_failed", error=str(error))
            return
        if heard is not None:
            self._partial_seconds = clock.time() - started
            self._heard_so_far(utterance, end, heard)

    def _heard_so_far(self, utterance: _Utterance, end: int, heard: Hypothesis) -> None:
        if utterance is not self._open:
            return
        accepted = accept_partial(heard, Voice(0, (end - utterance.start) // SAMPLES_PER_MS))
        if accepted is not None:
            if self._sentence_ends and utterance.silent_since is not None and end > utterance.silent_since:
                self._listener.expect(self._sentence_ends.silence_ms(accepted.text))
            words = _in_session(accepted, utterance.start)
            self._show(utterance, utterance.agreement.update(words, audio_end_ms=end // SAMPLES_PER_MS))

    def _show(self, utterance: _Utterance, tail: Tail) -> None:
        if tail != utterance.shown:
            utterance.shown = tail
            self._tell(
                messages.partial(
                    utterance=str(utterance.key),
                    start_ms=utterance.start // SAMPLES_PER_MS,
                    stable=tail.stable,
                    tentative=tail.tentative,
                )
            )

    async def _decode_finals(self) -> None:
        while True:
            spoken = await self._spoken.get()
            try:
                await self._decode_final(spoken)
            except Exception:
                self._log.exception("final_failed")
                self._lost(spoken.key, spoken.end.start_sample)
            finally:
                self._spoken.task_done()

    async def _decode_final(self, spoken: _Spoken) -> None:
        """Saves the careful decode of an utterance; should the engine fail for good, what was shown of it."""
        task = self._final_task(spoken.end.start_sample)
        language = task.language
        try:
            heard = await self._decode_or_take(spoken, task)
        except EngineError as error:
            self._log.error("final_not_decoded", error=str(error))
            words = spoken.agreement.force().stable_words
            if not words:
                self._lost(spoken.key, spoken.end.start_sample)
                return
        else:
            accepted = None if heard is None else accept_final(heard, spoken.end.voice)
            if heard is not None and self._context is not None:
                self._context.heard(heard, accepted, end_ms=spoken.end.end_sample // SAMPLES_PER_MS)
            if accepted is None:
                self._take_off(spoken.key, spoken.end.start_sample)
                return
            words, language = _in_session(accepted, spoken.end.start_sample), accepted.language
            if not self._language and accepted.language_probability >= _LANGUAGE_CERTAINTY:
                self._language = accepted.language
            if not spoken.agreement.kept_by(words):
                metrics.CORRECTED_FINALS.inc()
        if self._sentence_ends is not None:
            self._sentence_ends.learn(join(words))
        self._keep(spoken, words, language)

    async def _decode_or_take(self, spoken: _Spoken, task: Task) -> Hypothesis | None:
        """What was decoded ahead, if that is still right, or a decode of the whole. Raises EngineError."""
        if spoken.early is not None:
            heard = await spoken.early.heard(task)
            if heard is not None:
                self._final_seconds = spoken.early.seconds
                return heard
        clock = asyncio.get_running_loop()
        started = clock.time()
        heard = await self._recogniser.decode(self._session, spoken.audio, task)
        self._final_seconds = clock.time() - started
        return heard

    def _final_task(self, start: int) -> Task:
        prompt = "" if self._context is None else self._context.prompt(start_ms=start // SAMPLES_PER_MS)
        # Partials do without: they are quick and greedy, and what a model is told costs them time and sometimes words.
        return Task("final", self._language, prompt, hotwords=self._hotwords)

    def _keep(self, spoken: _Spoken, words: tuple[Word, ...], language: str) -> None:
        record = FinalRecord(
            session_id=uuid.UUID(self._session),
            key=spoken.key,
            start_ms=words[0].start_ms,
            end_ms=max(words[-1].end_ms, words[0].start_ms + 1),
            text=join(words),
            words=words,
            confidence=sum(word.probability for word in words) / len(words),
            language=language,
        )
        self._unsaved[record.key] = record
        self._all_saved.clear()
        try:
            self._save(record)
        except RecorderFullError:
            self._unsaved.pop(record.key)
            self._log.error("final_not_kept")
            self._lost(spoken.key, spoken.end.start_sample)

    def _take_off(self, key: uuid.UUID, start: int) -> None:
        """Nothing was said after all."""
        start_ms = start // SAMPLES_PER_MS
        self._tell(messages.partial(utterance=str(key), start_ms=start_ms, stable="", tentative=""))

    def _settle(self, record: FinalRecord) -> None:
        self._unsaved.pop(record.key, None)
        if not self._unsaved:
            self._all_saved.set()

    def _lost(self, key: uuid.UUID, start: int) -> None:
        self._take_off(key, start)
        sentence = "The server could not write down the last sentence. Say it again."
        self._tell(messages.error("not_transcribed", sentence))


def _in_session(heard: Hypothesis, start: int) -> tuple[Word, ...]:
    """The words on the session's clock."""
    return tuple(word.shifted(start // SAMPLES_PER_MS) for word in heard.words)
