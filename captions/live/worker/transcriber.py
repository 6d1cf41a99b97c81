"""Transcribes one session: runs the decodes that `speech.live_text` asks for, and publishes and saves the results."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Literal

import structlog

from ... import metrics
from ...asr.engine.base import EngineError, Kind, Task
from ...asr.engine.realtime.stream import Streams
from ...commands.preview import previewed
from ...core.cancellation import cancel_and_wait
from ...protocol import messages
from ...speech.cleaning import CleaningKind
from ...speech.coverage import is_unclear
from ...speech.endpointing import EndpointSettings
from ...speech.listener import Listener
from ...speech.live_events import Output, Partial, Request, Row, Undecoded, Vanished
from ...speech.live_settings import LiveSettings
from ...speech.live_text import LiveText
from ...speech.origin import NO_ORIGIN, Origin
from ...speech.ring import RingError, Samples
from ...speech.types import Hypothesis, TimeRange
from ...transcripts.final_writer import FinalRecord
from .hearing import ByDecodes, Hearing, Recognises
from .row_writer import RowWriter
from .sound_cleaning import SoundCleaning
from .streamed import ByStream

log = structlog.get_logger(__name__)

_RETRY_SECONDS = 0.5
_LOOK_SECONDS = 0.02


def queue_name(session: str, *, shared: bool) -> str:
    """The name under which the recogniser queues the decodes of a session's microphone, or of its shared sound."""
    return f"{session}.shared" if shared else session


