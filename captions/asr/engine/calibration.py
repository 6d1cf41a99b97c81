"""Measures how long decodes take on this machine, and how many at once serve the most sessions."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from ...speech.capacity import Cost, Slots, room, seconds_for
from .base import EngineError, ParallelEngine

# Seconds of sound that are measured: most windows are between these.
MEASURED = (4.0, 8.0)
MOST_RUNS = 4
# Decodes are repeated within this time, so that other load on the machine counts less.
RUNS_SECONDS = 0.4

# No further configuration is tried if that would take longer than this altogether, or more processor time of each core.
# Big models load slowly; other load makes the time longer, but not the processor time.
CHOICE_SECONDS = 30.0
CHOICE_WORK_SECONDS = 6.0

MOST_PARALLEL = 8
MOST_PARALLEL_ELSEWHERE = 2
# A decode within the first limit is as good as immediate. A slower one may take at most `FELT` times the fastest.
UNFELT_SECONDS = 0.25
FELT = 1.25

AnEngine = TypeVar("AnEngine", bound=ParallelEngine)


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks that calibration reads, both in seconds."""

    passed: Callable[[], float] = time.perf_counter
    """Real time."""
    worked: Callable[[], float] = time.process_time
    """Processor time of this process."""


@dataclass(frozen=True, slots=True)
class Calibrated(Generic[AnEngine]):
    """An engine, how many decodes it runs at once, and how long they then take."""

    engine: AnEngine
    slots: Slots
    costs: tuple[Cost, ...]

    @property
    def seconds(self) -> float:
        """Seconds that a decode of the longest measured sound takes."""
        return seconds_for(self.costs, MEASURED[-1])


def rehearse(engine: ParallelEngine, seconds: float, slots: Slots, clocks: Clocks | None = None) -> float:
    """Seconds that a decode of `seconds` of speech takes while every slot does the same. Raises EngineError."""
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
    # A decode on one thread only waits for a core, which takes long while all roles start. Its processor time is what
    # it takes on an idle machine.
    return min(took, (clocks.worked() - worked) / slots.parallel)


def calibrate(
    engine: ParallelEngine,
    slots: Slots,
    measured: Sequence[float] = MEASURED,
    clocks: Clocks | None = None,
) -> tuple[Cost, ...]:
    """The fastest of a few decodes of each length in `measured`, in seconds of sound. Raises EngineError."""
    clocks = clocks or Clocks()
    return tuple(Cost(seconds, _quickest(engine, seconds, slots, clocks)) for seconds in measured)


def candidates(
    cores: int, *, threads: int = 0, parallel: int = 0, on_cores: bool = True
) -> tuple[Slots, ...]:
    """The configurations worth measuring on a machine with `cores`, the one with one decode at a time first.

    `threads` and `parallel` above 0 are fixed values. Without `on_cores` another device decodes, and threads are 0.
    """
    most = min(cores, MOST_PARALLEL) if on_cores else MOST_PARALLEL_ELSEWHERE
    at_once = [parallel] if parallel else [number for number in (1, 2, 4, 8) if number <= most]
    if not on_cores:
        return tuple(Slots(number, cores=cores) for number in at_once)
    found = [Slots(number, threads=threads or max(1, cores // number), cores=cores) for number in at_once]
    if threads and not parallel:
        found = [slots for slots in found if slots.parallel == 1 or slots.parallel * threads <= cores]
    if not threads and 1 in at_once and cores > 4:
        # The default of CTranslate2: a decode may be slower on more threads.
        found.append(Slots(threads=4, cores=cores))
    return tuple(found)


def best_slots(
    load: Callable[[Slots], AnEngine], tried: Sequence[Slots], clocks: Clocks | None = None
) -> Calibrated[AnEngine]:
    """Loads and measures an engine for each of `tried`; returns the one for the most sessions, or the fastest of these.

    The first is measured in any case, the others while there is time. Raises EngineError if the first fails, and
    ValueError if `tried` is empty.
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
            # The memory of the device may be too small for a second model.
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
