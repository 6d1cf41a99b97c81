"""Sends the captions of one output, one post after the other, for as long as its dictation goes on."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import structlog
from channels.db import database_sync_to_async
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext_noop
from redis import RedisError

from .. import metrics
from ..core.cancellation import cancel_and_wait
from ..core.errors import UnavailableError
from ..core.sealing import UNREADABLE, SealError
from ..core.sending import Sender
from ..models import CaptionOutput, OutputKind
from ..protocol.commands import group
from .answers import Answer, Outcome
from .dialects import DIALECTS
from .due import Due, load
from .pacing import Pacing

log = structlog.get_logger(__name__)

# Events may be lost, so without any the database is looked at this often.
_LOOK_SECONDS = 10.0
_RETRY_SECONDS = 1.0
_MS = timedelta(milliseconds=1)
_SILENT = Answer(Outcome.RETRY, gettext_noop("The service cannot be reached. Trying again."))
_UNREADABLE = Answer(Outcome.GONE, UNREADABLE)


class Delivery:
    """What has been sent is in PostgreSQL, so another process can go on at any time.

    A post is recorded before the next one is made, and repeated with the same number until the service has taken it. So
    a process that is killed loses nothing, and repeats at most one post, under its number.
    """

    def __init__(
        self,
        output: int,
        session: str,
        kind: str,
        *,
        layer: Any,
        sender: Sender,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._output = output
        self._session = session
        self._kind = OutputKind(kind)
        self._dialect = DIALECTS[self._kind]
        self._layer = layer
        self._sender = sender
        self._clock = clock
        self._pacing = Pacing(self._dialect.BEAT_SECONDS)
        self._wake = asyncio.Event()
        self._stopping = False
        self._log = log.bind(session=session, output=output, kind=kind)

    def stop(self) -> None:
        """Asks `run` to return once what is saved by now has been sent, or cannot be sent at once."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Returns when the output is over or removed."""
        listening = asyncio.create_task(self._listen())
        try:
            async with self._sender:
                while await self._step():
                    pass
        finally:
            await cancel_and_wait([listening])

    async def _step(self) -> bool:
        """Makes the next post, or waits until there is one; False when there will be none."""
        self._wake.clear()
        try:
            due = await database_sync_to_async(load)(self._output, self._dialect.RULES, timezone.now())
        except DatabaseError as error:
            self._log.warning("store_outage", error=type(error).__name__)
            await asyncio.sleep(_RETRY_SECONDS)
            return not self._stopping
        if due is None:
            return False
        wait = self._pacing.wait_seconds(self._clock())
        beat = self._pacing.beat_seconds(self._clock()) if due.live else None
        if not wait and (due.cue or (beat == 0 and not self._stopping)):
            await self._send(due)
        elif self._stopping:
            return False
        else:
            idle = wait or (_LOOK_SECONDS if beat is None else beat)
            await self._sleep(min(idle, _LOOK_SECONDS))
        return True

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()

    async def _send(self, due: Due) -> None:
        began = timezone.now()
        answer = await self._answer(due)
        metrics.CAPTION_POSTS.labels(self._kind.value, answer.outcome.value).inc()
        self._pacing.answered(answer.outcome, self._clock())
        if answer.outcome is Outcome.OK:
            ended = timezone.now()
            if due.cue:
                metrics.CAPTION_LAG_SECONDS.observe((ended - due.cue.saved_at).total_seconds())
            await self._record(due, answer, began, ended)
        elif answer.problem != due.output.problem:
            self._log.warning("captions_not_sent", outcome=answer.outcome.value)
            with suppress(DatabaseError):
                await CaptionOutput.objects.filter(pk=self._output).aupdate(problem=answer.problem)

    async def _answer(self, due: Due) -> Answer:
        output, cue = due.output, due.cue
        try:
            address = output.address
            if output.next_number is None:
                asked = await self._ask_number(address)
                if isinstance(asked, Answer):
                    return asked
                # Kept before it is used: the same post must have it again if no answer comes.
                await database_sync_to_async(output.advance)(next_number=asked)
                output.next_number = asked
            at = cue.spoken_at + output.offset_ms * _MS if cue else timezone.now()
            body = self._dialect.body(cue.lines if cue else (), at)
            url = self._dialect.post_url(address, output.next_number, cue.language if cue else "")
            reply = await self._sender.post(url, body)
        except SealError:
            return _UNREADABLE
        except (UnavailableError, DatabaseError) as error:
            self._log.info("captions_unanswered", error=type(error).__name__)
            return _SILENT
        return self._dialect.understand(reply.status, reply.body)

    async def _ask_number(self, address: str) -> int | Answer:
        """The number of the first post."""
        url = self._dialect.number_url(address)
        if url is None:
            return 1
        reply = await self._sender.get(url)
        last = self._dialect.read_number(reply.status, reply.body)
        return last if isinstance(last, Answer) else last + 1

    async def _record(self, due: Due, answer: Answer, began: datetime, ended: datetime) -> None:
        output, cue = due.output, due.cue
        assert output.next_number is not None
        values: dict[str, Any] = {
            "next_number": output.next_number + 1,
            "answered_at": ended,
            "problem": "",
        }
        if cue:
            values |= {"sent_seq": cue.sent_seq, "sent_cues": cue.sent_cues, "sent_at": ended}
        if answer.server_time:
            values["offset_ms"] = (answer.server_time - (began + (ended - began) / 2)) // _MS
        if output.problem:
            self._log.info("captions_sent_again")
        while True:
            try:
                await database_sync_to_async(output.advance)(**values)
                return
            except DatabaseError as error:
                self._log.warning("store_outage", error=type(error).__name__)
                await asyncio.sleep(_RETRY_SECONDS)

    async def _listen(self) -> None:
        """Wakes when something was saved: an event says no more than that."""
        channel, seen = "", 0
        while True:
            try:
                if not channel:
                    channel = await self._layer.new_channel()
                    await self._layer.group_add(group(self._session), channel)
                    self._wake.set()
                event = await self._layer.receive(channel)
            except (RedisError, OSError):
                channel = ""
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            last_seq = event.get("last_seq", 0)
            if event.get("payload", {}).get("type") in ("final", "recovered") or last_seq > seen:
                seen = max(seen, last_seq)
                self._wake.set()
