"""In which order the recogniser works: finals first, then the session that has waited longest for a partial.

Pure: the caller passes the time, runs the jobs, and says when each is done. Nothing here grows without bound.
"""

from collections import deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field, replace
from typing import Generic, Literal, TypeVar

Kind = Literal["partial", "speculative", "final"]
Payload = TypeVar("Payload")

# Sounds that are decoded together are padded to the longest: so much of one may be padding.
_PADDING_SECONDS = 0.5
_PADDING_SHARE = 0.25


class QueueFullError(Exception):
    """A session has as many finals waiting as the queue holds for one."""


@dataclass(frozen=True, slots=True, eq=False)
class Job(Generic[Payload]):
    """One decode. A `speculative` one is a final that may not be wanted: until `confirm` it waits like a partial.

    `enqueued_at` is in seconds on the caller's clock, `audio_seconds` the length of its audio. `attempts`
    counts how often it was taken and brought back by `Queue.requeue`. Jobs of the same `lot` can be decoded together,
    those without one only alone. Jobs compare by identity.
    """

    session: str
    kind: Kind
    enqueued_at: float
    audio_seconds: float
    payload: Payload
    attempts: int = 0
    lot: Hashable = None


@dataclass(slots=True)
class Counts:
    """What the queue let go since it was made."""

    replaced: int = 0
    """Queued partials that a newer job of their session made pointless."""
    shed: int = 0
    """Partials not taken, or thrown out, because finals have piled up."""
    refused: int = 0
    """Finals that `put` refused."""
    given_up: int = 0
    """Jobs that `requeue` did not take back: too many attempts, or their session was dropped."""


@dataclass(slots=True)
class _Lane(Generic[Payload]):
    """The jobs of one session."""

    finals: deque[Job[Payload]] = field(default_factory=deque)
    partial: Job[Payload] | None = None
    in_flight: Job[Payload] | None = None
    dropped: bool = False
    served_at: float = float("-inf")

    @property
    def head(self) -> Job[Payload] | None:
        """The job that comes first."""
        return self.finals[0] if self.finals else self.partial

    def take(self, now: float) -> Job[Payload]:
        """Puts the first job in flight."""
        job = self.head
        if job is None:
            raise ValueError("No job waits.")
        if self.finals:
            self.finals.popleft()
        else:
            self.partial = None
        self.in_flight, self.served_at = job, now
        return job


