"""Watches how much one connection receives, of whatever kind. Time is an input, in monotonic seconds."""

from collections import deque

from aiortc.stats import RTCStatsReport, RTCTransportStats

from ..metrics import OTHER_PACKETS

MOST_BITS_PER_SECOND = 8_000_000
"""Far more than sound needs; only a program sends it that goes on with its video although that was refused."""
_SECONDS = 5


class Inflow:
    """What one connection has received since it began; `observe` is to be called about once a second."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque(maxlen=_SECONDS + 1)
        self._others = 0

    def observe(self, now: float, report: RTCStatsReport, of_sound: int) -> None:
        """Takes what aiortc has counted, and how many packets of sound there were; counts all others."""
        (received,) = (each for each in report.values() if isinstance(each, RTCTransportStats))
        self._samples.append((now, received.bytesReceived))
        others = received.packetsReceived - of_sound
        if others > self._others:
            OTHER_PACKETS.inc(others - self._others)
            self._others = others

    @property
    def is_too_much(self) -> bool:
        """Whether it was more than MOST_BITS_PER_SECOND on average, over the last seconds."""
        (began, before), (now, received) = self._samples[0], self._samples[-1]
        return now - began >= _SECONDS and (received - before) * 8 > MOST_BITS_PER_SECOND * (now - began)
