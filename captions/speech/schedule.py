"""The order in which a recogniser decodes: urgent decodes first, then the session served longest ago; the patient last.

Pure: the caller passes the time in seconds, runs the jobs, and says when each is done. At most one job of a session
waits.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

Payload = TypeVar("Payload")

# A session that was decoded within this time is likely to ask for more. Larger makes the patient wait through longer
# pauses of those who speak.
_LIVELY_SECONDS = 2.0
# Slots that are kept for each of these, so that nothing beside it makes its decodes slower. Larger disturbs those who
# speak less, and keeps more slots free.
_SLOTS_EACH = 2
# After a patient decode that left no slot to those who speak, others have them for so many times as long. Larger
# disturbs those who speak less, and makes the patient wait longer.
_REST = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class QueuedDecode(Generic[Payload]):
    """One decode. Jobs compare by identity."""

    session: str
    urgent: bool
    """Whether it goes before all jobs that are not."""
    enqueued_at: float
    """When it was queued, in seconds on the caller's clock."""
    audio_seconds: float
    """Length of its sound."""
    payload: Payload
    attempts: int = 0
    """How often it was taken and then put back by `Queue.requeue`."""


@dataclass(slots=True)
class Counts:
    """Jobs that the queue dropped since it was made."""

    replaced: int = 0
    """Waiting jobs that a newer job of their session replaced."""
    given_up: int = 0
    """Jobs that `requeue` did not take back: too many attempts, or their session was dropped."""


@dataclass(slots=True)
class _SessionQueue(Generic[Payload]):
    """The jobs of one session."""

    waiting: QueuedDecode[Payload] | None = None
    in_flight: QueuedDecode[Payload] | None = None
    dropped: bool = False
    served_at: float = float("-inf")
    """When its last job was taken."""
    ended_at: float = float("-inf")
    """When its last job was done."""

    def is_lively(self, now: float) -> bool:
        """Whether it decodes, or soon will again."""
        is_at_it = self.waiting is not None or self.in_flight is not None
        return is_at_it or now - self.ended_at < _LIVELY_SECONDS


