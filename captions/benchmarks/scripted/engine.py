"""An engine that knows some recordings and hears which of their words are in a sound."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...asr.engine.base import Audio, Request, Task
from ...speech.types import SILENCE, Hypothesis, Word
from ..corpus import load
from . import SPEECH

# Below 500 Hz is most of what makes speech unlike other speech, and it takes an eighth of the work. Of what is above,
# samples that begin a little later would have another view.
_RATE = 2_000
_STEP = 16_000 // _RATE
_LOW = np.hanning(4 * _STEP + 2)[1:-1].astype(np.float32)
_LOW /= _LOW.sum()
_MOST_SECONDS = 30
# How alike a word sounds to its place in the recording, 0 to 1, if it is there, also after it was encoded.
_ALIKE = 0.6
# Sound cards and networks lose or add so many samples.
_MOST_DRIFT = _RATE // 20
# A shorter piece of speech sounds like many others.
_LEAST_HALF = 3 * _RATE // 20
# How much of a word has to be in the sound.
_SHARE = 0.6
# Quieter is silence.
_LEAST_LEVEL = 1e-3
# A sound may have several parts of the recordings, one after the other.
_MOST_PARTS = 4
_LEAST_PART_SECONDS = 0.3

_Sound = npt.NDArray[np.float32]


class ScriptedWhisper:
    """Takes the place of `asr.engine.local_whisper.LocalWhisper`; the recordings are in the variable SPEECH."""

    only_language = "en"

    def __init__(self, path: str, *, name: str, device: str = "auto", **_options: Any) -> None:
        self.name = f"{name} (scripted)"
        self.device = "cpu"
        sounds: list[_Sound] = []
        self._words: list[Word] = []
        start = 0
        for each in os.environ[SPEECH].split(os.pathsep):
            recording = load(Path(each))
            sound = _slow(recording.sound.astype(np.float32) / np.float32(32768))
            start_ms = start * 1000 // _RATE
            self._words += [
                Word(round(word.start_ms) + start_ms, round(word.end_ms) + start_ms, f" {word.text}", 0.9)
                for word in recording.words
                # Some references have a mark in place of a word.
                if any(map(str.isalnum, word.text))
            ]
            sounds.append(sound)
            start += sound.size
        self._speech = np.concatenate(sounds)
        self._size = 1 << (self._speech.size + _MOST_SECONDS * _RATE - 1).bit_length()
        self._spectrum = np.fft.rfft(self._speech, self._size)

    def known_language(self, language: str) -> None:
        """It takes any for its own."""

    def languages(self, sounds: Sequence[Audio]) -> list[dict[str, float]]:
        return [{"en": 1.0} for _ in sounds]

    def rehearse(self, seconds: float) -> None:
        """It costs nothing."""

    def decode_together(self, requests: Sequence[Request]) -> list[Hypothesis]:
        return [self.decode(request.audio, request.task) for request in requests]

    def decode(self, audio: Audio, task: Task) -> Hypothesis:
        sound = _slow(audio)
        found: list[Word] = []
        for _ in range(_MOST_PARTS):
            if np.count_nonzero(np.abs(sound) > _LEAST_LEVEL) < _LEAST_PART_SECONDS * _RATE:
                break
            heard = self._heard(sound)
            if not heard:
                break
            found += heard
            for word in heard:
                # It is not heard again as a part of something else.
                sound[_at(word.start_ms) : _at(word.end_ms)] = 0
        if not found:
            return SILENCE
        found.sort(key=lambda word: word.start_ms)
        return Hypothesis(tuple(found), task.language or "en", 1.0, 0.0, -0.1, 1.0)

    def _heard(self, sound: _Sound) -> list[Word]:
        """The words of the part of the recordings to which most of the sound is alike, in its own times."""
        product = self._spectrum * np.conj(np.fft.rfft(sound, self._size))
        lag = int(np.argmax(np.fft.irfft(product, self._size)))
        if lag >= self._speech.size:
            lag -= self._size
        found: list[Word] = []
        for word in self._words:
            if word.end_ms * _RATE > lag * 1000 and word.start_ms * _RATE < (lag + sound.size) * 1000:
                drift = self._drift(word, sound, lag)
                if drift is not None:
                    found.append(word.shifted(-(lag - drift) * 1000 // _RATE))
        return found

    def _drift(self, word: Word, sound: _Sound, lag: int) -> int | None:
        """By how many samples a word is later in the sound than it is with this lag; None if it is not there."""
        start, end = _at(word.start_ms), _at(word.end_ms)
        first, last = max(start, lag, 0), min(end, lag + sound.size, self._speech.size)
        if last - first < _SHARE * (end - start):
            return None
        middle = (first + last) // 2
        # Where a sound card left something out within a word, one half of it is as it was.
        halves = ((first, middle), (middle, last)) if middle - first >= _LEAST_HALF else ()
        for start, end in ((first, last), *halves):
            drift = self._drift_of(start, end, sound, lag)
            if drift is not None:
                return drift
        return None

    def _drift_of(self, first: int, last: int, sound: _Sound, lag: int) -> int | None:
        there = self._speech[first:last]
        before = min(_MOST_DRIFT, first - lag)
        here = sound[first - lag - before : last - lag + _MOST_DRIFT]
        found = np.correlate(here, there)
        squares = np.cumsum(np.concatenate([[0.0], here.astype(np.float64) ** 2]))
        loudness = np.sqrt((squares[there.size :] - squares[: -there.size]).clip(1e-9)) * np.linalg.norm(
            there
        )
        best = int(np.argmax(found / loudness))
        return best - before if found[best] > _ALIKE * loudness[best] else None


def _at(milliseconds: int) -> int:
    return max(0, milliseconds * _RATE // 1000)


def _slow(sound: npt.NDArray[np.float32]) -> _Sound:
    """The same sound at `_RATE`, and little above a quarter of that."""
    low = np.convolve(sound, _LOW, "same") if sound.size > _LOW.size else sound
    slow: _Sound = low[_STEP // 2 : sound.size // _STEP * _STEP : _STEP].astype(np.float32)
    return slow
