from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from captions.speech.schedule import Job, Kind, Queue, QueueFullError


def partial(session: str, at: float = 0.0, seconds: float = 1.0) -> Job[str]:
    return Job(session, "partial", at, seconds, "")


def final(session: str, at: float = 0.0, seconds: float = 1.0) -> Job[str]:
    return Job(session, "final", at, seconds, "")


def speculative(session: str, at: float = 0.0, seconds: float = 1.0) -> Job[str]:
    return Job(session, "speculative", at, seconds, "")


def together(job: Job[str]) -> Job[str]:
    return replace(job, lot="final" if job.kind == "speculative" else job.kind)


def take(queue: Queue[str], now: float = 0.0) -> Job[str]:
    job = queue.next(now)
    assert job is not None
    return job


class TestOrder:
    def test_nothing_waits_in_a_new_queue(self):
        queue = Queue[str]()
        assert queue.next(0) is None
        assert len(queue) == 0

    def test_finals_come_first_and_the_oldest_of_them_first(self):
        queue = Queue[str]()
        jobs = [partial("a", 1), final("b", 3), final("c", 2), partial("d", 0)]
        for job in jobs:
            queue.put(job)
        assert [take(queue), take(queue)] == [jobs[2], jobs[1]]

    def test_the_session_served_longest_ago_gets_its_partial_next(self):
        queue = Queue[str]()
        for now, session in enumerate("abc"):
            queue.put(partial(session))
            queue.done(take(queue, now))
        for session in "cab":
            queue.put(partial(session, 5))
        assert [take(queue, 5).session for _ in range(3)] == ["a", "b", "c"]

    def test_a_session_that_begins_to_speak_does_not_wait_for_the_others(self):
        queue = Queue[str]()
        queue.put(partial("a"))
        queue.done(take(queue, 1))
        queue.put(partial("a", 2))
        queue.put(partial("new", 3))
        assert take(queue, 3).session == "new"

    def test_a_session_is_never_decoded_twice_at_once(self):
        queue = Queue[str]()
        queue.put(final("a", 1))
        queue.put(final("a", 2))
        queue.put(final("b", 3))
        first = take(queue)
        assert take(queue).session == "b"
        assert queue.next(0) is None
        queue.done(first)
        assert take(queue).enqueued_at == 2

    def test_what_is_in_flight_can_be_asked_for(self):
        queue = Queue[str]()
        queue.put(final("a"))
        assert queue.in_flight("a") is None
        job = take(queue)
        assert queue.in_flight("a") is job
        queue.done(job)
        assert queue.in_flight("a") is None

    def test_it_tells_every_job_it_holds(self):
        queue = Queue[str]()
        jobs = [final("a"), final("a"), partial("a"), partial("b")]
        for job in jobs:
            queue.put(job)
        flying = take(queue)
        assert flying in jobs[:2]
        assert set(queue.held()) == set(jobs)
        queue.done(flying)
        assert set(queue.held()) == set(jobs) - {flying}


class TestBounds:
    def test_a_newer_partial_replaces_the_one_that_waits(self):
        queue = Queue[str]()
        old, new = partial("a", 1), partial("a", 2)
        queue.put(old)
        queue.put(new)
        assert take(queue) is new
        assert queue.counts.replaced == 1

    def test_a_final_makes_the_partial_before_it_pointless(self):
        queue = Queue[str]()
        end = final("a", 2)
        queue.put(partial("a", 1))
        queue.put(end)
        assert take(queue) is end
        queue.done(end)
        assert queue.next(3) is None
        assert queue.counts.replaced == 1

    def test_a_final_too_many_is_refused(self):
        queue = Queue[str](finals_per_session=2)
        queue.put(final("a"))
        queue.put(final("a"))
        with pytest.raises(QueueFullError, match="2 utterances"):
            queue.put(final("a"))
        queue.put(final("b"))
        assert queue.counts.refused == 1
        assert len(queue) == 3

    def test_partials_are_shed_while_finals_pile_up(self):
        queue = Queue[str](backlog_seconds=10)
        assert queue.put(partial("a"))
        assert queue.put(final("b", 0, 6))
        assert (queue.backlog_seconds, queue.overloaded) == (6, False)
        assert queue.put(final("c", 0, 6))
        assert (queue.backlog_seconds, queue.overloaded) == (12, True)
        assert not queue.put(partial("d"))
        assert queue.counts.shed == 2
        assert [take(queue).kind, take(queue).kind] == ["final", "final"]
        assert queue.next(0) is None
        assert queue.put(partial("d"))


