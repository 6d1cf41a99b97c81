"""On engines whose decodes take as long as a test says, by a clock of the test's own; and on the toy model."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from captions.asr.engine.base import Audio, EngineError, Request, Task
from captions.asr.engine.calibration import (
    MEASURED,
    MOST_RUNS,
    Calibrated,
    Clocks,
    best_slots,
    calibrate,
    candidates,
    rehearse,
)
from captions.asr.engine.local_whisper import LocalWhisper
from captions.speech.capacity import Cost, Slots, room
from captions.speech.types import SILENCE, Hypothesis


class Clock:
    """`busy` is the share of the machine that something else takes."""

    def __init__(self, busy: float = 0.0) -> None:
        self.now = 0.0
        self.worked = 0.0
        self._busy = busy

    def work(self, seconds: float, processors: int = 1) -> None:
        """So much work, done by so many processors at once."""
        self.now += seconds / (1 - self._busy)
        self.worked += seconds * processors

    @property
    def both(self) -> Clocks:
        return Clocks(lambda: self.now, lambda: self.worked)


@dataclass
class TimedEngine:
    """Every decode takes `seconds`, times two for the `disturbed` first ones."""

    clock: Clock
    seconds: float = 0.01
    disturbed: int = 0
    parallel: int = 1
    runs: list[float] = field(default_factory=list)
    name = "timed"
    device = "cpu"

    def decode(self, audio: Audio, task: Task) -> Hypothesis:
        return SILENCE

    def decode_together(self, requests: Sequence[Request]) -> list[Hypothesis]:
        return [SILENCE for _ in requests]

    def rehearse(self, seconds: float) -> None:
        self.runs.append(seconds)
        slower = 2 if len(self.runs) <= self.disturbed else 1
        # Several callers at once are done after the time of one.
        self.clock.work(self.seconds * slower / self.parallel, self.parallel)


def loader(
    clock: Clock, seconds: dict[tuple[int, int], float], load_seconds: float = 0.1
) -> Callable[[Slots], TimedEngine]:
    """Engines by threads and by how many decode at once."""

    def load(slots: Slots) -> TimedEngine:
        clock.now += load_seconds
        return TimedEngine(clock, seconds[slots.threads, slots.parallel], parallel=slots.parallel)

    return load


def slots(*pairs: tuple[int, int]) -> list[Slots]:
    return [Slots(parallel, threads=threads, cores=8) for threads, parallel in pairs]


class TestCosts:
    def test_are_those_of_the_undisturbed_runs(self) -> None:
        clock = Clock()
        engine = TimedEngine(clock, 0.01, disturbed=3)
        costs = calibrate(engine, Slots(), clocks=clock.both)
        assert [cost.audio_seconds for cost in costs] == list(MEASURED)
        assert [cost.seconds for cost in costs] == pytest.approx([0.01] * len(MEASURED))
        assert len(engine.runs) == MOST_RUNS * len(MEASURED)

    def test_of_a_slow_model_are_measured_once(self) -> None:
        clock = Clock()
        engine = TimedEngine(clock, 3.0)
        assert [cost.seconds for cost in calibrate(engine, Slots(), clocks=clock.both)] == [3.0] * len(
            MEASURED
        )
        assert len(engine.runs) == len(MEASURED)

    def test_are_measured_with_every_slot_busy(self) -> None:
        at_once = threading.Barrier(3, timeout=60)

        class Meeting(TimedEngine):
            def rehearse(self, seconds: float) -> None:
                at_once.wait()
                super().rehearse(seconds)

        engine = Meeting(Clock(), 0.3, parallel=3)
        taken = rehearse(engine, 4, Slots(3), engine.clock.both)
        assert engine.runs == [4] * 3
        assert taken == pytest.approx(0.3)

    def test_of_one_thread_are_those_of_an_idle_machine(self) -> None:
        for parallel in (1, 2):
            clock = Clock(busy=0.8)
            engine = TimedEngine(clock, 0.01, parallel=parallel)
            costs = calibrate(engine, Slots(parallel, threads=1, cores=2), clocks=clock.both)
            assert [cost.seconds for cost in costs] == pytest.approx([0.01] * len(MEASURED))

    def test_of_several_threads_are_what_was_seen(self) -> None:
        clock = Clock(busy=0.8)
        costs = calibrate(TimedEngine(clock, 0.01), Slots(threads=2, cores=2), clocks=clock.both)
        assert [cost.seconds for cost in costs] == pytest.approx([0.05] * len(MEASURED))


class TestWays:
    @pytest.mark.parametrize(
        ("cores", "tried"),
        [
            (1, [(1, 1)]),
            (2, [(2, 1), (1, 2)]),
            (4, [(4, 1), (2, 2), (1, 4)]),
            (8, [(8, 1), (4, 2), (2, 4), (1, 8), (4, 1)]),
            (64, [(64, 1), (32, 2), (16, 4), (8, 8), (4, 1)]),
        ],
    )
    def test_that_are_tried(self, cores: int, tried: list[tuple[int, int]]) -> None:
        found = candidates(cores)
        assert [(each.threads, each.parallel) for each in found] == tried
        assert all(each.threads * each.parallel <= each.cores == cores for each in found)

    def test_that_somebody_chose_are_kept_to(self) -> None:
        assert [(each.threads, each.parallel) for each in candidates(4, threads=1)] == [
            (1, 1),
            (1, 2),
            (1, 4),
        ]
        assert [(each.threads, each.parallel) for each in candidates(4, threads=8)] == [(8, 1)]
        assert [(each.threads, each.parallel) for each in candidates(4, parallel=3)] == [(1, 3)]
        assert [(each.threads, each.parallel) for each in candidates(4, threads=4, parallel=4)] == [(4, 4)]

    def test_on_another_device_threads_are_no_matter(self) -> None:
        found = candidates(16, on_cores=False)
        assert [(each.threads, each.parallel) for each in found] == [(0, 1), (0, 2)]

    def test_the_one_that_hears_the_most_people_wins(self) -> None:
        clock = Clock()
        load = loader(clock, {(8, 1): 0.2, (4, 2): 0.22, (2, 4): 0.24})
        best = best_slots(load, slots((8, 1), (4, 2), (2, 4)), clock.both)
        assert (best.slots.threads, best.slots.parallel) == (2, 4)
        assert best.engine.seconds == 0.24
        assert best.costs[0].seconds == pytest.approx(0.24)

    def test_of_those_that_hear_as_many_the_quickest_wins(self) -> None:
        clock = Clock()
        load = loader(clock, {(8, 1): 0.003, (4, 2): 0.002, (1, 8): 0.004})
        assert best_slots(load, slots((8, 1), (4, 2), (1, 8)), clock.both).slots.parallel == 2

    def test_nobody_waits_much_longer_for_text_so_that_more_people_fit(self) -> None:
        clock = Clock()
        load = loader(clock, {(8, 1): 0.3, (1, 8): 0.6})
        assert best_slots(load, slots((8, 1), (1, 8)), clock.both).slots.parallel == 1
        assert best_slots(load, slots((1, 8), (8, 1)), clock.both).slots.parallel == 1

    def test_a_big_model_is_loaded_once(self) -> None:
        clock = Clock()
        best = best_slots(loader(clock, {(2, 1): 1.0}, load_seconds=20), slots((2, 1), (1, 2)), clock.both)
        assert best.slots.threads == 2

    def test_a_slow_model_is_loaded_once(self) -> None:
        clock = Clock()
        best = best_slots(loader(clock, {(2, 1): 10.0}), slots((2, 1), (1, 2)), clock.both)
        assert best.slots.threads == 2

    def test_on_a_busy_machine_there_is_more_time(self) -> None:
        clock = Clock(busy=0.8)
        load = loader(clock, {(2, 1): 0.02, (1, 2): 0.03}, load_seconds=10)
        assert best_slots(load, slots((2, 1), (1, 2)), clock.both).slots.parallel == 2

    def test_where_no_second_one_can_be_loaded_the_first_is_kept(self) -> None:
        clock = Clock()
        load = loader(clock, {(2, 1): 0.1})

        def only_once(slots: Slots) -> TimedEngine:
            if clock.now:
                raise EngineError("out of memory", retryable=True)
            return load(slots)

        assert best_slots(only_once, slots((2, 1), (1, 2)), clock.both).slots.threads == 2
        with pytest.raises(EngineError, match="out of memory"):
            best_slots(only_once, slots((1, 2)), clock.both)

    def test_nothing_to_try(self) -> None:
        with pytest.raises(ValueError, match="No way of decoding"):
            best_slots(loader(Clock(), {}), ())


def test_the_toy_model_has_room_and_longer_decodes_cost_more(toy: LocalWhisper) -> None:
    # What else the machine does meanwhile must not count: it makes a decode dearer, and none cheaper.
    measured = [calibrate(toy, Slots(), clocks=Clocks(passed=time.process_time)) for _ in range(3)]
    short, long = (min(each, key=lambda cost: cost.seconds) for each in zip(*measured, strict=True))
    assert 0 < short.seconds < long.seconds
    assert room((short, long)) >= 1


def test_what_somebody_waits_for_is_a_long_window() -> None:
    costs = (Cost(MEASURED[0], 0.1), Cost(MEASURED[1], 0.3))
    assert Calibrated(TimedEngine(Clock()), Slots(), costs).seconds == pytest.approx(0.3)
