"""What decodes cost on this device, put right after a calibration that other work on the machine disturbed."""

from collections.abc import Sequence
from dataclasses import replace

from ...speech.capacity import Cost

_LONGEST_SECONDS = 1.0


class MeasuredCosts:
    """The least that each decode was seen to take, every slot of the recogniser doing the like.

    Each is looked at `rounds` more times, unless that could keep a speaker waiting. Other work on the machine can only
    make them slower: the least is what the device can do.
    """

    def __init__(self, costs: Sequence[Cost] = (), *, rounds: int = 0) -> None:
        self._costs = list(costs)
        short = all(cost.seconds < _LONGEST_SECONDS for cost in self._costs)
        self._left = rounds * len(self._costs) if short else 0

    @property
    def costs(self) -> tuple[Cost, ...]:
        return tuple(self._costs)

    @property
    def next(self) -> Cost | None:
        """The decode to look at next; None when all has been seen."""
        return self._costs[-self._left % len(self._costs)] if self._left else None

    def took(self, seconds: float) -> None:
        """`next` took so long this time."""
        if self._left:
            index = -self._left % len(self._costs)
            self._costs[index] = replace(self._costs[index], seconds=min(seconds, self._costs[index].seconds))
            self._left -= 1
