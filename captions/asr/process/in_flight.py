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


class InFlightBatches:
    """Gives a process as many decodes as it has slots for. When it is lost they are queued again.

    `lost` says why the process is no longer of use; nothing is given to it then. `on_landed` is called when a slot
    has become free.
    """

    def __init__(
        self,
        process: RecogniserProcess,
        calls: PendingRequests,
        slots: Slots,
        *,
        decode_seconds: float,
        on_landed: Callable[[], None],
    ) -> None:
        self._process = process
        self._calls = calls
        self._slots = slots
        self._decode_seconds = decode_seconds
        self._on_landed = on_landed
        self._flying: set[asyncio.Task[None]] = set()
        self.lost = ""
        self.rss_mb: int | None = None
        """The memory of the process when it last decoded something."""

    def __len__(self) -> int:
        """Decodes that are being done."""
        return len(self._flying)

    def fill(self) -> None:
        """Has decoded what waits, as far as there are slots for it."""
        while not self.lost and len(self._flying) < self._slots.parallel:
            job = self._calls.take(time.monotonic())
            if job is None:
                return
            flight = asyncio.create_task(self._fly(job))
            self._flying.add(flight)
            flight.add_done_callback(self._landed)

    async def close(self) -> None:
        """Ends the process if it still decodes; that is queued again."""
        if self._flying:
            self._process.kill()
            await asyncio.wait(self._flying)

    def _landed(self, flight: asyncio.Task[None]) -> None:
        self._flying.discard(flight)
        if not flight.cancelled() and (error := flight.exception()) is not None:
            log.error("batch_failed", exc_info=error)
            self.lost = self.lost or "The answer of the speech recogniser's process was not understood."
        self._on_landed()

    async def _fly(self, job: QueuedDecode[PendingRequest]) -> None:
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
            self._lose(job, reason)
            return
        match reply.answer:
            case Decoded(hypothesis, seconds):
                metrics.DECODE_SECONDS.observe(seconds)
                metrics.DECODE_AUDIO_SECONDS.inc(job.audio_seconds)
                self._calls.answer(job, hypothesis)
                self.rss_mb = reply.rss_mb
            case Failed(message, retryable=True):
                # A device that failed often works again in a new process.
                self._lose(job, message)
            case Failed() as failed:
                self._calls.fail(job, failed.error())

    def _lose(self, job: QueuedDecode[PendingRequest], reason: str) -> None:
        self.lost = self.lost or reason
        self._calls.lost(job, reason)


def _urgency(job: QueuedDecode[PendingRequest]) -> str:
    return "urgent" if job.urgent else "routine"
