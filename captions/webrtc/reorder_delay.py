"""How long the jitter buffer waits for a missing packet. Time is an input."""

LEAST_SECONDS = 0.04
MOST_SECONDS = 0.12
_AT_FIRST_SECONDS = 0.06  # the assumed lateness before any packet was overtaken
_MARGIN_RATIO = 1.25
_MARGIN_SECONDS = 0.01
_HALF_LIFE_SECONDS = 20.0
_REMEMBERED = 64


class ReorderDelay:
    """Learns from packets that were overtaken how late a packet may arrive.

    `seconds` is a little more than the largest recent lateness, which halves every _HALF_LIFE_SECONDS; it stays
    between LEAST_SECONDS and MOST_SECONDS. On a network that loses packets but reorders none it soon is the least.
    """

    def __init__(self) -> None:
        self._lateness = _AT_FIRST_SECONDS
        self._judged_at: float | None = None
        self._opened: dict[int, float] = {}

    @property
    def seconds(self) -> float:
        wait = self._lateness * _MARGIN_RATIO + _MARGIN_SECONDS
        return min(max(wait, LEAST_SECONDS), MOST_SECONDS)

    def overtaken(self, sequence: int, count: int, now: float) -> None:
        """Records that a packet arrived before the `count` packets from `sequence` on."""
        for missing in range(sequence, sequence + min(count, _REMEMBERED)):
            self._opened[missing & 0xFFFF] = now
        while len(self._opened) > _REMEMBERED:
            self._opened.pop(next(iter(self._opened)))

    def came(self, sequence: int, now: float) -> None:
        """Records that a packet arrived, in order or late."""
        if self._judged_at is not None and now > self._judged_at:
            self._lateness *= 0.5 ** ((now - self._judged_at) / _HALF_LIFE_SECONDS)
        self._judged_at = now
        opened = self._opened.pop(sequence, None)
        if opened is not None:
            self._lateness = max(self._lateness, min(now - opened, MOST_SECONDS))

    def forget(self) -> None:
        """Prepares for another stream; what is known of the network's lateness stays."""
        self._opened.clear()
