"""Cuts recorded sound into windows of up to 30 s for the model, in pauses. Pure but for the voice detector.

Of a long pause only the beginning and the end are kept: a model takes whole pauses for ends of sentences, and they
fill its window.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...speech.ring import Samples
from ...speech.types import SAMPLES_PER_MS, TimeRange, Word
from ...speech.vad import VadModel
from ...speech.voice import VoiceRanges
from ..engine.base import Audio

MOST_MS = 29_500
"""Longest window: 30 s less a moment of silence, by which the model knows that the sound is over."""

# Silence kept at either end of a pause within a window, and around the window.
_KEPT_MS = 150
_EDGE_MS = 300
# Windows are cut in long pauses. A pause of this length or longer is worth a cut this much earlier; a shorter one is
# worth less in proportion.
_LONG_PAUSE_MS = 1_500
_SOONER_MS = 15_000
_MOST_VOICE_MS = MOST_MS - 2 * _EDGE_MS
# A window without a pause is cut at the quietest moment within this time before its end.
_SEARCHED_MS = 8_000
_QUIET_MS = 50


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Sound that is decoded as one."""

    audio: Audio
    """Mono 16 kHz float32 samples in -1…1, shape (n,): the pieces joined."""
    pieces: tuple[TimeRange, ...]
    """Where the sound comes from, on the recording's clock and in order; at least one."""
    voice: tuple[TimeRange, ...]
    """The ranges of voice in it, on the recording's clock and in order; at least one."""

    @property
    def start_ms(self) -> int:
        return self.pieces[0].start_ms

    @property
    def end_ms(self) -> int:
        return self.pieces[-1].end_ms

    @property
    def voiced_ms(self) -> int:
        return sum(each.length_ms for each in self.voice)

    def voiced_between_ms(self, part: TimeRange) -> int:
        return sum(each.overlap_ms(part.start_ms, part.end_ms) for each in self.voice)

    def on_clock(self, words: Sequence[Word]) -> tuple[Word, ...]:
        """Moves words, in order, from the clock of the window's sound to that of the recording.

        A word that reaches into the next piece is placed in the piece with most of it.
        """
        found: list[Word] = []
        starts = np.cumsum([0, *(each.length_ms for each in self.pieces)])
        least = 0
        for word in words:
            parts = [
                min(word.end_ms, int(starts[at + 1])) - max(word.start_ms, int(starts[at]))
                for at in range(len(self.pieces))
            ]
            at = max(range(least, len(parts)), key=lambda number: parts[number])
            least = at
            piece, shift = self.pieces[at], self.pieces[at].start_ms - int(starts[at])
            start_ms = min(max(word.start_ms + shift, piece.start_ms), piece.end_ms - 1)
            end_ms = max(min(word.end_ms + shift, piece.end_ms), start_ms + 1)
            found.append(replace(word, start_ms=start_ms, end_ms=end_ms))
        return tuple(found)

    def parted(self) -> list["Window"]:
        """A window for each piece that has voice."""
        found, at = [], 0
        for piece in self.pieces:
            until = at + piece.length_ms * SAMPLES_PER_MS
            voice = tuple(each for each in self.voice if each.overlap_ms(piece.start_ms, piece.end_ms))
            if voice:
                found.append(Window(self.audio[at:until], (piece,), voice))
            at = until
        return found

    def joined(self, other: "Window") -> "Window":
        """This window with a later one appended."""
        return Window(
            np.concatenate([self.audio, other.audio]),
            self.pieces + other.pieces,
            self.voice + other.voice,
        )

    def between(self, start_ms: int, end_ms: int) -> "Window":
        """The part between these two times, which must include some of the window's sound."""
        found, at = [], 0
        for piece in self.pieces:
            first, last = max(piece.start_ms, start_ms), min(piece.end_ms, end_ms)
            if first < last:
                begin = at + (first - piece.start_ms) * SAMPLES_PER_MS
                sound = self.audio[begin : begin + (last - first) * SAMPLES_PER_MS]
                voice = tuple(
                    TimeRange(max(each.start_ms, first), min(each.end_ms, last))
                    for each in self.voice
                    if each.overlap_ms(first, last)
                )
                found.append(Window(sound, (TimeRange(first, last),), voice))
            at += piece.length_ms * SAMPLES_PER_MS
        whole = found[0]
        for each in found[1:]:
            whole = whole.joined(each)
        return whole


