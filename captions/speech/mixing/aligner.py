"""Lays the sound of several sources side by side, by when it arrives. Pure: time is an input, in monotonic seconds.

The clocks of two devices have nothing in common, so what arrives together belongs together.
"""

import numpy as np

from ..ring import Samples
from ..types import SAMPLE_RATE
from .frames import FRAME, Frames, levels_db

WAIT_SECONDS = 0.06
"""How long a frame waits for a source that has not delivered its part."""

# Sound of a source that is further behind the others than this is dropped, the oldest first.
_MOST_BEHIND = 2 * SAMPLE_RATE
_PIECE = SAMPLE_RATE
# A shorter hole is the unevenness of a network.
_LEAST_HOLE = SAMPLE_RATE // 4
# A source that was ahead throughout so many frames catches up, where it is quiet: near to the level of its pauses.
_PERIOD = 50
_QUIET_DB = 6.0
_RISE_DB = np.float32(0.12)


class Aligner:
    """Takes sound of each of `sources` at its own pace, and returns frames of all of them.

    A frame is complete when every source has its part. A source that is missing is waited for, for WAIT_SECONDS, and is
    silent then; until it delivers again, nobody waits for it any more. What it delivers late follows later, and it
    catches up in its pauses: so does a source whose clock is faster. No frame comes before its sound has arrived, and
    each source's sound stays in order and is heard once.
    """

    def __init__(self, sources: int) -> None:
        self._count = sources
        self._ring = np.zeros((sources, _MOST_BEHIND + _PIECE), np.int16)
        self._read = [0] * sources
        self._written = [0] * sources
        self._is_missing = [False] * sources
        # How much silence stood in for each since its last sound; and by how much its sound came later since.
        self._owed = [0] * sources
        self._late = [0] * sources
        # The least that each had waiting after a frame, in this period; and how many frames of that it may drop.
        self._least = [_MOST_BEHIND] * sources
        self._excess = [0] * sources
        self._period = 0
        self._floor = np.full(sources, 100.0, np.float32)
        self._wanted_at: float | None = None
        self.dropped = 0
        """How many samples came too late to be heard."""

    @property
    def waiting(self) -> int:
        """How many samples of the source that is the furthest along are not in a frame yet."""
        return min(
            (self._queued(each) for each in range(self._count) if not self._is_missing[each]), default=0
        )

    def push(self, source: int, samples: Samples, now: float) -> list[Frames]:
        """Takes the next sound of a source, int16 of shape (n,), which arrives at `now`."""
        found: list[Frames] = []
        self._is_missing[source] = False
        self._late[source] = min(self._late[source] + self._owed[source], _MOST_BEHIND)
        self._owed[source] = 0
        for start in range(0, samples.size, _PIECE):
            self._put(source, samples[start : start + _PIECE])
            found += self._complete(now)
        return found

    def skip(self, source: int, samples: int) -> tuple[list[Frames], int]:
        """Takes a hole in the sound of a source, and returns how much of it no source has filled meanwhile.

        That is time in which nothing was heard at all, after the frames that are returned.
        """
        taken = min(samples, self._owed[source])
        self._owed[source] -= taken
        caught_up = min(samples - taken, self._late[source])
        self._late[source] -= caught_up
        left = samples - taken - caught_up
        if left < _LEAST_HOLE:
            return [], 0
        rest = self.flush()
        self.pass_time(left, but=source)
        return rest, left

    def pass_time(self, samples: int, *, but: int = -1) -> None:
        """Notes that so much time has passed in which nothing was heard of any source."""
        for each in range(self._count):
            if each != but:
                self._owed[each] += samples

    def flush(self) -> list[Frames]:
        """Returns all that has arrived, the last frame with silence behind it; sound may follow."""
        found = []
        while any(self._queued(each) for each in range(self._count)):
            found.append(self._frame())
        self._wanted_at = None
        return found

    def forget(self) -> None:
        """What comes next belongs to no time before: there was a pause."""
        self._owed = [0] * self._count
        self._late = [0] * self._count

    def _queued(self, source: int) -> int:
        return self._written[source] - self._read[source]

    def _put(self, source: int, samples: Samples) -> None:
        # Whole frames, so that none is divided by the end of the ring.
        excess = self._queued(source) + samples.size - _MOST_BEHIND
        if excess > 0:
            dropped = -(-excess // FRAME) * FRAME
            self._read[source] += dropped
            self.dropped += dropped
        size = self._ring.shape[1]
        at = self._written[source] % size
        first = samples[: size - at]
        self._ring[source, at : at + first.size] = first
        self._ring[source, : samples.size - first.size] = samples[first.size :]
        self._written[source] += samples.size

    def _complete(self, now: float) -> list[Frames]:
        found = []
        while self._is_due(now):
            found.append(self._frame())
            self._wanted_at = None
        return found

    def _is_due(self, now: float) -> bool:
        ready = [self._queued(each) >= FRAME for each in range(self._count)]
        if not any(ready):
            return False
        if self._wanted_at is None:
            self._wanted_at = now
        is_waited_for = any(
            not is_ready and not is_missing
            for is_ready, is_missing in zip(ready, self._is_missing, strict=True)
        )
        return not is_waited_for or now - self._wanted_at >= WAIT_SECONDS

    def _frame(self) -> Frames:
        frame = np.zeros((self._count, FRAME), np.int16)
        for source in range(self._count):
            self._take(source, frame[source])
        self._measure(frame)
        return frame

    def _take(self, source: int, target: Samples) -> None:
        queued = self._queued(source)
        if not queued or (queued < FRAME and not self._is_last(source)):
            self._is_missing[source] = True
            self._owed[source] += FRAME
            return
        if self._excess[source] and queued >= 2 * FRAME and self._is_quiet(source):
            self._excess[source] -= 1
            self._late[source] = max(0, self._late[source] - FRAME)
            self._read[source] += FRAME
        at = self._read[source] % self._ring.shape[1]
        size = min(FRAME, queued)
        target[:size] = self._ring[source, at : at + size]
        self._read[source] += size
        if size < FRAME:
            # The next frame begins where frames do.
            self._read[source] += FRAME - size
            self._written[source] = self._read[source]

    def _is_last(self, source: int) -> bool:
        """Whether nobody has a whole frame, so that pieces of frames are what there is."""
        return all(self._queued(each) < FRAME for each in range(self._count))

    def _is_quiet(self, source: int) -> bool:
        at = self._read[source] % self._ring.shape[1]
        level = levels_db(self._ring[source : source + 1, at : at + FRAME])[0]
        return bool(level <= self._floor[source] + _QUIET_DB)

    def _measure(self, frame: Frames) -> None:
        self._floor = np.minimum(
            self._floor + _RISE_DB, np.where(self._is_missing, self._floor, levels_db(frame))
        )
        for source in range(self._count):
            self._least[source] = min(self._least[source], self._queued(source))
        self._period += 1
        if self._period == _PERIOD:
            self._excess = [each // FRAME for each in self._least]
            for source, least in enumerate(self._least):
                if not self._is_missing[source]:
                    self._late[source] = min(self._late[source], least)
            self._least = [_MOST_BEHIND] * self._count
            self._period = 0
