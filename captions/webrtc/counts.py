"""What became of one microphone's packets, and its share in the metrics of the process."""

from dataclasses import dataclass

from ..metrics import CLOCK_CORRECTIONS, PACKETS, REORDER_DELAY_SECONDS
from .audio import ClockCounts
from .jitter import JitterCounts

_OUTCOMES = ("received", "recovered", "lost", "late", "duplicate", "concealed", "undecodable", "too_fast")
_CORRECTIONS = ("silence", "gap", "jump")
_COUNTERS = (*map(PACKETS.labels, _OUTCOMES), *map(CLOCK_CORRECTIONS.labels, _CORRECTIONS))


@dataclass(slots=True)
class SoundStats:
    """What happened to the packets. `hold_seconds` sums the time from the arrival of a packet to its delivery."""

    packets: JitterCounts
    clock: ClockCounts
    concealed: int = 0
    undecodable: int = 0
    too_fast: int = 0
    hold_seconds: float = 0.0
    longest_hold_seconds: float = 0.0


class Tally:
    """Adds to the metrics what was counted since the last time: a packet itself costs nothing there."""

    def __init__(self, stats: SoundStats) -> None:
        self._stats = stats
        self._observed = self._counted()
        self._waits = stats.packets.waits

    def observe(self, delay_seconds: float) -> None:
        """`delay_seconds` is how long a hole is waited for at the moment."""
        counted = self._counted()
        for counter, now, before in zip(_COUNTERS, counted, self._observed, strict=True):
            if now > before:
                counter.inc(now - before)
        self._observed = counted
        while self._waits < self._stats.packets.waits:
            self._waits += 1
            REORDER_DELAY_SECONDS.observe(delay_seconds)

    def _counted(self) -> tuple[int, ...]:
        """In the order of _COUNTERS."""
        stats, packets, clock = self._stats, self._stats.packets, self._stats.clock
        return (
            packets.received,
            packets.recovered,
            packets.lost,
            packets.late,
            packets.duplicate,
            stats.concealed,
            stats.undecodable,
            stats.too_fast,
            clock.silences,
            clock.gaps,
            clock.jumps,
        )
