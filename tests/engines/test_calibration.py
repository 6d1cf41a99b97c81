"""On engines whose decodes take as long as a test says, by a clock of the test's own; and on the demo model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from captions.engines.base import Audio, Request, Task
from captions.engines.calibration import MEASURED, MOST_RUNS, calibrate, thread_candidates, with_best_threads
from captions.engines.local_whisper import LocalWhisper
from captions.speech.capacity import room
from captions.speech.types import SILENCE, Hypothesis


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class TimedEngine:
    """Every decode takes `seconds`, times two for the `disturbed` first ones."""

    clock: Clock
    seconds: float = 0.01
    disturbed: int = 0
    runs: list[tuple[str, float]] = field(default_factory=list)
    name = "timed"
    device = "cpu"

    def decode(self, audio: Audio, task: Task) -> Hypothesis:
        return SILENCE

    def decode_together(self, requests: Sequence[Request]) -> list[Hypothesis]:
        return [SILENCE for _ in requests]

    def rehearse(self, kind: str, seconds: float, batch: int = 1) -> None:
        self.runs.append((kind, seconds))
        self.clock.now += self.seconds * (2 if len(self.runs) <= self.disturbed else 1)


def loader(
    clock: Clock, by_threads: dict[int, float], load_seconds: float = 0.1
) -> Callable[[int], TimedEngine]:
    def load(threads: int) -> TimedEngine:
        clock.now += load_seconds
        return TimedEngine(clock, by_threads[threads])

    return load


class TestCosts:
    def test_are_those_of_the_undisturbed_runs(self) -> None:
        clock = Clock()
        engine = TimedEngine(clock, 0.01, disturbed=3)
        costs = calibrate(engine, clock)
        assert [(cost.kind, cost.audio_seconds) for cost in costs] == list(MEASURED)
        assert [cost.seconds for cost in costs] == pytest.approx([0.01] * len(MEASURED))
        assert len(engine.runs) == MOST_RUNS * len(MEASURED)

    def test_of_a_slow_model_are_measured_once(self) -> None:
        clock = Clock()
        engine = TimedEngine(clock, 3.0)
        assert [cost.seconds for cost in calibrate(engine, clock)] == [3.0] * len(MEASURED)
        assert len(engine.runs) == len(MEASURED)


class TestThreads:
    @pytest.mark.parametrize(
        ("cores", "tried"), [(1, (1,)), (2, (2, 1)), (4, (4, 2, 1)), (8, (8, 4, 1)), (64, (64, 32, 4, 1))]
    )
    def test_that_are_tried(self, cores: int, tried: tuple[int, ...]) -> None:
        assert thread_candidates(cores) == tried

    def test_the_quickest_wins(self) -> None:
        clock = Clock()
        best = with_best_threads(loader(clock, {8: 0.03, 4: 0.01, 1: 0.02}), (8, 4, 1), clock)
        assert best.threads == 4
        assert best.engine.seconds == 0.01
        assert best.costs[0].seconds == pytest.approx(0.01)

    def test_fewer_win_when_they_are_nearly_as_quick(self) -> None:
        clock = Clock()
        assert with_best_threads(loader(clock, {2: 0.0100, 1: 0.0105}), (2, 1), clock).threads == 1
        assert with_best_threads(loader(clock, {2: 0.0100, 1: 0.0120}), (2, 1), clock).threads == 2

    def test_a_big_model_is_loaded_once(self) -> None:
        clock = Clock()
        best = with_best_threads(loader(clock, {2: 1.0}, load_seconds=20), (2, 1), clock)
        assert best.threads == 2

    def test_nothing_to_try(self) -> None:
        with pytest.raises(ValueError, match="No number of threads"):
            with_best_threads(loader(Clock(), {}), ())


def test_the_demo_model_has_room_and_longer_or_better_decodes_cost_more(demo: LocalWhisper) -> None:
    short, long, final = calibrate(demo)
    assert 0 < short.seconds < long.seconds < final.seconds
    assert room((short, long, final)) >= 1
