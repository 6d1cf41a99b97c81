from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from captions.speech.schedule import Queue, QueuedDecode


def routine(session: str, at: float = 0.0, seconds: float = 1.0) -> QueuedDecode[str]:
    return QueuedDecode(session, False, at, seconds, "")


def urgent(session: str, at: float = 0.0, seconds: float = 1.0) -> QueuedDecode[str]:
    return QueuedDecode(session, True, at, seconds, "")


def take(queue: Queue[str], now: float = 0.0) -> QueuedDecode[str]:
    job = queue.next(now)
    assert job is not None
    return job


class TestOrder:
    def test_nothing_waits_in_a_new_queue(self) -> None:
        queue = Queue[str]()
        assert queue.next(0) is None
        assert len(queue) == 0
        assert queue.lag_seconds(5) == 0

    def test_urgent_jobs_come_first_and_the_oldest_of_them_first(self) -> None:
        queue = Queue[str]()
        jobs = [routine("a", 1), urgent("b", 3), urgent("c", 2), routine("d", 0)]
        for job in jobs:
            queue.put(job)
        assert [take(queue), take(queue)] == [jobs[2], jobs[1]]

    def test_the_session_served_longest_ago_comes_next(self) -> None:
        queue = Queue[str]()
        for now, session in enumerate("abc"):
            queue.put(routine(session))
            queue.done(take(queue, now), now)
        for session in "cab":
            queue.put(routine(session, 5))
        assert [take(queue, 5).session for _ in range(3)] == ["a", "b", "c"]

    def test_a_session_that_begins_to_speak_does_not_wait_for_the_others(self) -> None:
        queue = Queue[str]()
        queue.put(routine("a"))
        queue.done(take(queue, 1), 1)
        queue.put(routine("a", 2))
        queue.put(routine("new", 3))
        assert take(queue, 3).session == "new"

    def test_a_session_is_never_decoded_twice_at_once(self) -> None:
        queue = Queue[str]()
        queue.put(urgent("a", 1))
        first = take(queue)
        queue.put(urgent("a", 2))
        queue.put(routine("b", 3))
        assert take(queue).session == "b"
        assert queue.next(0) is None
        queue.done(first, 0)
        assert take(queue).enqueued_at == 2

    def test_what_is_in_flight_can_be_asked_for(self) -> None:
        queue = Queue[str]()
        queue.put(urgent("a"))
        assert queue.in_flight("a") is None
        job = take(queue)
        assert queue.in_flight("a") is job
        queue.done(job, 0)
        assert queue.in_flight("a") is None

    def test_it_tells_every_job_it_holds(self) -> None:
        queue = Queue[str]()
        first = urgent("a")
        queue.put(first)
        assert take(queue) is first
        others = [routine("a"), routine("b")]
        for job in others:
            queue.put(job)
        assert set(queue.held()) == {first, *others}
        queue.done(first, 0)
        assert set(queue.held()) == set(others)

    def test_it_tells_how_long_somebody_has_waited(self) -> None:
        queue = Queue[str]()
        queue.put(routine("a", 1))
        queue.put(urgent("b", 3))
        assert queue.lag_seconds(5) == 4
        take(queue, 5)
        assert queue.lag_seconds(5) == 4
        take(queue, 5)
        assert queue.lag_seconds(5) == 0


class TestBounds:
    @pytest.mark.parametrize("old", [routine, urgent])
    @pytest.mark.parametrize("new", [routine, urgent])
    def test_a_newer_job_of_a_session_replaces_the_one_that_waits(self, old, new) -> None:
        queue = Queue[str]()
        newer = new("a", 2)
        queue.put(old("a", 1))
        queue.put(newer)
        assert len(queue) == 1
        assert take(queue) is newer
        assert queue.counts.replaced == 1


def pushed(queue: Queue[str], now: float = 0.0, *, session: str = "push", seconds: float = 1.0) -> None:
    """Has a decode of a patient session done, which takes so long and is followed by the next."""
    queue.be_patient(session, True)
    queue.put(urgent(session, now))
    queue.done(take(queue, now), now + seconds)
    queue.put(urgent(session, now + seconds))


