"""Word errors of files, with and without taking noise out of their sound before it is recognised.

Files are heard as the product hears them. To what is in a recording, noise may be added at a given ratio of the powers
of voice and noise, in dB; it is the same in every run.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..speech.ring import Samples
from ..speech.types import SAMPLE_RATE
from .cleaners import Clean
from .corpus import Recording
from .file_texts import Hear
from .noise import Noise, pieces
from .scoring import Errors, pooled_errors, word_errors

_FULL_SCALE = 32768


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The word errors of each recording after one way of cleaning.

    `cost` are the processor seconds that cleaning a second of sound takes.
    """

    name: str
    errors: tuple[Errors, ...]
    cost: float

    @property
    def rate(self) -> float:
        return pooled_errors(self.errors).rate or 0.0


def noisy(recording: Recording, kind: str, ratio_db: float) -> Recording:
    """The recording with noise added."""
    sound = recording.sound.astype(np.float64) / _FULL_SCALE
    level_db = 10 * np.log10(max(float(np.mean(np.square(sound))), 1e-12)) - ratio_db
    noise = np.concatenate(list(pieces(Noise(kind, level_db), recording.seconds)))[: sound.size]
    mixed: Samples = np.clip(sound * _FULL_SCALE + noise, -32768, 32767).astype(np.int16)
    return replace(recording, name=f"{recording.name}, {kind} {ratio_db:g} dB", sound=mixed)


def measure(
    recordings: Sequence[Recording], hear: Hear, ways: dict[str, Clean], say: Callable[[str], None]
) -> list[Cleaned]:
    found = []
    for name, clean in ways.items():
        errors, spent = [], 0.0
        for recording in recordings:
            began = time.process_time()
            sound = clean(recording.sound)
            spent += time.process_time() - began
            text = " ".join(passage.text for passage in hear(_in_seconds(sound), recording.language))
            errors.append(word_errors(recording.text, text, recording.language))
        found.append(Cleaned(name, tuple(errors), spent / sum(each.seconds for each in recordings)))
        say(f"{name}: {found[-1].rate:.1%}")
    return found


def lines(recordings: Sequence[Recording], found: Sequence[Cleaned]) -> list[str]:
    """A table in Markdown: word error rates by recording, of all words, and what cleaning costs."""

    def row(name: str, cells: Sequence[Any]) -> str:
        return f"| {' | '.join([name, *map(str, cells)])} |"

    table = [row("", [each.name for each in found]), row("---", ["---"] * len(found))]
    for number, recording in enumerate(recordings):
        rates = [each.errors[number].rate or 0.0 for each in found]
        table.append(row(f"`{recording.name}`", [f"{rate:.1%}" for rate in rates]))
    table.append(row("all words", [f"{each.rate:.1%}" for each in found]))
    table.append(row("processor seconds a second", [f"{each.cost:.3f}" for each in found]))
    return table


def _in_seconds(sound: Samples) -> Iterator[Samples]:
    for start in range(0, sound.size, SAMPLE_RATE):
        yield sound[start : start + SAMPLE_RATE]