class Queue(Generic[Payload]):
    """The decodes that wait for one recogniser, or for several of one kind. Not thread safe.

    - Two jobs of one session are never in flight together, so its finals come out in order.
    - A session has at most one partial or speculative final waiting: a newer job of the session takes its place.
    - At most `finals_per_session` finals of a session wait; the next one is refused.
    - While more than `backlog_seconds` of audio wait in finals, partials are shed.
    - A job that was taken `max_attempts` times without coming to an end is given up: it may be what kills the
      engine. One that came back is decoded with nothing else in flight, so that no other job is lost with it again.

    A session stays known until `drop`.
    """

    def __init__(
        self, *, backlog_seconds: float = 10.0, finals_per_session: int = 32, max_attempts: int = 3
    ) -> None:
        self._lanes: dict[str, _Lane[Payload]] = {}
        self._backlog_limit = backlog_seconds
        self._finals_per_session = finals_per_session
        self._max_attempts = max_attempts
        self.counts = Counts()

    def __len__(self) -> int:
        """Jobs that wait."""
        return sum(len(lane.finals) + (lane.partial is not None) for lane in self._lanes.values())

    @property
    def backlog_seconds(self) -> float:
        """Seconds of audio in the finals that wait."""
        return sum(job.audio_seconds for lane in self._lanes.values() for job in lane.finals)

    @property
    def overloaded(self) -> bool:
        """Whether partials are shed now."""
        return self.backlog_seconds > self._backlog_limit

    def held(self) -> Iterator[Job[Payload]]:
        """Every job that waits or is in flight; any other that was put in has been let go."""
        for lane in self._lanes.values():
            yield from lane.finals
            for job in (lane.partial, lane.in_flight):
                if job is not None:
                    yield job

    def in_flight(self, session: str) -> Job[Payload] | None:
        """The job of the session that is being decoded."""
        lane = self._lanes.get(session)
        return lane.in_flight if lane else None

    def put(self, job: Job[Payload]) -> bool:
        """Queues a job; False for a partial that was shed. Raises QueueFullError for a final too many."""
        lane = self._lanes.get(job.session)
        if job.kind == "final":
            if lane and len(lane.finals) >= self._finals_per_session:
                self.counts.refused += 1
                raise QueueFullError(
                    f"{self._finals_per_session} utterances of a session wait for the model already."
                )
            lane = self._lane(job.session)
            # A partial asked for earlier can only show what this final is about to say for good.
            self._replace_partial(lane, None)
            lane.finals.append(job)
            self._shed_partials()
            return True
        if self.overloaded:
            self.counts.shed += 1
            return False
        self._replace_partial(self._lane(job.session), job)
        return True

    def confirm(self, session: str) -> bool:
        """The speculative final of a session is wanted now: if it waits it becomes a final, else False.

        False too where the session has as many finals waiting as there is room for: then it goes on waiting as it was.
        """
        lane = self._lanes.get(session)
        job = lane.partial if lane else None
        if lane is None or job is None or job.kind != "speculative":
            return False
        if len(lane.finals) >= self._finals_per_session:
            return False
        lane.partial = None
        lane.finals.append(replace(job, kind="final"))
        self._shed_partials()
        return True

    def next(self, now: float) -> Job[Payload] | None:
        """Takes the job to decode now, in flight until `done` or `requeue`. None when nothing may run."""
        jobs = self.next_together(now)
        return jobs[0] if jobs else None

    def next_together(
        self, now: float, *, most: int = 1, most_finals: int = 1, free: int = 1
    ) -> list[Job[Payload]]:
        """Takes jobs to decode together now, each in flight until `done` or `requeue`. None of them when nothing
        may run.

        The first is the one whose turn it is. Others of its lot and of about its length come with it in their order,
        `most` partials or `most_finals` finals in all, those that may not be wanted among them, but no more than leaves
        work for each of the `free` recognisers, of which this takes one.
        """
        flying = [lane.in_flight for lane in self._lanes.values() if lane.in_flight is not None]
        if any(job.attempts for job in flying):
            return []
        waiting = sorted(
            (lane for lane in self._lanes.values() if lane.in_flight is None and lane.head is not None),
            key=_turn,
        )
        if not waiting:
            return []
        first = waiting[0].head
        assert first is not None
        if first.attempts and flying:
            return []
        together = [waiting[0]]
        if not first.attempts and first.lot is not None:
            size = min(most if first.kind == "partial" else most_finals, len(waiting) // free)
            together += [lane for lane in waiting[1:] if _goes_with(first, lane.head)][: max(0, size - 1)]
        return [lane.take(now) for lane in together]

    def done(self, job: Job[Payload]) -> None:
        """Ends a job that `next` gave out. Raises ValueError for any other."""
        lane = self._lanes.get(job.session)
        if lane is None or lane.in_flight is not job:
            raise ValueError("This job is not in flight.")
        lane.in_flight = None
        if lane.dropped:
            lane.dropped = False  # Whatever waits was put in after the drop.
            if not lane.finals and lane.partial is None:
                del self._lanes[job.session]

    def requeue(self, job: Job[Payload]) -> bool:
        """Takes back a job in flight whose recogniser died: it goes to the front of its kind.

        False when it is not wanted any more: its session was dropped, it has used up its attempts, or it is a
        partial and partials are shed or a newer job of its session waits. Raises ValueError unless it is in flight.
        """
        lane = self._lanes.get(job.session)
        dropped = lane is not None and lane.dropped
        self.done(job)
        if dropped or job.attempts + 1 >= self._max_attempts:
            self.counts.given_up += 1
            return False
        lane = self._lane(job.session)
        again = replace(job, attempts=job.attempts + 1)
        if job.kind == "final":
            lane.finals.appendleft(again)
            self._shed_partials()
            return True
        if lane.partial or lane.finals:
            self.counts.replaced += 1
            return False
        if self.overloaded:
            self.counts.shed += 1
            return False
        lane.partial = again
        lane.served_at = float("-inf")
        return True

    def drop(self, session: str) -> None:
        """Forgets what waits of a session; what is in flight goes on and still wants `done` or `requeue`."""
        lane = self._lanes.get(session)
        if lane is None:
            return
        if lane.in_flight is None:
            del self._lanes[session]
        else:
            self._lanes[session] = _Lane(in_flight=lane.in_flight, dropped=True)

    def _lane(self, session: str) -> _Lane[Payload]:
        return self._lanes.setdefault(session, _Lane())

    def _replace_partial(self, lane: _Lane[Payload], job: Job[Payload] | None) -> None:
        if lane.partial is not None:
            self.counts.replaced += 1
        lane.partial = job

    def _shed_partials(self) -> None:
        if not self.overloaded:
            return
        for lane in self._lanes.values():
            if lane.partial is not None:
                lane.partial = None
                self.counts.shed += 1


def _turn(lane: _Lane[Payload]) -> tuple[bool, bool, float]:
    """Lanes are served in this order: finals brought back, finals by age, then the lane served longest ago."""
    if lane.finals:
        return (False, not lane.finals[0].attempts, lane.finals[0].enqueued_at)
    return (True, False, lane.served_at)


def _goes_with(first: Job[Payload], other: Job[Payload] | None) -> bool:
    if other is None or other.attempts or other.lot != first.lot:
        return False
    apart = abs(first.audio_seconds - other.audio_seconds)
    longer = max(first.audio_seconds, other.audio_seconds)
    return apart <= max(_PADDING_SECONDS, _PADDING_SHARE * longer)