class Queue(Generic[Payload]):
    """The decodes that wait for one recogniser, or for several of one kind. Not thread safe.

    - Two jobs of one session are never in flight together.
    - One job of a session waits: a newer one, whose sound includes that of the older, replaces it.
    - The jobs of a session that is `patient` come after those of all others, and do not count as late. They run
      beside those of others where there are slots to spare; elsewhere one at a time and for a quarter of the time, so
      that nobody waits for ever.
    - A job that was taken `max_attempts` times without being done is given up: it may be what kills the engine. A job
      that was put back is decoded with nothing else in flight, so that no other job is lost with it.

    A session is kept until `drop`.
    """

    def __init__(self, *, max_attempts: int = 3) -> None:
        self._sessions: dict[str, _SessionQueue[Payload]] = {}
        self._max_attempts = max_attempts
        self._patient: set[str] = set()
        self._patient_at = float("-inf")
        """When a patient job may run although no slot is to spare."""
        self.counts = Counts()

    def __len__(self) -> int:
        """The number of jobs that wait."""
        return sum(each.waiting is not None for each in self._sessions.values())

    def lag_seconds(self, now: float) -> float:
        """How long the oldest waiting job has waited, in seconds; 0 if none waits. Patient ones do not count."""
        waiting = (
            each.waiting.enqueued_at
            for name, each in self._sessions.items()
            if each.waiting is not None and name not in self._patient
        )
        return max(0.0, now - min(waiting, default=now))

    def held(self) -> Iterator[QueuedDecode[Payload]]:
        """Every job that waits or is in flight."""
        for each in self._sessions.values():
            for job in (each.waiting, each.in_flight):
                if job is not None:
                    yield job

    def in_flight(self, session: str) -> QueuedDecode[Payload] | None:
        """The job of the session that is being decoded; None if none is."""
        found = self._sessions.get(session)
        return found.in_flight if found else None

    def put(self, job: QueuedDecode[Payload]) -> None:
        """Queues a job; a waiting job of the same session is replaced."""
        queue = self._of(job.session)
        if queue.waiting is not None:
            self.counts.replaced += 1
        queue.waiting = job

    def next(self, now: float, slots: int = 1) -> QueuedDecode[Payload] | None:
        """Takes the job to decode now, which is in flight until `done` or `requeue`. None if none may run yet.

        `slots` is how many jobs run at once, of which one must be free.
        """
        in_flight = [each.in_flight for each in self._sessions.values() if each.in_flight is not None]
        if any(job.attempts for job in in_flight):
            return None
        patient_in_flight = sum(job.session in self._patient for job in in_flight)
        is_patients_turn = not patient_in_flight and now >= self._patient_at
        may_be_patient = is_patients_turn or patient_in_flight + _SLOTS_EACH * self._lively(now) < slots
        waiting = [
            each.waiting
            for name, each in self._sessions.items()
            if each.in_flight is None
            and each.waiting is not None
            and (may_be_patient or name not in self._patient)
        ]
        if not waiting:
            return None
        job = min(waiting, key=lambda job: self._turn(job, is_patients_turn))
        if job.attempts and in_flight:
            return None
        queue = self._sessions[job.session]
        queue.waiting, queue.in_flight, queue.served_at = None, job, now
        return job

    def done(self, job: QueuedDecode[Payload], now: float) -> None:
        """Ends a job that `next` gave out. Raises ValueError for any other."""
        queue = self._sessions.get(job.session)
        if queue is None or queue.in_flight is not job:
            raise ValueError("This job is not in flight.")
        queue.in_flight, queue.ended_at = None, now
        if job.session in self._patient:
            self._patient_at = now + _REST * (now - queue.served_at)
        if queue.dropped:
            queue.dropped = False  # Whatever waits was put in after the drop.
            if queue.waiting is None:
                del self._sessions[job.session]

    def requeue(self, job: QueuedDecode[Payload], now: float) -> bool:
        """Puts a job in flight, whose recogniser died, back to the front of the queue.

        Returns False if it is dropped instead: its session was dropped, it has used up its attempts, or a newer job of
        its session waits. Raises ValueError if it is not in flight.
        """
        queue = self._sessions.get(job.session)
        dropped = queue is not None and queue.dropped
        self.done(job, now)
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

    def be_patient(self, session: str, patient: bool) -> None:
        """Sets whether a session is patient: nobody waits for its text at once."""
        if patient:
            self._patient.add(session)
        else:
            self._patient.discard(session)

    def drop(self, session: str) -> None:
        """Drops the waiting job of a session; a job in flight still needs `done` or `requeue`."""
        self._patient.discard(session)
        queue = self._sessions.get(session)
        if queue is None:
            return
        if queue.in_flight is None:
            del self._sessions[session]
        else:
            self._sessions[session] = _SessionQueue(in_flight=queue.in_flight, dropped=True)

    def _of(self, session: str) -> _SessionQueue[Payload]:
        return self._sessions.setdefault(session, _SessionQueue())

    def _lively(self, now: float) -> int:
        """How many sessions that are not patient decode, or soon will again."""
        return sum(each.is_lively(now) for name, each in self._sessions.items() if name not in self._patient)

    def _turn(self, job: QueuedDecode[Payload], is_patients_turn: bool) -> tuple[bool, bool, bool, float]:
        """The sort key of the order: urgent jobs by age, then others by when their session was served last.

        Those of patient sessions come after all of them, or before them when it is their turn. Within each of these
        groups, jobs that were put back come first.
        """
        is_last = (job.session in self._patient) != is_patients_turn
        at = job.enqueued_at if job.urgent else self._sessions[job.session].served_at
        return (is_last, not job.urgent, not job.attempts, at)
