"""Several utterances in one sound for the model, and whose the words are that it hears in it.

A model's window is thirty seconds however little is in it, so that full ones are the least work. The silence between
utterances is left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ..engines.base import Audio
from ..speech.events import Voice
from ..speech.types import SAMPLE_RATE, SAMPLES_PER_MS, Word

MOST_SAMPLES = 30 * SAMPLE_RATE
"""What a model hears at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Utterance:
    """Sound that waits to be decoded, mono 16 kHz, and where it begins on the recording's clock."""

    start_ms: int
    audio: Audio
    voice: Voice


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """Utterances that follow each other, one at least, decoded as one sound."""

    utterances: tuple[Utterance, ...]

    @property
    def audio(self) -> Audio:
        return np.concatenate([each.audio for each in self.utterances])

    @property
    def samples(self) -> int:
        return sum(each.audio.size for each in self.utterances)

    def has_room_for(self, utterance: Utterance) -> bool:
        return self.samples + utterance.audio.size <= MOST_SAMPLES

    def plus(self, utterance: Utterance) -> "Pack":
        return Pack((*self.utterances, utterance))

    def parted(self, words: Sequence[Word]) -> list[tuple[Word, ...]]:
        """The words of each utterance in turn, their times counted from its beginning.

        A word belongs where most of it was voiced, and never before the word that precedes it. A model that times a
        word may let it begin as soon as the one before it has ended, so only voice counts; a word without any goes
        to the nearest.
        """
        starts = _starts(self.utterances)
        voices = [
            (start + each.voice.start_ms, start + each.voice.end_ms)
            for start, each in zip(starts, self.utterances, strict=True)
        ]
        parts: list[list[Word]] = [[] for _ in self.utterances]
        owner = 0
        for word in words:
            owner = max(range(owner, len(voices)), key=lambda at: _nearness(word, *voices[at]))
            parts[owner].append(word.shifted(-starts[owner]))
        return [tuple(part) for part in parts]


def _starts(utterances: Iterable[Utterance]) -> list[int]:
    """Where each begins in the pack, in milliseconds."""
    starts, samples = [], 0
    for each in utterances:
        starts.append(samples // SAMPLES_PER_MS)
        samples += each.audio.size
    return starts


def _nearness(word: Word, start_ms: int, end_ms: int) -> int:
    """How much of the word lies in a voice, in milliseconds; below 0 how far away from it the word is."""
    return min(word.end_ms, end_ms) - max(word.start_ms, start_ms)