class TestPatience:
    def test_patient_sessions_come_last_and_are_never_late(self) -> None:
        queue = Queue[str]()
        pushed(queue)
        queue.put(routine("b", 2))
        queue.put(urgent("c", 3))
        assert queue.lag_seconds(3.5) == 1.5
        assert [take(queue, 3.5).session for _ in range(2)] == ["c", "b"]
        assert queue.next(3.5) is None

    def test_where_nobody_speaks_they_have_every_slot(self) -> None:
        queue = Queue[str]()
        for session in "ab":
            pushed(queue, session=session)
        assert {job.session for _ in range(2) if (job := queue.next(1, 2))} == {"a", "b"}

    def test_the_only_slot_is_kept_for_whoever_was_decoded_just_now(self) -> None:
        queue = Queue[str]()
        queue.put(routine("a"))
        job = take(queue)
        pushed(queue, 0.5)
        queue.done(job, 2)
        assert queue.next(3.9) is None
        assert take(queue, 4.1).session == "push"

    @pytest.mark.parametrize(("slots", "expected"), [(4, None), (5, "push")])
    def test_two_slots_are_kept_for_each_of_them(self, slots: int, expected: str | None) -> None:
        queue = Queue[str]()
        for session in "ab":
            queue.put(routine(session))
            queue.done(take(queue), 0)
        pushed(queue, seconds=1.5)
        job = queue.next(1.6, slots)
        assert (job and job.session) == expected

    def test_without_a_slot_to_spare_they_have_a_quarter_of_the_time_in_turn(self) -> None:
        """One slot, two who speak and two who push; a decode takes a second."""
        queue = Queue[str]()
        for session in ("push", "bulk"):
            queue.be_patient(session, True)
        order = []
        for now in range(16):
            for session in ("a", "b", "push", "bulk"):
                if session not in {job.session for job in queue.held()}:
                    queue.put(urgent(session, now))
            job = take(queue, now)
            order.append(job.session)
            queue.done(job, now + 1)
        assert order == ["push", "a", "b", "a", "bulk", "b", "a", "b"] * 2

    def test_they_rest_for_longer_after_a_longer_decode(self) -> None:
        queue = Queue[str]()
        queue.put(routine("a"))
        take(queue)
        pushed(queue, seconds=4)
        assert queue.next(15.9) is None
        assert take(queue, 16).session == "push"

    @pytest.mark.parametrize(
        "forget", [lambda queue: queue.be_patient("push", False), lambda queue: queue.drop("push")]
    )
    def test_a_session_may_lose_its_patience(self, forget: Callable[[Queue[str]], None]) -> None:
        queue = Queue[str]()
        pushed(queue)
        queue.put(routine("b", 1))
        forget(queue)
        queue.put(urgent("push", 1))
        assert take(queue, 1).session == "push"


class TestRequeue:
    def test_an_urgent_job_whose_recogniser_died_goes_first(self) -> None:
        queue = Queue[str]()
        for job in (urgent("a", 1), urgent("b", 2), urgent("c", 0.5)):
            queue.put(job)
        flying = [take(queue) for _ in range(3)]
        assert queue.requeue(flying[2], 0)
        queue.done(flying[0], 0)
        queue.put(urgent("c", 0))
        queue.done(flying[1], 0)
        again = take(queue)
        assert (again.session, again.enqueued_at, again.attempts) == ("b", 2, 1)

    def test_what_came_back_is_decoded_with_nothing_else_in_flight(self) -> None:
        queue = Queue[str]()
        for session in "abc":
            queue.put(urgent(session))
        lost, other = take(queue), take(queue)
        queue.requeue(lost, 0)
        assert queue.next(0) is None
        queue.done(other, 0)
        again = take(queue)
        assert (again.session, again.attempts) == ("a", 1)
        assert queue.next(0) is None
        queue.done(again, 0)
        assert take(queue).session == "c"

    def test_a_routine_job_goes_first_too_but_not_before_urgent_ones(self) -> None:
        queue = Queue[str]()
        queue.put(routine("a", 1))
        lost = take(queue, 1)
        queue.put(routine("b", 2))
        assert queue.requeue(lost, 0)
        queue.put(urgent("c", 3))
        order = []
        for _ in range(3):
            job = take(queue)
            order.append(job.session)
            queue.done(job, 0)
        assert order == ["c", "a", "b"]

    @pytest.mark.parametrize("newer", [routine, urgent])
    def test_a_job_does_not_come_back_when_a_newer_one_waits(self, newer) -> None:
        queue = Queue[str]()
        queue.put(urgent("a", 1))
        lost = take(queue)
        queue.put(newer("a", 2))
        assert not queue.requeue(lost, 0)
        assert len(queue) == 1
        assert take(queue).enqueued_at == 2

    def test_what_kills_every_recogniser_is_given_up(self) -> None:
        queue = Queue[str](max_attempts=2)
        queue.put(urgent("a"))
        assert queue.requeue(take(queue), 0)
        assert not queue.requeue(take(queue), 0)
        assert queue.next(0) is None
        assert queue.counts.given_up == 1

    def test_only_what_is_in_flight_can_end(self) -> None:
        queue = Queue[str]()
        job = urgent("a")
        queue.put(job)
        for end in (queue.done, queue.requeue):
            with pytest.raises(ValueError, match="not in flight"):
                end(job, 0)


