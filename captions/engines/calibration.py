"""How long decodes take on this machine, and with how many threads they are quickest."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from ..speech.capacity import Cost, predict
from .base import ParallelEngine

Kind = Literal["partial", "final"]

MEASURED: tuple[tuple[Kind, float], ...] = (("partial", 2.0), ("partial", 6.0), ("final", 4.0))
MOST_RUNS = 4
# A decode that is done within this is measured again: what else the machine does at the moment must not count.
RUNS_SECONDS = 0.4

# No further number of threads is tried when that would take longer than this in all: big models load slowly.
CHOICE_SECONDS = 4.0
# A core that is left alone is good for the sound of many sessions, and worth so much slower decodes.
WORTH_A_CORE = 1.1

AnEngine = TypeVar("AnEngine", bound=ParallelEngine)


@dataclass(frozen=True, slots=True)
class Calibrated(Generic[AnEngine]):
    """An engine with what its decodes cost."""

    engine: AnEngine
    threads: int
    costs: tuple[Cost, ...]


def calibrate(engine: ParallelEngine, clock: Callable[[], float] = time.perf_counter) -> tuple[Cost, ...]:
    """The quickest of a few runs of each kind and length. Raises EngineError."""
    return tuple(
        Cost(kind, seconds, _quickest(lambda k=kind, s=seconds: engine.rehearse(k, s), clock))  # type: ignore[misc]
        for kind, seconds in MEASURED
    )


def with_best_threads(
    load: Callable[[int], AnEngine],
    candidates: Sequence[int],
    clock: Callable[[], float] = time.perf_counter,
) -> Calibrated[AnEngine]:
    """The engine whose decodes ask least of this machine, of those that `load` makes with so many threads.

    `candidates` fall; the first is loaded in any case, the others while there is time. Raises EngineError.
    """
    started = clock()
    best: Calibrated[AnEngine] | None = None
    for number, threads in enumerate(candidates):
        spent = clock() - started
        if best and spent + spent / number > CHOICE_SECONDS:
            break
        engine = load(threads)
        tried = Calibrated(engine, threads, calibrate(engine, clock))
        if best is None or _share(tried) < _share(best) * WORTH_A_CORE:
            best = tried
    if best is None:
        raise ValueError("No number of threads to try.")
    return best


def thread_candidates(cores: int) -> tuple[int, ...]:
    """The numbers of threads worth trying on that many cores, falling.

    Four are what CTranslate2 would take: where there are many cores, half of them may still be too many.
    """
    return tuple(sorted({cores, max(1, cores // 2), min(4, cores), 1}, reverse=True))


def _share(calibrated: Calibrated[AnEngine]) -> float:
    return predict(calibrated.costs, 1).share


def _quickest(work: Callable[[], None], clock: Callable[[], float]) -> float:
    spent = 0.0
    quickest = float("inf")
    for _ in range(MOST_RUNS):
        begun = clock()
        work()
        took = clock() - begun
        quickest = min(quickest, took)
        spent += took
        if spent + quickest > RUNS_SECONDS:
            break
    return quickest
