"""How long decodes take on this machine, and how many at once do best."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from ...speech.capacity import Cost, Slots, room, seconds_for
from .base import EngineError, ParallelEngine

# Seconds of sound. Windows are mostly between these.
MEASURED = (4.0, 8.0)
MOST_RUNS = 4
# A decode that is done within this is measured again: what else the machine does at the moment must not count.
RUNS_SECONDS = 0.4

# No further way is tried when that would take longer than this in all, or more work of each core: big models load
# slowly, and where something else keeps the machine busy the work takes longer.
CHOICE_SECONDS = 30.0
CHOICE_WORK_SECONDS = 6.0

MOST_PARALLEL = 8
MOST_PARALLEL_ELSEWHERE = 2
# Nobody feels that a partial takes so long. One that takes longer may take so many times what it could.
UNFELT_SECONDS = 0.25
FELT = 1.25

AnEngine = TypeVar("AnEngine", bound=ParallelEngine)


@dataclass(frozen=True, slots=True)
class Clocks:
    """Seconds that pass, and seconds that processors work for this process."""

    passed: Callable[[], float] = time.perf_counter
    worked: Callable[[], float] = time.process_time


@dataclass(frozen=True, slots=True)
class Calibrated(Generic[AnEngine]):
    """An engine, how it is to be used, and what its decodes then cost."""

    engine: AnEngine
    slots: Slots
    costs: tuple[Cost, ...]

    @property
    def seconds(self) -> float:
        """What somebody waits for who is alone."""
        return seconds_for(self.costs, MEASURED[-1])


def rehearse(engine: ParallelEngine, seconds: float, slots: Slots, clocks: Clocks | None = None) -> float:
    """How long it takes when every slot has such a sound decoded. Raises EngineError."""
    clocks = clocks or Clocks()
    begun, worked = clocks.passed(), clocks.worked()
    if slots.parallel == 1:
        engine.rehearse(seconds)
    else:
        with ThreadPoolExecutor(slots.parallel) as callers:
            for done in [callers.submit(engine.rehearse, seconds) for _ in range(slots.parallel)]:
                done.result()
    took = clocks.passed() - begun
    if slots.threads != 1:
        return took
    # A decode on one thread waits for nothing but a core. While a whole product starts it waits long for that: what the
    # processor worked is what it takes when there is nothing else to do.
    return min(took, (clocks.worked() - worked) / slots.parallel)


def calibrate(
    engine: ParallelEngine,
    slots: Slots,
    measured: Sequence[float] = MEASURED,
    clocks: Clocks | None = None,
) -> tuple[Cost, ...]:
    """The quickest of a few runs of each length. Raises EngineError."""
    clocks = clocks or Clocks()
    return tuple(Cost(seconds, _quickest(engine, seconds, slots, clocks)) for seconds in measured)


def candidates(
    cores: int, *, threads: int = 0, parallel: int = 0, on_cores: bool = True
) -> tuple[Slots, ...]:
    """The ways of decoding worth trying on that many cores, one decode at once first.

    `threads` and `parallel` above 0 are kept to. Where decodes are not done on the cores, threads are no matter.
    """
    most = min(cores, MOST_PARALLEL) if on_cores else MOST_PARALLEL_ELSEWHERE
    at_once = [parallel] if parallel else [number for number in (1, 2, 4, 8) if number <= most]
    if not on_cores:
        return tuple(Slots(number, cores=cores) for number in at_once)
    found = [Slots(number, threads=threads or max(1, cores // number), cores=cores) for number in at_once]
    if threads and not parallel:
        found = [slots for slots in found if slots.parallel == 1 or slots.parallel * threads <= cores]
    if not threads and 1 in at_once and cores > 4:
        # What CTranslate2 would take: a decode may be slower with more.
        found.append(Slots(threads=4, cores=cores))
    return tuple(found)


def best_slots(
    load: Callable[[Slots], AnEngine], tried: Sequence[Slots], clocks: Clocks | None = None
) -> Calibrated[AnEngine]:
    """The engine that hears the most people at once, of those that `load` makes; the quickest of several such.

    The first of `tried` is loaded in any case, the others while there is time. Raises EngineError.
    """
    clocks = clocks or Clocks()
    began, worked = clocks.passed(), clocks.worked()
    best: Calibrated[AnEngine] | None = None
    for number, slots in enumerate(tried):
        more = (number + 1) / max(1, number)
        too_long = (clocks.passed() - began) * more > CHOICE_SECONDS
        if best and (too_long or (clocks.worked() - worked) / slots.cores * more > CHOICE_WORK_SECONDS):
            break
        try:
            engine = load(slots)
            other = Calibrated(engine, slots, calibrate(engine, slots, clocks=clocks))
        except EngineError:
            # The memory of a device may hold one model and no second one.
            if best is None:
                raise
            break
        if best is None or _better(other, best):
            best = other
    if best is None:
        raise ValueError("No way of decoding to try.")
    return best


def _better(one: Calibrated[AnEngine], other: Calibrated[AnEngine]) -> bool:
    if one.seconds > max(UNFELT_SECONDS, FELT * other.seconds):
        return False
    if other.seconds > max(UNFELT_SECONDS, FELT * one.seconds):
        return True
    places, others = room(one.costs, one.slots), room(other.costs, other.slots)
    return places > others if places != others else one.seconds < other.seconds


def _quickest(engine: ParallelEngine, seconds: float, slots: Slots, clocks: Clocks) -> float:
    begun = clocks.passed()
    quickest = float("inf")
    for runs in range(1, MOST_RUNS + 1):
        quickest = min(quickest, rehearse(engine, seconds, slots, clocks))
        spent = clocks.passed() - begun
        if spent + spent / runs > RUNS_SECONDS:
            break
    return quickest