class TestDrop:
    def test_nothing_of_a_dropped_session_is_decoded(self) -> None:
        queue = Queue[str]()
        queue.put(urgent("a"))
        queue.put(routine("b"))
        queue.drop("a")
        queue.drop("unknown")
        assert take(queue).session == "b"
        assert queue.next(0) is None

    def test_what_was_in_flight_ends_without_coming_back(self) -> None:
        queue = Queue[str]()
        queue.put(urgent("a", 1))
        job = take(queue)
        queue.put(urgent("a", 2))
        queue.drop("a")
        assert len(queue) == 0
        assert not queue.requeue(job, 0)
        assert queue.in_flight("a") is None
        assert queue.counts.given_up == 1

    def test_a_dropped_session_can_return(self) -> None:
        queue = Queue[str]()
        queue.put(urgent("a", 1))
        old = take(queue)
        queue.drop("a")
        queue.put(urgent("a", 2))
        assert queue.next(0) is None
        queue.done(old, 0)
        new = take(queue)
        assert new.enqueued_at == 2
        assert queue.requeue(new, 0)


SESSIONS = st.sampled_from(["a", "b", "c", "d"])


class Anything(RuleBasedStateMachine):
    """Whatever is put, taken, ended, lost and dropped: the newest job of every session comes out, and none piles up."""

    def __init__(self) -> None:
        super().__init__()
        self.queue = Queue[int](max_attempts=3)
        self.clock = count(1)
        self.numbers = count()
        self.in_flight: list[QueuedDecode[int]] = []
        self.waiting: dict[str, QueuedDecode[int]] = {}
        """The newest job of each session that was neither taken nor dropped, nor came back to be given up."""
        self.dropped: set[int] = set()
        self.patient: set[str] = set()

    @rule(session=SESSIONS, is_urgent=st.booleans(), seconds=st.floats(0.1, 5))
    def put(self, session: str, is_urgent: bool, seconds: float) -> None:
        job = QueuedDecode(session, is_urgent, float(next(self.clock)), seconds, next(self.numbers))
        self.queue.put(job)
        self.waiting[session] = job

    @rule()
    def take(self) -> None:
        busy = {job.session for job in self.in_flight}
        ready = {session: job for session, job in self.waiting.items() if session not in busy}
        job = self.queue.next(float(next(self.clock)))
        if job is None:
            alone = any(job.attempts for job in [*self.in_flight, *ready.values()])
            hurried = ready.keys() - self.patient
            assert not hurried or (self.in_flight and alone), "somebody may always go on"
            return
        assert job.session not in busy
        if any(each.attempts for each in [job, *self.in_flight]):
            assert not self.in_flight, "what came back is decoded alone"
        if not job.urgent and job.session not in self.patient:
            hurried = ready.keys() - self.patient
            assert not any(ready[each].urgent for each in hurried), "urgent ones go first"
        assert self.queue.in_flight(job.session) is job
        newest = self.waiting.pop(job.session)
        assert (job.payload, job.attempts) == (newest.payload, newest.attempts)
        self.in_flight.append(job)

    @precondition(lambda self: self.in_flight)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        self.queue.done(self._pick(data), float(next(self.clock)))

    @precondition(lambda self: self.in_flight)
    @rule(data=st.data())
    def lose(self, data: st.DataObject) -> None:
        job = self._pick(data)
        newer = self.waiting.get(job.session)
        if self.queue.requeue(job, float(next(self.clock))):
            assert newer is None
            self.waiting[job.session] = replace(job, attempts=job.attempts + 1)
        else:
            assert newer is not None or job.attempts == 2 or job.payload in self.dropped

    @rule(session=SESSIONS, is_patient=st.booleans())
    def be_patient(self, session: str, is_patient: bool) -> None:
        self.queue.be_patient(session, is_patient)
        self.patient = self.patient | {session} if is_patient else self.patient - {session}

    @rule(session=SESSIONS)
    def drop(self, session: str) -> None:
        self.queue.drop(session)
        self.patient.discard(session)
        self.waiting.pop(session, None)
        self.dropped |= {job.payload for job in self.in_flight if job.session == session}

    @invariant()
    def nothing_piles_up(self) -> None:
        assert len(self.queue) == len(self.waiting)
        known = {each.session for each in self.queue.held()}
        assert known == {*self.waiting, *(job.session for job in self.in_flight)}

    def teardown(self) -> None:
        """Everything that waits comes out at last."""
        now = float(next(self.clock))
        for job in self.in_flight:
            self.queue.done(job, now)
        while last := self.queue.next(now := now + 10_000):
            self.queue.done(last, now)
            del self.waiting[last.session]
        assert not self.waiting
        assert len(self.queue) == 0

    def _pick(self, data: st.DataObject) -> QueuedDecode[int]:
        return self.in_flight.pop(data.draw(st.integers(0, len(self.in_flight) - 1)))


TestAnything = Anything.TestCase
TestAnything.settings = settings(max_examples=100, stateful_step_count=40, deadline=None, derandomize=True)
