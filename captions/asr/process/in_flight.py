"""The decodes that one recogniser process is doing."""

import asyncio
import time
from collections.abc import Callable

import structlog

from ... import metrics
from ...speech.capacity import Slots
from ...speech.schedule import QueuedDecode
from ..ipc import Failed
from .messages import Decode, Decoded, Reply
from .pending import PendingRequest, PendingRequests
from .process import RecogniserProcess

log = structlog.get_logger(__name__)


class InFlightDecodes:
    """Gives a process as many decodes as it has slots for. When it is lost they are queued again.

    `lost` says why the process is no longer of use; nothing is given to it then. `on_ended` is called when a slot
    has become free.
    """

    def __init__(
        self,
        process: RecogniserProcess,
        pending: PendingRequests,
        slots: Slots,
        *,
        decode_seconds: float,
        on_ended: Callable[[], None],
    ) -> None:
        self._process = process
        self._pending = pending
        self._slots = slots
        self._decode_seconds = decode_seconds
        self._on_ended = on_ended
        self._running: set[asyncio.Task[None]] = set()
        self.lost = ""
        self.rss_mb: int | None = None
        """The memory of the process when it last decoded something."""

    def __len__(self) -> int:
        """Decodes that are being done."""
        return len(self._running)

    def fill(self) -> None:
        """Has decoded what waits, as far as there are slots for it."""
        while not self.lost and len(self._running) < self._slots.parallel:
            job = self._pending.take(time.monotonic(), self._slots.parallel)
            if job is None:
                return
            decode = asyncio.create_task(self._decode(job))
            self._running.add(decode)
            decode.add_done_callback(self._ended)

    async def close(self) -> None:
        """Ends the process if it still decodes; that is queued again."""
        if self._running:
            self._process.kill()
            await asyncio.wait(self._running)

    def _ended(self, decode: asyncio.Task[None]) -> None:
        self._running.discard(decode)
        if not decode.cancelled() and (error := decode.exception()) is not None:
            log.error("decode_task_failed", exc_info=error)
            self.lost = self.lost or "The answer of the speech recogniser's process was not understood."
        self._on_ended()

    async def _decode(self, job: QueuedDecode[PendingRequest]) -> None:
        sent = time.monotonic()
        metrics.QUEUE_SECONDS.labels(_urgency(job)).observe(sent - job.enqueued_at)
        reason = "The speech recogniser's process ended while it decoded."
        reply: Reply | None = None
        try:
            async with asyncio.timeout(self._decode_seconds + 2 * job.audio_seconds):
                reply = await self._process.ask(Decode(job.payload.task, memoryview(job.payload.samples)))
        except TimeoutError:
            self._process.kill()
            reason = f"The speech recogniser did not answer for {time.monotonic() - sent:.0f} s."
        if reply is None:
            self._requeue(job, reason)
            return
        match reply.answer:
            case Decoded(hypothesis, seconds):
                metrics.DECODE_SECONDS.observe(seconds)
                metrics.DECODE_AUDIO_SECONDS.inc(job.audio_seconds)
                metrics.REMOTE_SECONDS.inc(hypothesis.sent_ms / 1000)
                metrics.FALLBACKS.inc(bool(hypothesis.fell_back))
                self._pending.answer(job, hypothesis, now=time.monotonic())
                self.rss_mb = reply.rss_mb
            case Failed(message, retryable=True, elsewhere=False):
                # A device that failed often works again in a new process.
                self._requeue(job, message)
            case Failed() as failed:
                self._pending.fail(job, failed.error(), now=time.monotonic())

    def _requeue(self, job: QueuedDecode[PendingRequest], reason: str) -> None:
        self.lost = self.lost or reason
        self._pending.lost(job, reason, now=time.monotonic())


def _urgency(job: QueuedDecode[PendingRequest]) -> str:
    return "urgent" if job.urgent else "routine"