class Cutter:
    """Cuts a stream of sound into windows. It holds no more sound than one window and the pauses in it."""

    def __init__(self, vad: VadModel, threshold: float) -> None:
        self._vad = vad.stream()
        self._threshold = threshold
        self._sound = _Sound()
        self._ranges = VoiceRanges(threshold)
        # Voice that is in no window yet.
        self._waiting: list[TimeRange] = []
        self._done_ms = 0

    @property
    def clock_ms(self) -> int:
        """Whole milliseconds since the sound began, missing sound included."""
        return self._sound.end // SAMPLES_PER_MS

    @property
    def silent(self) -> bool:
        """Whether all voice so far is in windows that were given out."""
        return not self._waiting and self._ranges.open_since_ms is None

    def push(self, samples: Samples) -> Iterator[Window]:
        """Takes the next samples, mono int16 at 16 kHz, shape (n,); gives out the windows that are complete."""
        self._sound.append(samples)
        for voice in self._ranges.push(self._vad.push(samples).tolist()):
            self._waiting += self._parted(voice)
        self._part_open()
        yield from self._full()
        self._forget()

    def skip(self, samples: int) -> Iterator[Window]:
        """Moves the clock over time of which there is no sound, and ends the window."""
        yield from self.flush()
        self._sound.skip(samples)
        self._vad.reset()
        self._ranges = VoiceRanges(self._threshold, start_ms=self.clock_ms)
        self._done_ms = self.clock_ms

    def flush(self) -> Iterator[Window]:
        """Gives out all voice that waits. Call it at the end of the sound."""
        for voice in self._ranges.flush():
            self._waiting += self._parted(voice)
        yield from self._full()
        if self._waiting:
            yield self._window(len(self._waiting))
        self._forget()

    def _parted(self, voice: TimeRange) -> Iterator[TimeRange]:
        """A range of voice, divided at quiet moments into parts that fit into a window."""
        while voice.length_ms > _MOST_VOICE_MS:
            last_ms = voice.start_ms + _MOST_VOICE_MS
            at_ms = self._sound.quietest_ms(last_ms - _SEARCHED_MS, last_ms)
            yield TimeRange(voice.start_ms, at_ms)
            voice = TimeRange(at_ms, voice.end_ms)
        yield voice

    def _part_open(self) -> None:
        since_ms = self._ranges.open_since_ms
        if since_ms is not None:
            for part in list(self._parted(TimeRange(since_ms, self._ranges.at_ms)))[:-1]:
                self._waiting.append(self._ranges.split(part.end_ms))

    def _full(self) -> Iterator[Window]:
        """Gives out windows while more voice waits than fits into one."""
        while (fitting := self._fitting()) < len(self._waiting):
            yield self._window(self._best_cut(fitting))

    def _fitting(self) -> int:
        """How many of the waiting ranges fit into one window; at least one if any waits."""
        length_ms = 2 * _EDGE_MS + self._waiting[0].length_ms if self._waiting else 0
        for number, (one, other) in enumerate(
            zip(self._waiting, self._waiting[1:], strict=False),
            1,
        ):
            length_ms += min(other.start_ms - one.end_ms, 2 * _KEPT_MS) + other.length_ms
            if length_ms > MOST_MS:
                return number
        return len(self._waiting)

    def _best_cut(self, fitting: int) -> int:
        """How many of the `fitting` ranges to take, so that the window ends in a long pause near its end."""
        last_ms = self._waiting[fitting - 1].end_ms

        def worth(count: int) -> float:
            end_ms = self._waiting[count - 1].end_ms
            pause_ms = min(self._waiting[count].start_ms - end_ms, _LONG_PAUSE_MS)
            return pause_ms / _LONG_PAUSE_MS - (last_ms - end_ms) / _SOONER_MS

        return max(range(1, fitting + 1), key=worth)

    def _window(self, count: int) -> Window:
        """Makes a window of the first `count` waiting ranges."""
        voice, self._waiting = self._waiting[:count], self._waiting[count:]
        following_ms = self._waiting[0].start_ms if self._waiting else self.clock_ms
        start_ms = max(voice[0].start_ms - _EDGE_MS, self._done_ms)
        pieces: list[TimeRange] = []
        for one, other in itertools.pairwise(voice):
            if other.start_ms - one.end_ms > 2 * _KEPT_MS:
                pieces.append(TimeRange(start_ms, one.end_ms + _KEPT_MS))
                start_ms = other.start_ms - _KEPT_MS
        end_ms = min(voice[-1].end_ms + _EDGE_MS, (voice[-1].end_ms + following_ms) // 2)
        pieces.append(TimeRange(start_ms, max(end_ms, voice[-1].end_ms)))
        self._done_ms = pieces[-1].end_ms
        audio = np.concatenate([self._sound.read(each) for each in pieces]).astype(np.float32)
        audio /= np.float32(32768)
        return Window(audio, tuple(pieces), tuple(voice))

    def _forget(self) -> None:
        """Drops sound that no window will need."""
        # Voice is detected a little after it began.
        open_ms = self._ranges.open_since_ms
        needed_ms = (self._ranges.at_ms if open_ms is None else open_ms) - 2 * _EDGE_MS
        if not self._waiting:
            self._sound.forget(0, needed_ms)
        else:
            self._sound.forget(0, self._waiting[0].start_ms - _EDGE_MS)
            self._sound.forget(self._waiting[-1].end_ms + _EDGE_MS, needed_ms)


class _Sound:
    """Samples on a clock, of which parts can be dropped."""

    def __init__(self) -> None:
        self._blocks: list[tuple[int, Samples]] = []
        self.end = 0

    def append(self, samples: Samples) -> None:
        if samples.size:
            self._blocks.append((self.end, samples))
            self.end += samples.size

    def skip(self, samples: int) -> None:
        self.end += samples

    def read(self, part: TimeRange) -> Samples:
        """A copy; sound that is missing or dropped is silence."""
        start, end = part.start_ms * SAMPLES_PER_MS, part.end_ms * SAMPLES_PER_MS
        result = np.zeros(end - start, np.int16)
        for at, block in self._blocks:
            first, last = max(at, start), min(at + block.size, end)
            if first < last:
                result[first - start : last - start] = block[first - at : last - at]
        return result

    def quietest_ms(self, start_ms: int, end_ms: int) -> int:
        """The middle of the quietest 50 ms between these two times."""
        sound = self.read(TimeRange(start_ms, end_ms)).astype(np.float64)
        moment = _QUIET_MS * SAMPLES_PER_MS
        power = np.convolve(sound * sound, np.ones(moment), "valid")[:: moment // 5]
        return start_ms + (int(power.argmin()) * (moment // 5) + moment // 2) // SAMPLES_PER_MS

    def forget(self, start_ms: int, end_ms: int) -> None:
        """Drops the blocks that lie entirely between these two times."""
        start, end = start_ms * SAMPLES_PER_MS, end_ms * SAMPLES_PER_MS
        self._blocks = [(at, block) for at, block in self._blocks if at < start or at + block.size > end]
