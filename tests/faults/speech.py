"""What is said while faults are injected: recordings of people, one after the other, over and over."""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from captions.benchmarks.corpus import TimedWord
from captions.benchmarks.livetest.player import Sound, load_sound
from captions.benchmarks.livetest.reference import load_reference
from tests.real_speech import FOLDER
from tests.speech_data import DATA

RATE = 16_000
_PAUSE_MS = 700
# Between two words of a recording: nobody is cut off there.
_BREATH_MS = 400
_REAL = ("en_dict_austen", "en_libri_2412", "en_sonnet1", "en_libri_quilter", "en_jfk_m4a", "en_antiberta")
_SYNTHETIC = ("note-en-us", "note-f2", "note-en-gb", "fast-m3")


@dataclass(frozen=True, eq=False)
class Speech:
    """One round of `sound` (int16 mono at `RATE`, shape (n,)), with its `words` and moments between them.

    All times are milliseconds since the speaker began; the round is repeated without end.
    """

    name: str
    sound: Sound
    words: tuple[TimedWord, ...]
    pauses: tuple[float, ...]

    @property
    def round_ms(self) -> float:
        return len(self.sound) * 1000 / RATE

    def said(self, start_ms: float, end_ms: float) -> list[TimedWord]:
        """The words that end in this time, in order."""
        found: list[TimedWord] = []
        number = max(0, int(start_ms // self.round_ms))
        while number * self.round_ms < end_ms:
            by = number * self.round_ms
            found += [
                TimedWord(word.text, word.start_ms + by, word.end_ms + by)
                for word in self.words
                if start_ms < word.end_ms + by <= end_ms
            ]
            number += 1
        return found

    def place(self, number: int) -> int:
        """The place in the round of the word with this number, counted from the speaker's beginning."""
        return number % len(self.words)

    def mid_word(self, after_ms: float) -> float:
        """The middle of the first word after this moment that is long enough to be cut in two."""
        words = self.said(after_ms, after_ms + 2 * self.round_ms)
        return next(
            (word.start_ms + word.end_ms) / 2
            for word in words
            if word.end_ms - word.start_ms >= 300 and word.start_ms > after_ms
        )

    def pause(self, after_ms: float) -> float:
        """The first moment after this one at which nobody speaks."""
        rounds, rest = divmod(after_ms, self.round_ms)
        at = bisect_right(self.pauses, rest)
        if at == len(self.pauses):
            rounds, at = rounds + 1, 0
        return rounds * self.round_ms + self.pauses[at]


def load() -> Speech:
    """Real speech (REAL_SPEECH) where there is some, the synthetic speech of the tests elsewhere."""
    is_real = all((FOLDER / f"{name}.flac").exists() for name in _REAL)
    folder, names = (FOLDER, _REAL) if is_real else (DATA, _SYNTHETIC)
    return joined([folder / f"{name}.flac" for name in names], "real" if is_real else "synthetic")


def joined(files: list[Path], name: str) -> Speech:
    """The recordings of these files, each with its reference beside it, with a pause after each."""
    parts: list[Sound] = []
    words: list[TimedWord] = []
    pauses: list[float] = []
    at_ms = 0.0
    for file in files:
        sound, reference = load_sound(file, RATE), load_reference(file)
        assert reference is not None, f"{file} has no reference"
        sound, timed = _without_number(sound, list(reference.words))
        words += [TimedWord(word.text, word.start_ms + at_ms, word.end_ms + at_ms) for word in timed]
        within = [
            (one.end_ms + other.start_ms) / 2
            for one, other in pairwise(timed)
            if other.start_ms - one.end_ms >= _BREATH_MS
        ]
        pauses += [*(at_ms + pause for pause in within), at_ms + len(sound) * 1000 / RATE]
        parts += [sound, np.zeros(_PAUSE_MS * RATE // 1000, np.int16)]
        at_ms = sum(map(len, parts)) * 1000 / RATE
    return Speech(name, np.concatenate(parts), tuple(words), tuple(pauses))


def _without_number(sound: Sound, words: list[TimedWord]) -> tuple[Sound, list[TimedWord]]:
    """Without the number of a poem, which is said by itself: a model hears it now and then."""
    first, second = words[:2]
    if not first.text.isdigit():
        return sound, words
    cut_ms = (first.end_ms + second.start_ms) / 2
    rest = [TimedWord(word.text, word.start_ms - cut_ms, word.end_ms - cut_ms) for word in words[1:]]
    return sound[int(cut_ms * RATE // 1000) :], rest
