"""Has live speech decoded by a service that gets it while it is spoken: each sound is sent once.

What `speech.live_text` asks for is then known already, or comes soon after a commit: the text of a window is put
together from that of its pieces, each the sound between two commits. A piece whose stream was lost is sent once more,
from the ring; if that one is lost, too, the window is decoded as if there were no streams.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog

from ... import metrics
from ...asr.engine.base import EngineError, Task
from ...asr.engine.openai.answer import Answer
from ...asr.engine.openai.remote import hypothesis_of
from ...asr.engine.openai.service import Service
from ...asr.engine.openai.timing import words_of
from ...asr.engine.openai.trying import RefusedFormError
from ...asr.engine.realtime.events import Wish
from ...asr.engine.realtime.stream import Stream, Streams
from ...speech.listener import Listener
from ...speech.live_events import Request
from ...speech.types import Hypothesis, TimeRange, Word
from .hearing import Hearing

log = structlog.get_logger(__name__)

_PIECE_MS = 100
# Longer than any window.
_REMEMBERED_MS = 60_000
_MOST_LOSSES = 2

Voice = Callable[[int, int], Sequence[TimeRange]]


class ByStream:
    """`voice` finds the ranges of voice between two times of the session; `otherwise` decodes what no stream does."""

    def __init__(self, streams: Streams, listener: Listener, voice: Voice, otherwise: Hearing) -> None:
        self._streams = streams
        self._listener = listener
        self._voice = voice
        self._otherwise = otherwise
        self._stream: Stream | None = None
        self._wish: Wish | None = None
        # Everything before has its words here, or is no business of a stream.
        self._known_ms = listener.clock_ms
        # What is on its way: from `_piece_ms` up to `_sent_ms`.
        self._piece_ms = self._sent_ms = self._known_ms
        self._words: list[Word] = []
        self._shown = ""
        self._losses = 0
        self._lost_until_ms = 0
        self._is_live = self._is_live_stream = True
        self._uncounted_ms = 0
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def _service(self) -> Service:
        return self._streams.service

    @property
    def _has_sent(self) -> bool:
        """Whether something is on its way of which the text is not known."""
        return self._sent_ms > self._known_ms

    def follow(self, since_ms: int | None, task: Task) -> None:
        if since_ms is None:
            return
        if self._losses >= _MOST_LOSSES and since_ms >= self._lost_until_ms > 0:
            # What could not be had is not asked for any more.
            self._skip_to(since_ms)
        if (stream := self._stream) is not None and stream.lost is not None:
            self._lose(stream.lost)
        if self._listener.clock_ms - max(since_ms, self._sent_ms) >= _PIECE_MS:
            self._send(since_ms, self._listener.clock_ms, task)

    def be_patient(self, patient: bool) -> None:
        self._is_live = not patient
        self._otherwise.be_patient(patient)

    async def decode(self, request: Request, task: Task) -> Hypothesis | None:
        if request.check or request.again is not None:
            return await self._otherwise.decode(request, task)
        if not request.urgent and request.row is None:
            return self._draft(request, task)
        if request.end_ms <= self._known_ms or request.row is not None:
            return self._of_words(request, task, Answer(""))
        while self._losses < _MOST_LOSSES:
            self._send(request.start_ms, request.end_ms, task)
            if (stream := self._stream) is None:
                break
            piece_ms, until_ms = self._piece_ms, self._sent_ms
            try:
                answer = await stream.commit()
            except EngineError as error:
                if stream is self._stream:
                    self._lose(error, may_try_again=stream.lost is not None)
            else:
                return self._take(request, task, answer, piece_ms, until_ms)
        self._lost_until_ms = request.end_ms
        return await self._decode_otherwise(request, task)

    async def close(self) -> None:
        if self._stream is not None:
            self._close(self._stream)
        while self._closing:
            await asyncio.wait(self._closing)
        await self._otherwise.close()

    def _send(self, since_ms: int, until_ms: int, task: Task) -> None:
        """Sends the sound up to a time, as far as that was not done, if there is a stream for it."""
        # What is said before is known to the service.
        task = replace(task, prompt="")
        if self._losses >= _MOST_LOSSES or (start_ms := max(since_ms, self._sent_ms)) >= until_ms:
            return
        if self._stream is not None and self._is_live != self._is_live_stream and not self._has_sent:
            self._leave()
        if self._stream is None:
            self._stream = self._streams.open(task, is_live=self._is_live)
            self._wish, self._is_live_stream = self._streams.wish(task), self._is_live
        if self._stream is None or self._stream.lost is not None:
            return
        wish = self._streams.wish(task)
        if wish != self._wish:
            self._wish = wish
            self._stream.adapt(wish)
        if not self._has_sent:
            self._piece_ms = start_ms
        self._stream.push(self._listener.audio(start_ms, until_ms))
        self._sent_ms = until_ms

    def _take(self, request: Request, task: Task, answer: Answer, piece_ms: int, until_ms: int) -> Hypothesis:
        self._streams.worked()
        self._losses = self._lost_until_ms = 0
        self._shown = ""
        language = task.language or answer.language
        self._words += self._timed(answer, language, piece_ms, until_ms)
        self._known_ms = max(self._known_ms, until_ms)
        self._piece_ms = max(self._piece_ms, until_ms)
        earliest_ms = self._known_ms - _REMEMBERED_MS
        self._words = [word for word in self._words if word.end_ms > earliest_ms]
        return self._of_words(request, task, answer)

    def _timed(self, answer: Answer, language: str, start_ms: int, end_ms: int) -> list[Word]:
        """The words of an answer on the clock of the session."""

        def voice() -> list[TimeRange]:
            return [each.shifted(-start_ms) for each in self._voice(start_ms, end_ms)]

        words = words_of(answer, language, max(1, end_ms - start_ms), voice)
        return [word.shifted(start_ms) for word in words]

    def _of_words(self, request: Request, task: Task, answer: Answer) -> Hypothesis:
        """What is known of the sound of a request, of which `answer` is the last piece."""
        length_ms = max(1, request.end_ms - request.start_ms)
        found = hypothesis_of(self._service, task, answer, length_ms, list, sent_ms=self._counted())
        return replace(found, words=self._known(request))

    def _known(self, request: Request) -> tuple[Word, ...]:
        """The words whose middle is not before the request, on its clock; for a row, not after it either."""
        return tuple(
            word.shifted(-request.start_ms)
            for word in self._words
            if word.start_ms + word.end_ms >= 2 * request.start_ms
            and (request.row is None or word.start_ms + word.end_ms < 2 * request.end_ms)
        )

    def _draft(self, request: Request, task: Task) -> Hypothesis | None:
        """The text so far, if there is some that was not shown."""
        text = self._stream.draft if self._stream is not None and self._stream.lost is None else ""
        if not text or text == self._shown:
            return None
        self._shown = text
        words = self._timed(Answer(text), task.language, self._piece_ms, max(self._sent_ms, request.end_ms))
        drafted = tuple(word.shifted(-request.start_ms) for word in words)
        heard = self._of_words(request, task, Answer(""))
        return replace(heard, words=(*heard.words, *drafted), is_draft=True)

    def _lose(self, error: EngineError, *, may_try_again: bool = True) -> None:
        """Gives up the stream; what it has not answered is to be sent again."""
        if self._has_sent:
            log.warning("stream_lost", error=str(error), retryable=error.retryable)
            self._streams.failed(error)
            may_try_again &= error.retryable or isinstance(error, RefusedFormError)
            self._losses = self._losses + 1 if may_try_again else _MOST_LOSSES
        self._sent_ms = self._piece_ms = self._known_ms
        self._shown = ""
        self._leave()

    def _leave(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            self._uncounted_ms += stream.take_sent_ms()
            self._close(stream)

    def _close(self, stream: Stream) -> None:
        closing = asyncio.create_task(stream.close(), name="close-stream")
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    async def _decode_otherwise(self, request: Request, task: Task) -> Hypothesis | None:
        heard = await self._otherwise.decode(request, task)
        if heard is not None:
            self._words = [word for word in self._words if word.start_ms + word.end_ms < 2 * request.start_ms]
            self._words += heard.shifted(request.start_ms)
            self._skip_to(request.end_ms)
            heard = replace(heard, sent_ms=heard.sent_ms + self._counted())
        return heard

    def _skip_to(self, at_ms: int) -> None:
        self._known_ms = self._piece_ms = self._sent_ms = at_ms
        self._losses = self._lost_until_ms = 0

    def _counted(self) -> int:
        """The milliseconds of sound that were sent since the last call."""
        sent_ms, self._uncounted_ms = self._uncounted_ms, 0
        if self._stream is not None:
            sent_ms += self._stream.take_sent_ms()
        metrics.REMOTE_SECONDS.inc(sent_ms / 1000)
        return sent_ms
