"""Joins the sound of two sources of one microphone, which came over different networks, without loss or repetition.

They have no clock in common, but they hold the same sound: where both overlap, it is compared. Time is an input, in
monotonic seconds.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...speech.ring import Samples
from ...speech.types import SAMPLE_RATE
from ...webrtc.audio import AudioChunk, Gap, Pcm

# How much of what was heard is remembered, and as much of what comes is compared with it.
_TAIL_SAMPLES = 10 * SAMPLE_RATE
# The two must have so much sound in common, and be so alike in it: two encodings of one speech reach 0.9 and more, but
# another vowel of the same voice 0.8, too. So no other place may be nearly as good: what is unlike in the best one is
# at most this share of what is unlike in any other.
_LEAST_OVERLAP = int(0.7 * SAMPLE_RATE)
_LEAST_ALIKE = 0.7
_MOST_UNLIKE = 0.4
# Further away than this from the best place is another one.
_PLACE_SAMPLES = SAMPLE_RATE // 100
# Below this (-60 dB) it is silence, in which nothing can be found, and nothing is lost either.
_SILENT_RMS = 33.0
# How far the place may be from where the times of arrival put it.
_REACH_SECONDS = 2.0
_STEP_SAMPLES = SAMPLE_RATE // 4
# It is not looked for any longer after so much time; or after so much sound in common while the other source goes on,
# or so much sound behind its end.
_MOST_SECONDS = 4.0
_MOST_COMMON = 2 * SAMPLE_RATE
_MOST_BEHIND = SAMPLE_RATE // 2
# The place is sought in every fourth sample, then found to the sample.
_COARSE = 4
_FINE_SAMPLES = SAMPLE_RATE

_MOST_PARTS = 200

_Floats = npt.NDArray[np.float32]


class Tail:
    """The last sound of the microphone that was heard, and when its end was captured."""

    def __init__(self) -> None:
        self._samples: Samples = np.zeros(0, np.int16)
        self._parts: list[Samples] = []
        self.ended_at: float | None = None
        """None while nothing was heard."""

    def push(self, audio: AudioChunk, ended_at: float) -> None:
        match audio:
            case Pcm(samples=samples):
                self._parts.append(samples)
            case Gap(samples=count):
                self._parts.append(np.zeros(min(count, _TAIL_SAMPLES), np.int16))
        self.ended_at = ended_at
        # Joined now and then, so that it costs little.
        if len(self._parts) > _MOST_PARTS:
            self._join()

    def resume(self, now: float) -> None:
        """A pause is over, which took no time."""
        if self.ended_at is not None:
            self.ended_at = now

    @property
    def samples(self) -> Samples:
        self._join()
        return self._samples

    def _join(self) -> None:
        if self._parts:
            self._samples = np.concatenate([self._samples, *self._parts])[-_TAIL_SAMPLES:]
            self._parts = []


@dataclass(frozen=True, slots=True)
class Joint:
    """Of the new source, `cut` samples were heard already; or between the two `hole` samples are missing."""

    cut: int
    hole: int
    is_found: bool
    """Whether the sound itself says so, not only the times of arrival."""


class Seam:
    """Takes the sound of a new source until it is known where that continues `heard`, which may go on growing."""

    def __init__(self, heard: Tail, now: float) -> None:
        self._heard = heard
        self._heard_until = heard.ended_at
        self._began = now
        self._chunks: list[AudioChunk] = []
        self._length = 0
        self._started_at: float | None = None
        self._tried = 0

    def push(self, audio: AudioChunk, ended_at: float) -> None:
        """Takes sound whose end was captured at that time."""
        self._chunks.append(audio)
        self._length += _length(audio)
        if self._started_at is None:
            self._started_at = ended_at - self._length / SAMPLE_RATE

    def joint(self, now: float, *, must: bool = False) -> Joint | None:
        """Where it continues, as far as that is known by now; it `must` be known, it is where the times say."""
        expected = self._expected()
        common = min(self._length, expected)
        is_due = common >= _LEAST_OVERLAP and self._length - self._tried >= _STEP_SAMPLES
        if is_due or must:
            self._tried = self._length
            cut = find(self._heard.samples, self._sound(), expected)
            if cut is not None:
                return Joint(max(cut, 0), max(-cut, 0), is_found=True)
        if must or self._is_enough(expected) or now - self._began >= _MOST_SECONDS:
            return Joint(max(expected, 0), max(-expected, 0), is_found=False)
        return None

    def take(self) -> list[AudioChunk]:
        """All that came, in order; nothing is left here."""
        chunks, self._chunks = self._chunks, []
        return chunks

    def _is_enough(self, expected: int) -> bool:
        if self._heard.ended_at == self._heard_until:
            return self._length >= expected + _MOST_BEHIND
        return min(self._length, expected) >= _MOST_COMMON

    def _expected(self) -> int:
        """How much of it was heard already, as the times say."""
        if self._started_at is None or self._heard.ended_at is None:
            return 0
        return round((self._heard.ended_at - self._started_at) * SAMPLE_RATE)

    def _sound(self) -> Samples:
        parts = [
            each.samples if isinstance(each, Pcm) else np.zeros(each.samples, np.int16)
            for each in self._chunks
        ]
        return np.concatenate([np.zeros(0, np.int16), *parts])[:_TAIL_SAMPLES]


def find(heard: Samples, coming: Samples, expected: int) -> int | None:
    """How many samples of `coming` lie before the end of `heard`, near to `expected`; None if they are not alike."""
    reach = int(_REACH_SECONDS * SAMPLE_RATE)
    # Of what was heard the end counts, of what comes the beginning.
    whole_heard, whole_coming = heard[heard.size % _COARSE :], coming[: coming.size // _COARSE * _COARSE]
    coarse = _best(
        _averaged(whole_heard), _averaged(whole_coming), expected // _COARSE, reach // _COARSE, _COARSE
    )
    if coarse is None:
        return None
    cut = coarse * _COARSE
    # The sound that both have, but not all of it: enough to tell single samples apart.
    start = max(0, cut - heard.size)
    end = min(coming.size, cut)
    start = max(start, end - _FINE_SAMPLES)
    piece, before = coming[start:end], heard[: heard.size - (cut - end)] if cut > end else heard
    found = _best(before.astype(np.float32), piece.astype(np.float32), end - start, 2 * _COARSE, 1)
    return cut if found is None else cut + found - (end - start)


def _averaged(samples: Samples) -> _Floats:
    averaged: _Floats = samples.reshape(-1, _COARSE).mean(axis=1, dtype=np.float32)
    return averaged


def _best(heard: _Floats, coming: _Floats, expected: int, reach: int, step: int) -> int | None:
    """The cut, within `reach` of `expected`, at which the two are most alike; None if they are not.

    With a cut of c, coming[i] is heard[len(heard) - c + i]. Only the end of what both have is compared: one of them may
    have lost a piece before it.
    """
    most = _MOST_COMMON // step
    least = _LEAST_OVERLAP // step if step > 1 else min(_LEAST_OVERLAP, coming.size)
    cuts = np.arange(max(expected - reach, 1), expected + reach + 1)
    # The end of one lies within the other.
    within, beyond = cuts[cuts <= coming.size], cuts[cuts > coming.size]
    of_heard = _alike(heard[-most:], coming, within, least)
    of_coming = _alike(coming[-most:], heard, heard.size + coming.size - beyond, least)
    scores = np.concatenate([of_heard, of_coming])
    best = int(scores.argmax())
    others = scores[np.abs(cuts - cuts[best]) > _PLACE_SAMPLES // step]
    is_sure = 1 - scores[best] <= _MOST_UNLIKE * (1 - others.max(initial=0.0))
    return int(cuts[best]) if scores[best] >= _LEAST_ALIKE and is_sure else None


def _alike(
    piece: _Floats, sound: _Floats, ends: npt.NDArray[np.int64], least: int
) -> npt.NDArray[np.float64]:
    """How alike a piece is to the sound up to each of the `ends`, 0 to 1; 0 for silence, and if less than `least` of it
    lies within the sound.
    """
    inside = np.maximum(ends, 0)
    lengths = np.minimum(inside, piece.size)
    size = 1 << (piece.size + sound.size).bit_length()
    product = np.fft.irfft(np.fft.rfft(sound, size) * np.conj(np.fft.rfft(piece, size)), size)
    power_sound, power_piece = _powers(sound), _powers(piece)
    of_sound = power_sound[inside] - power_sound[inside - lengths]
    of_piece = power_piece[-1] - power_piece[piece.size - lengths]
    counts = (lengths >= max(least, 1)) & (np.minimum(of_sound, of_piece) >= lengths * _SILENT_RMS**2)
    scores = product[(ends - piece.size) % size] / np.sqrt(np.maximum(of_sound * of_piece, 1.0))
    return np.where(counts, scores, 0.0)


def _powers(sound: _Floats) -> npt.NDArray[np.float64]:
    """The sums of the squares of so many samples from the beginning."""
    return np.concatenate([[0.0], np.cumsum(np.square(sound, dtype=np.float64))])


def _length(audio: AudioChunk) -> int:
    return audio.samples.size if isinstance(audio, Pcm) else audio.samples