class TestRequeue:
    def test_a_final_whose_recogniser_died_goes_first(self):
        queue = Queue[str]()
        for job in (final("a", 1), final("b", 2), final("a", 3)):
            queue.put(job)
        other = take(queue)
        lost = take(queue)
        assert queue.requeue(lost)
        queue.done(other)
        again = take(queue)
        assert (again.session, again.enqueued_at, again.attempts) == ("b", 2, 1)

    def test_what_came_back_is_decoded_with_nothing_else_in_flight(self):
        queue = Queue[str]()
        for session in "abc":
            queue.put(final(session))
        lost, other = take(queue), take(queue)
        queue.requeue(lost)
        assert queue.next(0) is None
        queue.done(other)
        again = take(queue)
        assert (again.session, again.attempts) == ("a", 1)
        assert queue.next(0) is None
        queue.done(again)
        assert take(queue).session == "c"

    def test_the_finals_of_a_session_stay_in_order(self):
        queue = Queue[str]()
        queue.put(final("a", 1))
        lost = take(queue)
        queue.put(final("a", 2))
        queue.requeue(lost)
        again = take(queue)
        assert again.enqueued_at == 1
        queue.done(again)
        assert take(queue).enqueued_at == 2

    def test_a_partial_goes_first_too_but_not_before_finals(self):
        queue = Queue[str]()
        queue.put(partial("a", 1))
        lost = take(queue, 1)
        queue.put(partial("b", 2))
        assert queue.requeue(lost)
        queue.put(final("c", 3))
        order = []
        for _ in range(3):
            job = take(queue)
            order.append(job.session)
            queue.done(job)
        assert order == ["c", "a", "b"]

    @pytest.mark.parametrize("newer", [partial, final])
    def test_a_partial_does_not_come_back_when_a_newer_job_waits(
        self, newer: Callable[[str, float], Job[str]]
    ):
        queue = Queue[str]()
        queue.put(partial("a", 1))
        lost = take(queue)
        queue.put(newer("a", 2))
        assert not queue.requeue(lost)
        assert len(queue) == 1

    def test_what_kills_every_recogniser_is_given_up(self):
        queue = Queue[str](max_attempts=2)
        queue.put(final("a"))
        assert queue.requeue(take(queue))
        assert not queue.requeue(take(queue))
        assert queue.next(0) is None
        assert queue.counts.given_up == 1

    def test_only_what_is_in_flight_can_end(self):
        queue = Queue[str]()
        job = final("a")
        queue.put(job)
        for end in (queue.done, queue.requeue):
            with pytest.raises(ValueError, match="not in flight"):
                end(job)


class TestSpeculation:
    def test_a_speculative_final_waits_like_a_partial(self):
        queue = Queue[str](backlog_seconds=10)
        queue.put(speculative("a", 1))
        queue.put(final("b", 2))
        assert take(queue).kind == "final"
        assert take(queue).kind == "speculative"
        queue.put(speculative("c", 3))
        queue.put(final("d", 4, 11))
        assert queue.counts.shed == 1
        assert not queue.put(speculative("c", 5))

    def test_a_newer_job_of_its_session_takes_its_place(self):
        queue = Queue[str]()
        for newer in (partial("a", 2), final("a", 2)):
            queue.put(speculative("a", 1))
            queue.put(newer)
            assert take(queue) is newer
            queue.done(newer)
            assert queue.next(3) is None

    def test_confirmed_it_is_a_final_as_old_as_it_is(self):
        queue = Queue[str]()
        queue.put(speculative("a", 1))
        queue.put(final("b", 2))
        assert queue.confirm("a")
        job = take(queue)
        assert (job.session, job.kind, job.enqueued_at) == ("a", "final", 1)

    def test_confirmed_it_comes_after_the_finals_before_it(self):
        queue = Queue[str]()
        queue.put(final("a", 1))
        queue.put(speculative("a", 2))
        assert queue.confirm("a")
        first = take(queue)
        queue.done(first)
        assert (first.enqueued_at, take(queue).enqueued_at) == (1, 2)

    def test_only_a_waiting_speculative_final_can_be_confirmed(self):
        queue = Queue[str](finals_per_session=1)
        assert not queue.confirm("a")
        queue.put(partial("a"))
        assert not queue.confirm("a")
        queue.put(speculative("a"))
        job = take(queue)
        assert not queue.confirm("a")
        queue.done(job)
        queue.put(final("a"))
        queue.put(speculative("a"))
        assert not queue.confirm("a")
        assert len(queue) == 2


