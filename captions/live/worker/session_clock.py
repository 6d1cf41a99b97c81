"""Maps this host's clock, and the sound of each peer, to the clock of a session."""

from dataclasses import dataclass

from ...speech.types import SAMPLE_RATE
from ...webrtc.audio import HOLE_SECONDS, TICK_RATE, Packet

_TICKS_A_MS = TICK_RATE // 1000


@dataclass(frozen=True, slots=True)
class Hole:
    """Time without sound, in samples at 16 kHz. One that is `short` is filled with silence."""

    samples: int

    @property
    def short(self) -> bool:
        return self.samples < HOLE_SECONDS * SAMPLE_RATE


class SessionClock:
    """Relates the session's clock, which its `Listener` counts in samples, to monotonic time and to each source.

    A source is a peer, named by its gen; `now` is monotonic seconds. The session's clock runs on between the last
    sound of one source and the first of the next, and stands still during a pause.
    """

    def __init__(self, right_at: float | None) -> None:
        self.right_at = right_at
        """When the session's clock was last correct, in monotonic seconds; None while it stands still."""
        self._source: int | None = None
        self._start_ticks = 0
        self._goes_on = False

    def hole_before(self, source: int, coming: int, now: float) -> Hole | None:
        """The hole before the first `coming` samples of a new source, which have just arrived; None if there is none.

        The caller lets the hole pass on the session's clock, and then calls `begin`.
        """
        if source == self._source or self.right_at is None:
            return None
        samples = int((now - self.right_at) * SAMPLE_RATE) - coming
        return Hole(samples) if samples > 0 else None

    def begin(self, source: int, clock_ms: int, *, goes_on: bool = False) -> None:
        """Sets where the sound of a new source begins on the session's clock; no effect for the current source.

        One that `goes_on` was a source before: its next packet begins there, wherever that is in its own sound.
        """
        if source != self._source:
            self._source, self._start_ticks, self._goes_on = source, clock_ms * _TICKS_A_MS, goes_on

    def heard(self, now: float) -> None:
        """Records that the session's clock is correct at `now`."""
        self.right_at = now

    def reading(self, clock_ms: int, now: float) -> int:
        """What the session's clock shows at `now`, in milliseconds; `clock_ms` when it was last correct."""
        since = 0.0 if self.right_at is None else now - self.right_at
        return clock_ms + max(0, round(since * 1000))

    def stop(self) -> None:
        """Stops the clock until the next sound."""
        self.right_at = None

    def start_of(self, packet: Packet) -> int:
        """Where a packet of the current source begins on the session's clock, in ticks of 1/48000 s."""
        if self._goes_on:
            self._goes_on = False
            self._start_ticks -= packet.start
        return self._start_ticks + packet.start
