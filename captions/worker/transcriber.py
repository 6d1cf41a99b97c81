"""One session's way from sound to text: the listener's events become partials and finals."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import structlog

from .. import messages
from ..engines.base import EngineError, Task
from ..recogniser.recogniser import Recogniser
from ..speech.agreement import Agreement, Tail
from ..speech.cadence import Cadence
from ..speech.context import Context
from ..speech.endpointing import EndpointSettings
from ..speech.events import Event, SilenceBegan, SpeechEnded, SpeechResumed, SpeechStarted, Voice
from ..speech.filter import accept_partial
from ..speech.listener import Listener
from ..speech.ring import Samples
from ..speech.sentences import SentenceEnds
from ..speech.speculation import Speculation
from ..speech.types import SAMPLE_RATE, SAMPLES_PER_MS, Hypothesis
from ..stretches import Stretch
from ..transcripts.recording import FinalRecord
from .cancelling import end
from .early_final import EarlyFinal, sound_so_far
from .finals import Finals, Spoken

log = structlog.get_logger(__name__)

_SPLIT_SILENCE = SAMPLE_RATE * 3 // 10
# How far a border of words may be from where the model's attention puts it.
_BORDER_MS = 50
# An utterance that was not noticed yet begins no further back than this: its prefix, and the voice that opens it.
_REACH_MS = 3_000


@dataclass(slots=True)
class _Utterance:
    """An utterance that someone is speaking. Its partials are decoded from `start`, a sample of the session."""

    start: int
    agreement: Agreement = field(default_factory=Agreement)
    key: uuid.UUID = field(default_factory=uuid.uuid4)
    last_partial_ms: int | None = None
    shown: Tail = field(default_factory=Tail)
    silent_since: int | None = None
    split_at: int | None = None
    early: EarlyFinal | None = None


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
        keeps_sound: bool = False,
    ) -> None:
        self._session = session
        self._asked = language
        self._listener = listener
        self._recogniser = recogniser
        self._tell = tell
        self._cadence = cadence or Cadence()
        self._speculation = speculation or Speculation()
        self._sentence_ends = sentence_ends
        # How long the last partial took, from asking to answer.
        self._partial_seconds: float | None = None
        self._log = log.bind(session=session)
        self._open: _Utterance | None = None
        # The utterance that was split last, until the one that goes on there begins.
        self._split_off: _Utterance | None = None
        self._partial: asyncio.Task[None] | None = None
        self._early: set[asyncio.Task[Hypothesis | None]] = set()
        self._finals = Finals(
            session,
            language=language,
            last_seq=last_seq,
            recogniser=recogniser,
            tell=tell,
            save=save,
            context=context,
            sentence_ends=sentence_ends,
            keeps_sound=keeps_sound,
        )

    @property
    def last_seq(self) -> int:
        """The `seq` of the last final that is saved."""
        return self._finals.last_seq

    @property
    def clock_ms(self) -> int:
        return self._listener.clock_ms

    @property
    def decoded_ms(self) -> int:
        """Up to here of the session no utterance is open, or waits for its decode."""
        if self._open is not None or self._finals.decodes:
            return self._finals.decoded_ms
        return max(self._finals.decoded_ms, self.clock_ms - _REACH_MS)

    @property
    def settled_ms(self) -> int | None:
        """Up to here all that was said is saved, was nothing or is undecoded; None while something is being saved."""
        return None if self._finals.saves else self.decoded_ms

    def take_undecoded(self) -> tuple[Stretch, ...]:
        """The utterances that could not be written down since the last time, where their sound is kept."""
        return self._finals.take_undecoded()

    def sound_lost(self) -> None:
        """From now on no sound is kept."""
        self._finals.sound_lost()

    @property
    def speaking(self) -> bool:
        return self._open is not None

    def speak_in(self, language: str) -> None:
        """The speaker chose a language, or with an empty one none; the same again changes nothing."""
        if language != self._asked:
            self._asked = language
            self._finals.speak_in(language)

    def listen_with(self, endpoints: EndpointSettings, hotwords: tuple[str, ...]) -> None:
        """How the speaker wants to be listened to: utterances from the next one on, words to expect at once."""
        self._finals.hotwords = hotwords
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
                await self._finals.drained()
        except TimeoutError:
            return False
        return True

    def saved(self, record: FinalRecord, seq: int) -> None:
        """A final is in Postgres: now it is shown as saved."""
        self._finals.saved(record, seq)

    def refused(self, record: FinalRecord) -> None:
        """A final can never be saved."""
        self._finals.refused(record)

    async def close(self) -> None:
        await self._finals.close()
        await end(task for task in (self._partial, *self._early) if task is not None)

    def _follow(self, events: list[Event]) -> None:
        for event in events:
            match event:
                case SpeechStarted(start_sample=start):
                    self._begin_utterance(start)
                case SilenceBegan():
                    self._expect_end(event)
                case SpeechResumed():
                    self._go_on()
                case SpeechEnded():
                    self._end_utterance(event)

    def _begin_utterance(self, start: int) -> None:
        self._tell(messages.speech("started", start // SAMPLES_PER_MS))
        self._open = _Utterance(start)
        before, self._split_off = self._split_off, None
        if before is not None and before.split_at == start:
            # What was shown behind the split stays where it is, and is on the page once.
            self._open.agreement = before.agreement.split(start // SAMPLES_PER_MS)
            self._show(before, before.agreement.tail)
            self._show(self._open, self._open.agreement.tail)

    def _expect_end(self, silence: SilenceBegan) -> None:
        """The utterance may be over: has its final decoded now, and shows that as soon as it is there."""
        utterance = self._open
        if utterance is None:
            return
        utterance.silent_since = silence.at_sample
        if not self._speculation.worth(final_seconds=self._finals.seconds):
            return
        utterance.early = EarlyFinal(
            self._recogniser,
            self._session,
            self._finals.task(utterance.start),
            utterance.agreement,
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
            utterance.split_at = end.end_sample
            self._split_off = utterance
        early = utterance.early
        if early is not None and early.covers(end):
            early.confirm()
        elif early is not None:
            early.drop("resumed")
            early = None
        self._finals.put(Spoken(utterance.key, utterance.agreement, end, audio, early))

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
            heard = await self._recogniser.decode(
                self._session, audio, Task("partial", self._finals.language)
            )
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
            words = accepted.shifted(utterance.start // SAMPLES_PER_MS)
            tail = utterance.agreement.update(words, audio_end_ms=end // SAMPLES_PER_MS)
            self._show(utterance, tail)
            if tail.stable_words and tail.tentative_words:
                # Every word that is stable stays in the utterance, so that a split changes none.
                since = tail.stable_words[-1].end_ms - _BORDER_MS
                until = tail.tentative_words[0].start_ms + _BORDER_MS
                self._follow(self._listener.border(since * SAMPLES_PER_MS, until * SAMPLES_PER_MS))

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