class TestDrop:
    def test_nothing_of_a_dropped_session_is_decoded(self):
        queue = Queue[str]()
        queue.put(final("a"))
        queue.put(partial("b"))
        queue.drop("a")
        queue.drop("unknown")
        assert take(queue).session == "b"
        assert queue.next(0) is None

    def test_what_was_in_flight_ends_without_coming_back(self):
        queue = Queue[str]()
        queue.put(final("a", 1))
        queue.put(final("a", 2))
        job = take(queue)
        queue.drop("a")
        assert len(queue) == 0
        assert not queue.requeue(job)
        assert queue.in_flight("a") is None

    def test_a_dropped_session_can_return(self):
        queue = Queue[str]()
        queue.put(final("a", 1))
        old = take(queue)
        queue.drop("a")
        queue.put(final("a", 2))
        assert queue.next(0) is None
        queue.done(old)
        new = take(queue)
        assert new.enqueued_at == 2
        assert queue.requeue(new)


class TestTogether:
    """Jobs that are decoded at once."""

    def taken(self, queue: Queue[str], most: int = 4, free: int = 1) -> list[str]:
        return [job.session for job in queue.next_together(0, most=most, most_finals=most, free=free)]

    def test_partials_in_the_order_in_which_they_would_come(self):
        queue = Queue[str]()
        for now, session in enumerate("abcde"):
            queue.put(together(partial(session)))
            queue.done(take(queue, now))
        for session in "cbade":
            queue.put(together(partial(session)))
        assert self.taken(queue) == ["a", "b", "c", "d"]
        assert self.taken(queue) == ["e"]
        assert self.taken(queue) == []

    def test_finals_and_after_them_those_that_may_not_be_wanted(self):
        queue = Queue[str]()
        jobs = [together(speculative("a", 1)), together(final("b", 3)), together(final("c", 2))]
        for job in [*jobs, together(partial("d", 0))]:
            queue.put(job)
        assert self.taken(queue) == ["c", "b", "a"]
        assert self.taken(queue) == ["d"]

    def test_never_two_of_a_session(self):
        queue = Queue[str]()
        for at in (1, 2):
            queue.put(together(final("a", at)))
        assert self.taken(queue) == ["a"]
        assert self.taken(queue) == []

    def test_only_those_of_a_lot(self):
        queue = Queue[str]()
        queue.put(replace(final("a", 1), lot="one"))
        queue.put(replace(final("b", 2), lot="other"))
        queue.put(final("c", 3))
        queue.put(final("d", 4))
        queue.put(replace(final("e", 5), lot="one"))
        assert [self.taken(queue) for _ in range(4)] == [["a", "e"], ["b"], ["c"], ["d"]]

    def test_only_those_of_about_one_length(self):
        queue = Queue[str]()
        for session, seconds in zip("abcdef", (1, 1.5, 1.6, 8, 10, 11), strict=True):
            queue.put(together(partial(session, 0, seconds)))
        assert [self.taken(queue) for _ in range(3)] == [["a", "b"], ["c"], ["d", "e"]]

    def test_no_more_than_leaves_work_for_everybody_who_is_free(self):
        queue = Queue[str]()
        for session in "abcdefg":
            queue.put(together(partial(session)))
        assert [len(self.taken(queue, 4, free)) for free in (3, 2, 1)] == [2, 2, 3]
        assert self.taken(Queue[str](), 4, 2) == []

    def test_what_came_back_is_decoded_alone(self):
        queue = Queue[str]()
        for session in "abc":
            queue.put(together(final(session)))
        lost = queue.next_together(0, most_finals=2)
        for job in lost:
            queue.requeue(job)
        for session in "abc":
            assert self.taken(queue) == [session]
            flying = queue.in_flight(session)
            assert flying is not None
            queue.done(flying)


SESSIONS = st.sampled_from(["a", "b", "c", "d"])


