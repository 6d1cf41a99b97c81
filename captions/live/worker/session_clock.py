"""A session's time: when it was right, and where on it the sound of each source lies."""

from dataclasses import dataclass

from ...speech.types import SAMPLE_RATE
from ...webrtc.audio import HOLE_SECONDS, TICK_RATE, Packet

_TICKS_A_MS = TICK_RATE // 1000


@dataclass(frozen=True, slots=True)
class Hole:
    """Time of which no sound came, in samples of 16 kHz. What is `short` holds no word and passes as silence."""

    samples: int

    @property
    def short(self) -> bool:
        return self.samples < HOLE_SECONDS * SAMPLE_RATE


class SessionClock:
    """Joins a session's time, which its `Listener` counts, to this host's and to that of each source of sound.

    `now` is monotonic seconds. The time between the last sound of one source and the first of the next belongs to the
    session, a pause does not.
    """

    def __init__(self, right_at: float | None) -> None:
        self.right_at = right_at
        """When the count was last right. None: it stands still until the first sound."""
        self._source: int | None = None
        self._start_ticks = 0

    def hole_before(self, source: int, coming: int, now: float) -> Hole | None:
        """What is to pass before `coming` samples that arrived just now, the first ones of a source; None for others.

        `begin` is to be called once it has passed.
        """
        if source == self._source or self.right_at is None:
            return None
        samples = int((now - self.right_at) * SAMPLE_RATE) - coming
        return Hole(samples) if samples > 0 else None

    def begin(self, source: int, clock_ms: int) -> None:
        """The next sound of `source` goes to `clock_ms`; what follows of it goes on from there."""
        if source != self._source:
            self._source, self._start_ticks = source, clock_ms * _TICKS_A_MS

    def heard(self, now: float) -> None:
        """The count is right."""
        self.right_at = now

    def stop(self) -> None:
        """It stands still until the next sound."""
        self.right_at = None

    def start_of(self, packet: Packet) -> int:
        """Where on the session's time a packet of the source that is heard begins, in ticks of 1/48000 s."""
        return self._start_ticks + packet.start
