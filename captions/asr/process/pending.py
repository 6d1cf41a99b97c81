"""The decodes that callers wait for, in the order in which the recogniser takes them."""

import asyncio
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ... import metrics
from ...speech.schedule import Queue, QueuedDecode
from ...speech.types import SAMPLE_RATE, Hypothesis
from ..engine.base import EngineError, Task

MOST_ATTEMPTS = 3


@dataclass(frozen=True, slots=True, eq=False)
class PendingRequest:
    """What somebody waits for; `samples` are int16."""

    samples: bytes
    task: Task
    answer: asyncio.Future[Hypothesis | None]


class PendingRequests:
    """`speech.schedule.Queue` with somebody waiting for each job; every call is answered in the end."""

    def __init__(self) -> None:
        self._queue: Queue[PendingRequest] = Queue(max_attempts=MOST_ATTEMPTS)
        self._unanswered: set[PendingRequest] = set()

    def __len__(self) -> int:
        """PendingRequests that wait for their turn."""
        return len(self._queue)

    def lag_seconds(self, now: float) -> float:
        """How long the call has waited that has waited longest; 0 while none waits."""
        return self._queue.lag_seconds(now)

    def put(
        self, session: str, samples: npt.NDArray[np.int16], task: Task, *, urgent: bool, now: float
    ) -> "asyncio.Future[Hypothesis | None]":
        """Queues a decode."""
        call = PendingRequest(samples.tobytes(), task, asyncio.get_running_loop().create_future())
        self._unanswered.add(call)
        self._queue.put(QueuedDecode(session, urgent, now, len(samples) / SAMPLE_RATE, call))
        self._answer_let_go()
        return call.answer

    def take(self, now: float, slots: int) -> QueuedDecode[PendingRequest] | None:
        """The job to decode now, in flight until `answer`, `fail` or `lost`; None when nothing may run: see `Queue`."""
        while (job := self._queue.next(now, slots)) is not None:
            if not job.payload.answer.done():
                return job
            self._end(job, now)  # The caller was cancelled.
        return None

    def answer(self, job: QueuedDecode[PendingRequest], hypothesis: Hypothesis, *, now: float) -> None:
        self._end(job, now)
        if not job.payload.answer.done():
            job.payload.answer.set_result(hypothesis)

    def fail(self, job: QueuedDecode[PendingRequest], error: EngineError, *, now: float) -> None:
        self._end(job, now)
        if not job.payload.answer.done():
            job.payload.answer.set_exception(error)

    def lost(self, job: QueuedDecode[PendingRequest], reason: str, *, now: float) -> None:
        """Queues a job again whose process died; fails it when it has had all its attempts."""
        if job.payload.answer.done():
            self._end(job, now)
        elif not self._queue.requeue(job, now):
            if job.attempts + 1 >= MOST_ATTEMPTS:
                self._unanswered.discard(job.payload)
                job.payload.answer.set_exception(
                    EngineError(
                        f"{job.audio_seconds:.1f} s of sound could not be decoded "
                        f"in {MOST_ATTEMPTS} attempts. {reason}"
                    )
                )
            self._answer_let_go()

    def be_patient(self, session: str, patient: bool) -> None:
        """See `Queue.be_patient`."""
        self._queue.be_patient(session, patient)

    def drop(self, session: str) -> None:
        """Forgets what waits of a session; those calls are answered with None."""
        self._queue.drop(session)
        self._answer_let_go()

    def fail_all(self, error: EngineError) -> None:
        for call in self._unanswered:
            if not call.answer.done():
                call.answer.set_exception(error)
        self._unanswered.clear()

    def _end(self, job: QueuedDecode[PendingRequest], now: float) -> None:
        self._queue.done(job, now)
        self._unanswered.discard(job.payload)

    def _answer_let_go(self) -> None:
        held = {job.payload for job in self._queue.held()}
        for call in self._unanswered - held:
            self._unanswered.discard(call)
            if not call.answer.done():
                call.answer.set_result(None)
                metrics.DROPS.labels(call.task.kind).inc()
