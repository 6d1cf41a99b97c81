"""In which order the recogniser works: those who have paused first, then whoever was served longest ago.

Pure: the caller passes the time, runs the jobs, and says when each is done. Nothing here grows without bound.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

Payload = TypeVar("Payload")


@dataclass(frozen=True, slots=True, eq=False)
class QueuedDecode(Generic[Payload]):
    """One decode. An `urgent` one goes before all that are not.

    `enqueued_at` is in seconds on the caller's clock, `audio_seconds` the length of its audio. `attempts`
    counts how often it was taken and brought back by `Queue.requeue`. Jobs compare by identity.
    """

    session: str
    urgent: bool
    enqueued_at: float
    audio_seconds: float
    payload: Payload
    attempts: int = 0


@dataclass(slots=True)
class Counts:
    """What the queue let go since it was made."""

    replaced: int = 0
    """Waiting jobs that a newer job of their session made pointless."""
    given_up: int = 0
    """Jobs that `requeue` did not take back: too many attempts, or their session was dropped."""


@dataclass(slots=True)
class _SessionQueue(Generic[Payload]):
    """The jobs of one session."""

    waiting: QueuedDecode[Payload] | None = None
    in_flight: QueuedDecode[Payload] | None = None
    dropped: bool = False
    served_at: float = float("-inf")


class Queue(Generic[Payload]):
    """The decodes that wait for one recogniser, or for several of one kind. Not thread safe.

    - Two jobs of one session are never in flight together.
    - One job of a session waits: a newer one, which hears what it would have heard and more, takes its place.
    - A job that was taken `max_attempts` times without coming to an end is given up: it may be what kills the
      engine. One that came back is decoded with nothing else in flight, so that no other job is lost with it again.

    A session stays known until `drop`.
    """

    def __init__(self, *, max_attempts: int = 3) -> None:
        self._sessions: dict[str, _SessionQueue[Payload]] = {}
        self._max_attempts = max_attempts
        self.counts = Counts()

    def __len__(self) -> int:
        """Jobs that wait."""
        return sum(each.waiting is not None for each in self._sessions.values())

    def lag_seconds(self, now: float) -> float:
        """How long the job has waited that has waited longest; 0 while none waits."""
        waiting = (each.waiting.enqueued_at for each in self._sessions.values() if each.waiting is not None)
        return max(0.0, now - min(waiting, default=now))

    def held(self) -> Iterator[QueuedDecode[Payload]]:
        """Every job that waits or is in flight; any other that was put in has been let go."""
        for each in self._sessions.values():
            for job in (each.waiting, each.in_flight):
                if job is not None:
                    yield job

    def in_flight(self, session: str) -> QueuedDecode[Payload] | None:
        """The job of the session that is being decoded."""
        found = self._sessions.get(session)
        return found.in_flight if found else None

    def put(self, job: QueuedDecode[Payload]) -> None:
        """Queues a job, in the place of the one of its session that waits."""
        queue = self._of(job.session)
        if queue.waiting is not None:
            self.counts.replaced += 1
        queue.waiting = job

    def next(self, now: float) -> QueuedDecode[Payload] | None:
        """Takes the job to decode now, in flight until `done` or `requeue`. None when nothing may run."""
        in_flight = [each.in_flight for each in self._sessions.values() if each.in_flight is not None]
        if any(job.attempts for job in in_flight):
            return None
        waiting = [
            each for each in self._sessions.values() if each.in_flight is None and each.waiting is not None
        ]
        if not waiting:
            return None
        queue = min(waiting, key=_turn)
        job = queue.waiting
        assert job is not None
        if job.attempts and in_flight:
            return None
        queue.waiting, queue.in_flight, queue.served_at = None, job, now
        return job

    def done(self, job: QueuedDecode[Payload]) -> None:
        """Ends a job that `next` gave out. Raises ValueError for any other."""
        queue = self._sessions.get(job.session)
        if queue is None or queue.in_flight is not job:
            raise ValueError("This job is not in flight.")
        queue.in_flight = None
        if queue.dropped:
            queue.dropped = False  # Whatever waits was put in after the drop.
            if queue.waiting is None:
                del self._sessions[job.session]

    def requeue(self, job: QueuedDecode[Payload]) -> bool:
        """Takes back a job in flight whose recogniser died: it goes to the front.

        False when it is not wanted any more: its session was dropped, it has used up its attempts, or a newer job of
        its session waits. Raises ValueError unless it is in flight.
        """
        queue = self._sessions.get(job.session)
        dropped = queue is not None and queue.dropped
        self.done(job)
        if dropped or job.attempts + 1 >= self._max_attempts:
            self.counts.given_up += 1
            return False
        queue = self._of(job.session)
        if queue.waiting is not None:
            self.counts.replaced += 1
            return False
        queue.waiting = replace(job, attempts=job.attempts + 1)
        queue.served_at = float("-inf")
        return True

    def drop(self, session: str) -> None:
        """Forgets what waits of a session; what is in flight goes on and still wants `done` or `requeue`."""
        queue = self._sessions.get(session)
        if queue is None:
            return
        if queue.in_flight is None:
            del self._sessions[session]
        else:
            self._sessions[session] = _SessionQueue(in_flight=queue.in_flight, dropped=True)

    def _of(self, session: str) -> _SessionQueue[Payload]:
        return self._sessions.setdefault(session, _SessionQueue())


def _turn(queue: _SessionQueue[Payload]) -> tuple[bool, bool, float]:
    """Jobs are served in this order: urgent ones brought back, urgent ones by age, then by when they were served."""
    job = queue.waiting
    assert job is not None
    if job.urgent:
        return (False, not job.attempts, job.enqueued_at)
    return (True, not job.attempts, queue.served_at)
