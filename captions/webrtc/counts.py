"""Counts what happened to the packets of one peer, and adds it to the metrics of the process."""

from dataclasses import dataclass

from ..metrics import CLOCK_CORRECTIONS, PACKETS, REORDER_DELAY_SECONDS
from .audio import ClockCounts
from .jitter import JitterCounts

_OUTCOMES = ("received", "recovered", "lost", "late", "duplicate", "concealed", "undecodable", "too_fast")
_CORRECTIONS = ("silence", "gap", "jump")
_COUNTERS = (*map(PACKETS.labels, _OUTCOMES), *map(CLOCK_CORRECTIONS.labels, _CORRECTIONS))


@dataclass(slots=True)
class SoundStats:
    """What happened to the packets of one peer."""

    packets: JitterCounts
    clock: ClockCounts
    concealed: int = 0
    """Frames that the decoder concealed."""
    undecodable: int = 0
    """Packets that the decoder refused."""
    too_fast: int = 0
    """Packets that were dropped because more sound had come than wall time had passed."""
    hold_seconds: float = 0.0
    """The time between arrival and delivery, summed over all packets."""
    longest_hold_seconds: float = 0.0


class Tally:
    """Adds to the metrics what was counted since the last call, so that a packet itself updates none."""

    def __init__(self, stats: SoundStats) -> None:
        self._stats = stats
        self._observed = self._counted()
        self._waits = stats.packets.waits

    def observe(self, delay_seconds: float) -> None:
        """Updates the metrics. `delay_seconds` is how long the jitter buffer currently waits for a packet."""
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
