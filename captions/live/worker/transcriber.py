"""One session's way from sound to text: has decoded what `speech.live_text` asks for, and tells what came of it."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

import structlog

from ... import metrics
from ...asr.engine.base import EngineError, Task
from ...core.cancellation import cancel_and_wait
from ...protocol import messages
from ...speech.coverage import is_unclear
from ...speech.endpointing import EndpointSettings
from ...speech.listener import Listener
from ...speech.live_events import Output, Partial, Request, Row, Undecoded, Vanished
from ...speech.live_settings import LiveSettings
from ...speech.live_text import LiveText
from ...speech.ring import RingError, Samples
from ...speech.types import Hypothesis, TimeRange
from ...transcripts.final_writer import FinalRecord
from .row_writer import RowWriter

log = structlog.get_logger(__name__)

_RETRY_SECONDS = 0.5


class Recognises(Protocol):
    """What a transcriber needs of a recogniser: see `Recogniser.decode`."""

    async def decode(
        self, session: str, audio: Samples, task: Task, *, urgent: bool = False
    ) -> Hypothesis | None: ...


class Transcriber:
    """Takes a session's 16 kHz sound and tells its watchers what is said.

    One decode of the session is asked for at a time. Sentences that are done are handed to `save` and told once
    `saved` reports them.
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
    ) -> None:
        """`language` is what the speaker chose, empty where that is none; `only_language` all that a model knows."""
        self._session = session
        self._only_language = only_language
        self._asked = language or only_language
        self._hotwords: tuple[str, ...] = ()
        self._listener = listener
        self._recogniser = recogniser
        self._publish = publish
        self._live = LiveText(endpoints, settings, start_ms=listener.clock_ms, detects=not self._asked)
        self._rows = RowWriter(
            session, last_seq=last_seq, publish=publish, save=save, keeps_sound=keeps_sound
        )
        self._log = log.bind(session=session)
        self._speaks = False
        self._decode: asyncio.Task[None] | None = None
        self._wait_until = 0.0
        self._closed = False
        self._all_decoded = asyncio.Event()
        self._all_decoded.set()

    @property
    def last_seq(self) -> int:
        """The `seq` of the last final that is saved."""
        return self._rows.last_seq

    @property
    def clock_ms(self) -> int:
        return self._listener.clock_ms

    @property
    def decoded_ms(self) -> int:
        """Up to here of the session all that was said is in sentences that are done."""
        return self._live.settled_ms

    @property
    def settled_ms(self) -> int | None:
        """Up to here all that was said is saved, was nothing or is undecoded; None while something is being saved."""
        return None if self._rows.saves else self.decoded_ms

    @property
    def speaking(self) -> bool:
        return self._live.speaking

    def take_undecoded(self) -> tuple[TimeRange, ...]:
        """What could not be written down since the last time, where its sound is kept."""
        return self._rows.take_undecoded()

    def sound_lost(self) -> None:
        """From now on no sound is kept."""
        self._rows.keeps_sound = False

    def speak_in(self, language: str) -> None:
        """The speaker chose a language, or with an empty one none; the same again changes nothing."""
        language = language or self._only_language
        if language != self._asked:
            self._asked = language
            self._live.detects = not language
            self._live.forget()

    def listen_with(self, endpoints: EndpointSettings, hotwords: tuple[str, ...]) -> None:
        """How the speaker wants to be listened to, and words to expect: at once."""
        self._hotwords = hotwords
        self._live.adopt(endpoints)

    def push(self, samples: Samples) -> None:
        """Takes the next sound; never waits."""
        for scored in self._listener.push(samples):
            self._follow(self._live.hear(scored))
        self._go_on()

    def skip(self, samples: int) -> None:
        """Lets time pass of which there is no sound."""
        self._listener.skip(samples)
        self._follow(self._live.skip(self.clock_ms))
        self._go_on()

    def flush(self) -> None:
        """Closes the open sentence: nothing more is said for now."""
        self._follow(self._live.flush())
        self._go_on()

    async def drained(self, seconds: float) -> bool:
        """Waits until every sentence is saved; False if that takes longer than `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._all_decoded.wait()
                await self._rows.all_saved()
        except TimeoutError:
            return False
        return True

    def saved(self, record: FinalRecord, seq: int) -> None:
        """A final is in Postgres: now it is shown as saved."""
        self._rows.saved(record, seq)

    def refused(self, record: FinalRecord) -> None:
        """A final can never be saved."""
        self._rows.refused(record)

    async def close(self) -> None:
        """Asks for nothing any more."""
        self._closed = True
        if self._decode is not None:
            await cancel_and_wait([self._decode])

    def _follow(self, outputs: list[Output]) -> None:
        for output in outputs:
            match output:
                case Partial():
                    self._publish(
                        messages.partial(
                            utterance=str(output.key),
                            start_ms=output.start_ms,
                            stable=output.stable,
                            tentative=output.tentative,
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
            self._publish(messages.speech("started" if self._speaks else "stopped", self.clock_ms))
        if self._live.waits:
            self._all_decoded.clear()
        else:
            self._all_decoded.set()

    def _go_on(self) -> None:
        """Asks for the next decode, if there is something new to decode and none is being done."""
        loop = asyncio.get_running_loop()
        if (
            self._closed
            or (self._decode is not None and not self._decode.done())
            or loop.time() < self._wait_until
        ):
            return
        request = self._live.request()
        if request is not None:
            self._decode = asyncio.create_task(self._answer(request), name=f"decode-{self._session}")
            self._decode.add_done_callback(self._decoded)

    def _decoded(self, decode: asyncio.Task[None]) -> None:
        if decode.cancelled():
            return
        if (error := decode.exception()) is not None:
            self._log.error("decode_failed", exc_info=error)
            self._wait_until = asyncio.get_running_loop().time() + _RETRY_SECONDS
        wait = self._wait_until - asyncio.get_running_loop().time()
        # Where no more sound comes nothing else would.
        if wait > 0:
            asyncio.get_running_loop().call_later(wait, self._try_again)
        else:
            self._go_on()

    def _try_again(self) -> None:
        # A timer may come a moment early.
        self._wait_until = 0.0
        self._go_on()

    async def _answer(self, request: Request) -> None:
        try:
            audio = self._listener.audio(request.start_ms, request.end_ms)
            hypothesis = await self._recogniser.decode(
                self._session, audio, self._task(request), urgent=request.urgent
            )
        except (EngineError, RingError) as error:
            self._log.warning(
                "utterance_not_decoded", error=str(error), milliseconds=request.end_ms - request.start_ms
            )
            self._wait_until = asyncio.get_running_loop().time() + _RETRY_SECONDS
            self._follow(self._live.failed(request))
            return
        if hypothesis is not None:
            self._follow(self._live.take(request, hypothesis))

    def _task(self, request: Request) -> Task:
        before = self._live.language
        # Which language it is, is asked again at the beginning of each window, and where the words are strange.
        language = self._asked or (before if request.prefix or request.row else "")
        return Task(
            "partial",
            language,
            request.prompt,
            likely=(request.likely,) if request.likely and not self._asked else (),
            hotwords=self._hotwords,
            prefix=request.prefix,
            new_ms=request.new_ms,
            voice_ms=request.voice_ms,
            careful=request.urgent,
        )
