"""Makes one sound of the sound of several sources: aligned by arrival, then heard as a mode says."""

from dataclasses import dataclass

from ..ring import Samples
from ..types import SAMPLE_RATE
from .aligner import Aligner
from .frames import FRAME, Frames, Mixed
from .policies import Mode, Policy, policy
from .scores import SpeechScores, Voices


@dataclass(frozen=True, slots=True)
class Hole:
    """So many samples of time in which nothing was heard of any source."""

    samples: int


class Mixer:
    """Takes the sound of each source as it arrives; `now` is monotonic seconds.

    `vad` scores it where a mode asks for that. What is returned is to be heard in that order.
    """

    def __init__(self, sources: int, mode: Mode, vad: Voices) -> None:
        self._sources = sources
        self._vad = vad
        self._aligner = Aligner(sources)
        self.mode = mode
        self._policy = self._made(mode)
        self._ahead = 0

    @property
    def dropped(self) -> int:
        """How many samples came too late to be heard."""
        return self._aligner.dropped

    @property
    def waiting_seconds(self) -> float:
        """How long ago the last sound that was returned has arrived."""
        return (self._aligner.waiting + self._ahead * FRAME) / SAMPLE_RATE

    def push(self, source: int, samples: Samples, now: float) -> list[Mixed | Hole]:
        """Takes the next sound of a source, int16 of shape (n,)."""
        return self._heard(self._aligner.push(source, samples, now))

    def skip(self, source: int, samples: int) -> list[Mixed | Hole]:
        """Takes a hole in the sound of a source, which the others may have filled."""
        frames, hole = self._aligner.skip(source, samples)
        return [*self._heard(frames), *(self._hole(hole) if hole else [])]

    def pass_time(self, samples: int) -> list[Mixed | Hole]:
        """Notes that nothing was heard of any source for so long, after all that was pushed."""
        frames = self._aligner.flush()
        self._aligner.pass_time(samples)
        return [*self._heard(frames), *self._hole(samples)]

    def change(self, mode: Mode) -> list[Mixed | Hole]:
        """Hears what comes from now on in another mode."""
        if mode == self.mode:
            return []
        rest = self._rest()
        self.mode, self._policy = mode, self._made(mode)
        return rest

    def flush(self) -> list[Mixed | Hole]:
        """Returns all that has arrived. What comes next belongs to no time before: there was a pause."""
        found = [*self._heard(self._aligner.flush()), *self._rest()]
        self._aligner.forget()
        self._policy = self._made(self.mode)
        return found

    def _heard(self, frames: list[Frames]) -> list[Mixed | Hole]:
        found: list[Mixed | Hole] = []
        for each in frames:
            mixed = self._policy.push(each)
            self._ahead += 1 - len(mixed)
            found += mixed
        return found

    def _hole(self, samples: int) -> list[Mixed | Hole]:
        rest = self._rest()
        self._policy = self._made(self.mode)
        return [*rest, Hole(samples)]

    def _rest(self) -> list[Mixed | Hole]:
        self._ahead = 0
        return list(self._policy.flush())

    def _made(self, mode: Mode) -> Policy:
        return policy(mode, self._sources, lambda: SpeechScores(self._sources, self._vad).push)


def through(policy: Policy, frames: Frames) -> list[Mixed]:
    """All that is heard of frames that are there as a whole, of shape (sources, n * FRAME)."""
    found = []
    for start in range(0, frames.shape[1], FRAME):
        found += policy.push(frames[:, start : start + FRAME])
    return [*found, *policy.flush()]
