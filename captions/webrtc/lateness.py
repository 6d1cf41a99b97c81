"""How late the packets of one RTP source are taken, by their time stamps. Pure: time is an input.

A busy process takes packets late, but never early. So those that came soonest after they were captured say when the
others should have come.
"""

from .audio import TICK_RATE

# The clocks of the sound and of this machine differ by less than this share.
_DRIFT = 0.0005
# What is later than this does not come late: the source stood still, as while its device slept.
_MOST_SECONDS = 8.0
_WRAP = 1 << 32


class Lateness:
    def __init__(self) -> None:
        self.seconds = 0.0
        """Of the last packet."""
        self._source: int | None = None
        self._timestamp = 0
        self._elapsed = 0.0
        # When the first packet should have come.
        self._began = 0.0

    def take(self, source: int, timestamp: int, now: float) -> None:
        """Takes the packet of a source (SSRC) with a time stamp of 32 bits, in 1/48000 s, that comes at `now`."""
        step = ((timestamp - self._timestamp + _WRAP // 2) % _WRAP - _WRAP // 2) / TICK_RATE
        self._timestamp = timestamp
        began = now - self._elapsed - step
        if source != self._source or abs(began - self._began) > _MOST_SECONDS:
            self._source, self._elapsed, self._began, self.seconds = source, 0.0, now, 0.0
            return
        self._elapsed += step
        self._began = min(self._began + abs(step) * _DRIFT, began)
        self.seconds = began - self._began
