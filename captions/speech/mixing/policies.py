"""What is heard of several sources: one at a time, the sum of all, or two apart. Pure: frames in, frames out."""

import math
from collections.abc import Callable
from typing import Literal, Protocol

import numpy as np

from ..ring import Samples
from ..types import SAMPLE_RATE
from .frames import FRAME, Frames, Mixed
from .lag import lag
from .scores import Scores

Mode = Literal["switch", "separate", "mix"]

# A source wins when its score was higher than that of the one that is heard, by so much, throughout so many frames;
# then it is heard for so many, unless it falls silent.
_MARGIN_DB = 3.0
_WINS_FRAMES = 15
_HOLDS_FRAMES = 50
# It is heard from before the moment at which it became better: a voice is found a little after it began.
_AHEAD_FRAMES = _WINS_FRAMES + 3
# How much sound before that is compared to find out by how much a source comes later.
_COMPARED_FRAMES = 50
_REACH = SAMPLE_RATE // 5
_FADE = SAMPLE_RATE // 100

# Full scale is 32768; -1 dBFS. Above the knee, half of that, it is bent.
_CEILING = 32_768 * 10 ** (-1 / 20)
_KNEE = _CEILING / 2


class Policy(Protocol):
    """Takes one frame of each source after the other; returns what is heard, in order, a little later in some."""

    def push(self, frames: Frames) -> list[Mixed]: ...

    def flush(self) -> list[Mixed]:
        """Returns all that is still to be heard. Nothing may follow."""


class Separate:
    """The first source is heard, and the second one apart from it."""

    def push(self, frames: Frames) -> list[Mixed]:
        return [Mixed(frames[0], frames, apart=frames[1])]

    def flush(self) -> list[Mixed]:
        return []


class Mix:
    """All sources are heard together, as loud as unrelated ones are together; what is too loud is bent, not cut off."""

    def push(self, frames: Frames) -> list[Mixed]:
        return [Mixed(mixed(frames), frames)]

    def flush(self) -> list[Mixed]:
        return []


def mixed(frames: Frames) -> Samples:
    """The sum of the sources, with a gain of 1/√n, and never above -1 dBFS."""
    total = frames.sum(axis=0, dtype=np.int32) * np.float32(1 / math.sqrt(len(frames)))
    size = np.abs(total)
    if size.max(initial=0) > _KNEE:
        room = _CEILING - _KNEE
        bent = np.copysign(_KNEE + room * np.tanh((size - _KNEE) / room), total)
        total = np.where(size > _KNEE, bent, total)
    sound: Samples = total.astype(np.int16)
    return sound


class Switch:
    """One source is heard at a time: the one in which the speaker is heard best. `score` is that of `SpeechScores`.

    A source that wins is heard from where it became better, so that no word is lost: this is why all is heard
    `_AHEAD_FRAMES` later. Where it holds the same speech, only later or earlier, it goes on in the middle of the
    word; so no word comes twice, and none is left out.
    """

    def __init__(self, sources: int, score: Callable[[Frames], Scores]) -> None:
        self._score = score
        self._heard = 0
        self._since = _HOLDS_FRAMES
        self._best = 0
        self._better = 0
        # By how many samples the sound of each comes later than that of the one that was heard first.
        self._offsets = [0] * sources
        # What is still to be heard is at the end, behind as much as may be looked back upon.
        back = _COMPARED_FRAMES + _REACH // FRAME
        self._kept = (back + _AHEAD_FRAMES) * FRAME
        self._sound = np.zeros((sources, 4 * self._kept), np.int16)
        self._end = self._kept
        self._waiting = 0
        self._fades_from: tuple[int, int] | None = None

    @property
    def heard(self) -> int:
        """The source that is heard."""
        return self._heard

    def push(self, frames: Frames) -> list[Mixed]:
        self._keep(frames)
        self._choose(self._score(frames))
        return [self._next()] if self._waiting > _AHEAD_FRAMES else []

    def flush(self) -> list[Mixed]:
        return [self._next() for _ in range(self._waiting)]

    def _keep(self, frames: Frames) -> None:
        if self._end == self._sound.shape[1]:
            self._sound[:, : self._kept] = self._sound[:, -self._kept :]
            self._end = self._kept
        self._sound[:, self._end : self._end + FRAME] = frames
        self._end += FRAME
        self._waiting += 1

    def _choose(self, scores: Scores) -> None:
        self._since += 1
        best = int(scores.argmax())
        is_better = scores[best] > scores[self._heard] + _MARGIN_DB
        self._better = self._better + 1 if is_better and best == self._best else int(is_better)
        self._best = best
        is_held = self._since < _HOLDS_FRAMES and scores[self._heard] > _MARGIN_DB
        if self._better >= _WINS_FRAMES and not is_held:
            self._change_to(best)

    def _change_to(self, source: int) -> None:
        self._fades_from = self._fades_from or (self._heard, self._offsets[self._heard])
        self._offsets[source] = self._offset(source)
        self._heard, self._since, self._better = source, 0, 0

    def _offset(self, source: int) -> int:
        """Where in its sound a source goes on with what the one says that is heard."""
        size = (_COMPARED_FRAMES + _AHEAD_FRAMES) * FRAME
        piece = self._sound[:, self._end - size : self._end]
        later = lag(piece[self._heard], piece[source], _REACH)
        if later is None:
            return 0
        offset = self._offsets[self._heard] + later
        return offset if abs(offset) <= _REACH else 0

    def _next(self) -> Mixed:
        at = self._end - self._waiting * FRAME
        self._waiting -= 1
        sound = self._at(self._heard, at + self._offsets[self._heard])
        if self._fades_from is not None:
            source, offset = self._fades_from
            self._fades_from = None
            rise = np.linspace(0, 1, _FADE, dtype=np.float32)
            before = self._at(source, at + offset)[:_FADE]
            sound[:_FADE] = rise * sound[:_FADE] + (1 - rise) * before
        return Mixed(sound, self._sound[:, at : at + FRAME].copy())

    def _at(self, source: int, start: int) -> Samples:
        """A frame of a source; what has not come yet at the very end is silent."""
        found = np.zeros(FRAME, np.int16)
        piece = self._sound[source, max(start, 0) : max(min(start + FRAME, self._end), 0)]
        found[: piece.size] = piece
        return found


def policy(mode: Mode, sources: int, score: Callable[[], Callable[[Frames], Scores]]) -> Policy:
    """The policy of a mode; `score` makes what scores the sources, where they need to be."""
    match mode:
        case "switch":
            return Switch(sources, score())
        case "mix":
            return Mix()
        case "separate":
            return Separate()