class Anything(RuleBasedStateMachine):
    """Whatever is put, taken, ended, lost and dropped: every final comes out once, in order, and nothing piles up."""

    def __init__(self) -> None:
        super().__init__()
        self.queue = Queue[int](backlog_seconds=8, finals_per_session=4, max_attempts=3)
        self.clock = count(1)
        self.numbers = count()
        self.in_flight: list[Job[int]] = []
        self.waiting: dict[str, list[int]] = {}
        """Payloads of the finals of each session that were put and neither ended nor given up."""
        self.dropped: set[int] = set()
        self.returned: set[int] = set()
        """Payloads of the jobs that came back and were not taken again."""
        self.speculating: dict[str, int] = {}
        """The payload of the last speculative final of each session."""

    @rule(
        session=SESSIONS, kind=st.sampled_from(["partial", "speculative", "final"]), seconds=st.floats(0.1, 5)
    )
    def put(self, session: str, kind: Kind, seconds: float) -> None:
        lot = None if seconds > 4 else "partial" if kind == "partial" else "final"
        job = Job(session, kind, float(next(self.clock)), seconds, next(self.numbers), lot=lot)
        finals = self.waiting.setdefault(session, [])
        was_overloaded = self.queue.overloaded
        try:
            taken = self.queue.put(job)
        except QueueFullError:
            assert kind == "final"
            assert len(finals) >= 4
            return
        assert taken == (kind == "final" or not was_overloaded)
        if kind == "final":
            finals.append(job.payload)
        elif kind == "speculative":
            self.speculating[session] = job.payload

    @rule(session=SESSIONS)
    def confirm(self, session: str) -> None:
        if self.queue.confirm(session):
            self.waiting[session].append(self.speculating[session])

    @rule(most=st.integers(1, 4), finals=st.integers(1, 4), free=st.integers(1, 3))
    def take(self, most: int, finals: int, free: int) -> None:
        busy = {job.session for job in self.in_flight}
        ready = {session for session, finals in self.waiting.items() if finals and session not in busy}
        waited = len(self.queue)
        jobs = self.queue.next_together(float(next(self.clock)), most=most, most_finals=finals, free=free)
        if not jobs:
            assert not ready or self.in_flight, "somebody may always go on"
            assert not ready or self.returned or any(job.attempts for job in self.in_flight)
            return
        assert len(jobs) <= (most if jobs[0].kind == "partial" else finals)
        assert len(jobs) == 1 or len(jobs) * free <= waited
        assert len({job.lot for job in jobs}) == 1
        assert len({job.session for job in jobs} | busy) == len(jobs) + len(busy)
        if any(job.attempts for job in [*jobs, *self.in_flight]):
            assert len(jobs) + len(self.in_flight) == 1, "what came back is decoded alone"
        if jobs[0].kind != "final":
            assert not ready, "finals go first"
        for job in jobs:
            assert self.queue.in_flight(job.session) is job
            if job.kind == "final":
                assert job.payload == self.waiting[job.session][0], (
                    "the finals of a session come out in order"
                )
            self.returned.discard(job.payload)
        self.in_flight += jobs

    @precondition(lambda self: self.in_flight)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        job = self._pick(data)
        self.queue.done(job)
        self._forget(job)

    @precondition(lambda self: self.in_flight)
    @rule(data=st.data())
    def lose(self, data: st.DataObject) -> None:
        job = self._pick(data)
        if self.queue.requeue(job):
            self.returned.add(job.payload)
        else:
            assert job.kind != "final" or job.attempts == 2 or job.payload in self.dropped
            self._forget(job)

    @rule(session=SESSIONS)
    def drop(self, session: str) -> None:
        self.queue.drop(session)
        self.waiting[session] = []
        self.dropped |= {job.payload for job in self.in_flight if job.session == session}

    @invariant()
    def nothing_piles_up(self) -> None:
        finals = sum(len(waiting) for waiting in self.waiting.values())
        flying = sum(job.kind == "final" and job.payload not in self.dropped for job in self.in_flight)
        assert finals - flying <= len(self.queue) <= finals - flying + 4
        if self.queue.overloaded:
            assert len(self.queue) == finals - flying

    def teardown(self) -> None:
        """Everything that waits comes out at last."""
        for job in self.in_flight:
            self.queue.done(job)
            self._forget(job)
        while last := self.queue.next(float(next(self.clock))):
            self.queue.done(last)
            self._forget(last)
        assert not any(self.waiting.values())
        assert len(self.queue) == 0

    def _pick(self, data: st.DataObject) -> Job[int]:
        return self.in_flight.pop(data.draw(st.integers(0, len(self.in_flight) - 1)))

    def _forget(self, job: Job[int]) -> None:
        if job.payload in self.waiting.get(job.session, []):
            self.waiting[job.session].remove(job.payload)


TestAnything = Anything.TestCase
TestAnything.settings = settings(max_examples=100, stateful_step_count=40, deadline=None, derandomize=True)