class Transcriber:
    """Takes the sound of one source (int16 mono 16 kHz, shape (n,)) and publishes partials, speech events and finals.

    The source is the session's microphone or, if `shared`, the sound that its browser shares.

    It requests one decode at a time. A finished utterance goes to `save`, and is published as a final once `saved`
    reports it.
    """

    def __init__(
        self,
        session: str,
        *,
        language: str,
        last_seq: int,
        listener: Listener,
        recogniser: Recognises,
        publish: Callable[[dict[str, Any]], None],
        save: Callable[[FinalRecord], None],
        endpoints: EndpointSettings | None = None,
        settings: LiveSettings | None = None,
        keeps_sound: bool = False,
        only_language: str = "",
        shared: bool = False,
        streams: Streams | None = None,
    ) -> None:
        """`language` is the speaker's choice, empty to detect it; `only_language` that of a monolingual model.

        With `streams` its sound is sent away as it comes.
        """
        self._session = session
        self._shared = shared
        self._only_language = only_language
        self._asked = language or only_language
        self._hotwords: tuple[str, ...] = ()
        self._obeys = False
        self._hops = 0
        self._listener = listener
        self._cleaning = SoundCleaning(session, listener, publish)
        self._publish = publish
        self._live = LiveText(endpoints, settings, start_ms=listener.clock_ms, detects=not self._asked)
        self._hearing: Hearing = ByDecodes(queue_name(session, shared=shared), listener, recogniser)
        if streams is not None:
            self._hearing = ByStream(streams, listener, self._live.voice, self._hearing)
        self._rows = RowWriter(
            session, last_seq=last_seq, publish=publish, save=save, keeps_sound=keeps_sound, shared=shared
        )
        # Without the stable words before it a short sound is easily misheard, so more is made of it then.
        self._kind: Kind = "partial" if (settings or LiveSettings()).prefixed else "final"
        self._log = log.bind(session=session)
        self._speaks = False
        # Speech that has stopped and may have text that was not told: its end, and when it was told to have stopped.
        self._stopped: deque[tuple[int, int]] = deque()
        self._records = keeps_sound
        self._heard_voice = False
        self._origin = NO_ORIGIN
        self._fell_back = ""
        self._decode: asyncio.Task[None] | None = None
        self._asked_ms = 0
        self._wait_until = 0.0
        self._closed = False
        self._all_decoded = asyncio.Event()
        self._all_decoded.set()

    @property
    def last_seq(self) -> int:
        """The `seq` of the last saved final."""
        return self._rows.last_seq

    @property
    def clock_ms(self) -> int:
        return self._listener.clock_ms

    @property
    def clock_samples(self) -> int:
        """The session's clock in samples."""
        return self._listener.clock_samples

    @property
    def waits(self) -> bool:
        """Whether more utterances may come of the sound so far, or are being saved."""
        return self._live.waits or self._rows.saves

    @property
    def decoded_ms(self) -> int:
        """The time up to which all speech is in finished utterances, on the session's clock."""
        return self._live.settled_ms

    @property
    def settled_ms(self) -> int | None:
        """The time up to which all speech is saved or noted as undecoded; None while an utterance is being saved."""
        return None if self._rows.saves else self.decoded_ms

    @property
    def speaking(self) -> bool:
        return self._live.speaking

    @property
    def behind_ms(self) -> int:
        """The sound since the decode that is running was requested, in milliseconds; 0 if none is running."""
        return self.clock_ms - self._asked_ms if self._is_decoding else 0

    @property
    def is_cleaning(self) -> bool:
        """Whether noise is being taken out of sound that was pushed."""
        return self._cleaning.is_busy

    @property
    def unfinished(self) -> int:
        """How many pieces of speech have ended and are not decoded to their end."""
        return self._live.unfinished

    @property
    def may_hold_words(self) -> bool:
        """Whether something may have been said that is not saved: some was lost, or a voice is recorded."""
        return self._rows.has_lost or (self._records and self._heard_voice)

    def take_undecoded(self) -> tuple[TimeRange, ...]:
        """The time ranges that could not be transcribed since the last call; empty where no sound is kept."""
        return self._rows.take_undecoded()

    def take_origin(self) -> Origin:
        """What wrote its text since the last call."""
        origin, self._origin = self._origin, NO_ORIGIN
        return origin

    def sound_changed(self, is_kept: bool) -> None:
        """Reports that the sound is no longer recorded, so nothing can be recovered from it; or again."""
        self._rows.keeps_sound = is_kept

    def speak_in(self, language: str) -> None:
        """Sets the speaker's language; empty to detect it. No effect if it is the current one."""
        language = language or self._only_language
        if language != self._asked:
            self._asked = language
            self._live.detects = not language
            self._live.forget()

    def listen_with(self, endpoints: EndpointSettings, hotwords: tuple[str, ...], hops: int = 0) -> None:
        """Changes the endpointing and the words to expect, from the next sound on.

        `hops` is how many servers like this one have passed the sound on.
        """
        self._hotwords, self._hops = hotwords, hops
        self._live.adopt(endpoints)

    def clean(self, kind: CleaningKind) -> None:
        """Sets whether noise is taken out of the sound that comes from now on, before it is decoded."""
        self._cleaning.choose(kind)

    def obey(self, obeys: bool) -> None:
        """Sets whether partials show the marks that are commanded, as the final writer will write them.

        What comes from the shared sound commands nothing.
        """
        self._obeys = obeys and not self._shared

    def go_on_from(self, text: str) -> None:
        """Takes a text as what was said before."""
        self._live.go_on_from(text)

    def be_patient(self, patient: bool) -> None:
        """Sets whether its decodes wait for those of all other sessions."""
        self._hearing.be_patient(patient)

    def push(self, samples: Samples) -> None:
        """Takes the next samples (int16, shape (n,)); never waits."""
        self._cleaning.take(samples)
        for scored in self._listener.push(samples):
            self._follow(self._live.hear(scored))
        self._hearing.follow(self._live.flows_since_ms, self._usual_task())
        self._go_on()

    def skip(self, samples: int) -> None:
        """Advances the session's clock by that many samples without sound."""
        self._listener.skip(samples)
        self._follow(self._live.skip(self.clock_ms))
        self._go_on()

    def flush(self) -> None:
        """Ends the open utterance: no more sound comes for now."""
        self._follow(self._live.flush())
        self._go_on()

    async def drained(self, seconds: float) -> bool:
        """Waits until every utterance is saved; False if that takes longer than `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._all_decoded.wait()
                await self._rows.all_saved()
        except TimeoutError:
            return False
        return True

    async def told(self, seconds: float) -> bool:
        """Waits until all text of the speech that has ended was told, whatever is said meanwhile; False if it takes
        longer than `seconds`.
        """
        ended_ms = self._live.ended_ms
        try:
            async with asyncio.timeout(seconds):
                while self._rows.saves or self.decoded_ms < ended_ms:  # noqa: ASYNC110
                    await asyncio.sleep(_LOOK_SECONDS)
        except TimeoutError:
            return False
        return True

    def sound(self, start_ms: int, end_ms: int) -> Samples:
        """A copy of the sound of its source between two times. Raises RingError where that is not in memory."""
        return self._listener.audio(start_ms, min(end_ms, self.clock_ms))

    def saved(self, record: FinalRecord, seq: int) -> bool:
        """Reports that a final is in Postgres: it is published. False if it is of an earlier worker."""
        is_own = self._rows.saved(record, seq)
        self._tell_settled()
        return is_own

    def refused(self, record: FinalRecord) -> None:
        """Reports that a final can never be saved."""
        self._rows.refused(record)
        self._tell_settled()

    async def close(self) -> None:
        """Cancels the current decode and requests no more."""
        self._closed = True
        await self._cleaning.close()
        if self._decode is not None:
            await cancel_and_wait([self._decode])
        await self._hearing.close()

    def _follow(self, outputs: list[Output]) -> None:
        for output in outputs:
            match output:
                case Partial():
                    stable, tentative = self._shown(output)
                    self._publish(
                        messages.partial(
                            utterance=str(output.key),
                            start_ms=output.start_ms,
                            stable=stable,
                            tentative=tentative,
                            shared=self._shared,
                            language=self._live.language,
                        )
                    )
                case Row():
                    for word in filter(is_unclear, output.words):
                        metrics.UNCLEAR.inc()
                        self._log.info("unclear_passage", start_ms=word.start_ms, end_ms=word.end_ms)
                    self._rows.write(output)
                case Undecoded():
                    self._rows.lost(output.range)
                case Vanished():
                    metrics.VANISHED.inc(output.words)
                    self._log.info("words_vanished", count=output.words, at_ms=self.clock_ms)
        if self._speaks != self._live.speaking:
            self._speaks = self._live.speaking
            self._heard_voice = True
            state: Literal["started", "stopped"] = "started" if self._speaks else "stopped"
            self._publish(messages.speech(state, self.clock_ms, shared=self._shared))
            if not self._speaks:
                self._stopped.append((self._live.ended_ms, self.clock_ms))
        if self._live.waits:
            self._all_decoded.clear()
        else:
            self._all_decoded.set()
        self._tell_settled()

    def _shown(self, partial: Partial) -> tuple[str, str]:
        if not self._obeys:
            return partial.stable, partial.tentative
        return previewed(partial.stable, partial.tentative, self._live.language or self._asked)

    def _tell_settled(self) -> None:
        """Says of speech that has stopped that all its text was told."""
        while self._stopped and not self._rows.saves and self.decoded_ms >= self._stopped[0][0]:
            _ended_ms, stopped_ms = self._stopped.popleft()
            self._publish(messages.settled(stopped_ms, shared=self._shared))

    def _go_on(self) -> None:
        """Requests the next decode, if there is something new to decode and none is running."""
        loop = asyncio.get_running_loop()
        if self._closed or self._is_decoding or loop.time() < self._wait_until:
            return
        request = self._live.request()
        if request is not None:
            self._asked_ms = self.clock_ms
            self._decode = asyncio.create_task(self._answer(request), name=f"decode-{self._session}")
            self._decode.add_done_callback(self._decoded)

    @property
    def _is_decoding(self) -> bool:
        return self._decode is not None and not self._decode.done()

    def _decoded(self, decode: asyncio.Task[None]) -> None:
        if decode.cancelled():
            return
        if (error := decode.exception()) is not None:
            self._log.error("decode_failed", exc_info=error)
            self._wait_until = asyncio.get_running_loop().time() + _RETRY_SECONDS
        wait = self._wait_until - asyncio.get_running_loop().time()
        # Without a timer nothing would retry once no more sound comes.
        if wait > 0:
            asyncio.get_running_loop().call_later(wait, self._try_again)
        else:
            self._go_on()

    def _try_again(self) -> None:
        # asyncio may call a timer slightly early.
        self._wait_until = 0.0
        self._go_on()

    async def _answer(self, request: Request) -> None:
        try:
            hypothesis = await self._hearing.decode(request, self._task(request))
        except (EngineError, RingError) as error:
            self._log.warning(
                "utterance_not_decoded", error=str(error), milliseconds=request.end_ms - request.start_ms
            )
            self._wait_until = asyncio.get_running_loop().time() + _RETRY_SECONDS
            self._follow(self._live.failed(request))
            return
        if hypothesis is not None:
            self._note(hypothesis)
            self._follow(self._live.take(request, hypothesis))

    def _note(self, hypothesis: Hypothesis) -> None:
        self._origin += Origin.of(hypothesis)
        if bool(hypothesis.fell_back) != bool(self._fell_back):
            if hypothesis.fell_back:
                self._log.warning("engine_fell_back", reason=hypothesis.fell_back)
            else:
                self._log.info("engine_is_back", writer=hypothesis.writer)
            self._fell_back = hypothesis.fell_back

    def _usual_task(self) -> Task:
        return Task(self._kind, self._asked, hotwords=self._hotwords, hops=self._hops)

    def _task(self, request: Request) -> Task:
        before = self._live.language
        # The language is detected again at the beginning of each window, and where the current one fits badly.
        language = self._asked or (before if request.prefix or request.row else "")
        return Task(
            self._kind,
            language,
            request.prompt,
            likely=(request.likely,) if request.likely and not self._asked else (),
            hotwords=self._hotwords,
            prefix=request.prefix,
            new_ms=request.new_ms,
            voice_ms=request.voice_ms,
            careful=request.urgent,
            hops=self._hops,
        )
