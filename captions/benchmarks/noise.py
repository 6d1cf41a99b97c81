"""Generated sounds without speech, and how much text is recognised in them: there should be none."""

import asyncio
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..speech.ring import Samples
from ..speech.types import SAMPLE_RATE
from . import stream
from .errors import BenchError

_Floats = npt.NDArray[np.floating[Any]]
# Sounds are generated and played in pieces, so that hours of them need little memory.
_PIECE_SECONDS = 60
_FRAME = stream.FRAME


@dataclass(frozen=True, slots=True)
class Noise:
    """A kind of sound at a level in dBFS."""

    kind: str
    level: float

    @property
    def name(self) -> str:
        return f"{self.kind} {self.level:.0f}" if np.isfinite(self.level) else self.kind


NOISES = (
    Noise("silence", float("-inf")),
    *(Noise(kind, level) for kind in ("white", "pink") for level in (-60, -45, -30, -15)),
    *(Noise("hum", level) for level in (-30, -15)),
    *(Noise("hum100", level) for level in (-40, -20)),
    *(Noise("chords", level) for level in (-40, -30, -20)),
    Noise("beeps", -20),
    Noise("clicks", -30),
)
MUSIC = Noise("music", -20)


@dataclass(frozen=True, slots=True)
class Invented:
    """The text recognised in a sound without speech: the number of rows and their texts, and of partials with text."""

    name: str
    minutes: float
    rows: int
    texts: tuple[str, ...]
    partials: int


async def listen(noise: Noise, minutes: float, make: stream.Make) -> Invented:
    """Plays a noise as fast as it is decoded. Raises BenchError if the transcriber does not finish in time."""
    finals: dict[int, str] = {}
    partials = 0

    def publish(message: dict[str, Any]) -> None:
        nonlocal partials
        if message["type"] == "final":
            finals[message["seq"]] = str(message["text"])
        elif message["type"] == "partial" and (message["stable"] or message["tentative"]):
            partials += 1

    transcriber = make(str(uuid.uuid4()), publish)
    try:
        for piece in pieces(noise, minutes * 60):
            for start in range(0, piece.size, _FRAME):
                transcriber.push(piece[start : start + _FRAME])
                await asyncio.sleep(0)
                if start % SAMPLE_RATE == 0 and not await transcriber.drained(stream.DRAIN_SECONDS):
                    raise BenchError(f"The session that hears {noise.name} was not done with its rows.")
        transcriber.flush()
        if not await transcriber.drained(stream.DRAIN_SECONDS):
            raise BenchError(f"The session that hears {noise.name} was not done with its rows.")
    finally:
        await transcriber.close()
    texts = tuple(text for text in finals.values() if text)
    return Invented(noise.name, minutes, len(texts), texts, partials)


def pieces(noise: Noise, seconds: float) -> Iterator[Samples]:
    """Yields `seconds` of a noise, int16 mono 16 kHz, the same in every run."""
    chance = np.random.default_rng(7)
    left = round(seconds * SAMPLE_RATE)
    at = 0
    while left:
        count = min(left, _PIECE_SECONDS * SAMPLE_RATE)
        yield _at_level(_KINDS[noise.kind](count, at, chance), noise.level)
        left -= count
        at += count


def _at_level(sound: _Floats, level: float) -> Samples:
    loudness = float(np.sqrt(np.mean(np.square(sound))))
    scaled = sound / loudness * 10 ** (level / 20) if loudness else sound
    found: Samples = np.clip(scaled * 32768, -32768, 32767).astype(np.int16)
    return found


def _silence(count: int, at: int, chance: np.random.Generator) -> _Floats:
    return np.zeros(count)


def _white(count: int, at: int, chance: np.random.Generator) -> _Floats:
    return chance.normal(0, 1, count)


def _pink(count: int, at: int, chance: np.random.Generator) -> _Floats:
    spectrum = np.fft.rfft(chance.normal(0, 1, count))
    found: _Floats = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(spectrum.size), 1)), count)
    return found


def _time(count: int, at: int) -> _Floats:
    return (at + np.arange(count)) / SAMPLE_RATE


def _hum(count: int, at: int, chance: np.random.Generator) -> _Floats:
    time = _time(count, at)
    harmonics: _Floats = np.sum(
        [np.sin(2 * np.pi * 50 * factor * time) / factor for factor in (1, 2, 3, 5)], axis=0
    )
    return harmonics


def _hum100(count: int, at: int, chance: np.random.Generator) -> _Floats:
    found: _Floats = np.sin(2 * np.pi * 100 * _time(count, at))
    return found


def _beeps(count: int, at: int, chance: np.random.Generator) -> _Floats:
    time = _time(count, at)
    found: _Floats = np.where(time % 1 < 0.2, np.sin(2 * np.pi * 1000 * time), 0.0)
    return found


def _clicks(count: int, at: int, chance: np.random.Generator) -> _Floats:
    found: _Floats = ((at + np.arange(count)) % SAMPLE_RATE < 2) * 100.0
    return found


def _chords(count: int, at: int, chance: np.random.Generator) -> _Floats:
    """Struck major and minor chords with overtones, 0.4 to 2 s each."""
    total = np.zeros(count)
    start = 0
    while start < count:
        length = min(int(SAMPLE_RATE * chance.uniform(0.4, 2)), count - start)
        root, third = 110 * 2 ** (chance.integers(0, 24) / 12), int(chance.choice([3, 4]))
        decay = float(chance.uniform(0.5, 2))
        for step in (0, third, 7, 12):
            total[start : start + length] += _struck(root * 2 ** (step / 12), length, decay)
        start += length
    return total


def _struck(pitch: float, length: int, decay: float) -> _Floats:
    time = np.arange(length) / SAMPLE_RATE
    tone = sum(np.sin(2 * np.pi * pitch * overtone * time) / overtone**1.5 for overtone in range(1, 6))
    found: _Floats = np.minimum(1, time / 0.01) * np.exp(-time * decay) * tone
    return found


# A cycle of four chords, in semitones above A, and the notes of a melody over them.
_ROUND = ((0, 3, 7), (-4, 0, 3), (3, 7, 10), (-2, 2, 5))
_TUNE = (0, 3, 5, 7, 10, 12)
_BEAT = SAMPLE_RATE // 2


def _music(count: int, at: int, chance: np.random.Generator) -> _Floats:
    """A melody with vibrato over struck chords, a bass and a drum, two beats per second."""
    total = np.zeros(count)
    for number, start in enumerate(range(0, count, _BEAT)):
        length = min(_BEAT, count - start)
        chord = _ROUND[(at // _BEAT + number) // 8 % len(_ROUND)]
        part = total[start : start + length]
        part += sum(_struck(220 * 2 ** (step / 12), length, 3.0) for step in chord)
        part += 1.5 * _struck(55 * 2 ** (chord[0] / 12), length, 2.0)
        drum = chance.normal(0, 1, length) * np.exp(-np.arange(length) / (SAMPLE_RATE * 0.03))
        part += drum * (1.0 if number % 2 else 0.3)
        if chance.random() < 0.8:
            part += 1.2 * _sung(440 * 2 ** (int(chance.choice(_TUNE)) / 12), length, chance)
    return total


def _sung(pitch: float, length: int, chance: np.random.Generator) -> _Floats:
    """A tone with vibrato, as of a violin or a flute."""
    time = np.arange(length) / SAMPLE_RATE
    bent = pitch * (1 + 0.01 * np.sin(2 * np.pi * 5.5 * time + float(chance.uniform(0, 6))))
    phase = 2 * np.pi * np.cumsum(bent) / SAMPLE_RATE
    tone = sum(np.sin(overtone * phase) / overtone**2 for overtone in range(1, 5))
    found: _Floats = np.minimum(1, time / 0.05) * np.minimum(1, (time[-1] - time) / 0.05) * tone
    return found


_KINDS: dict[str, Callable[[int, int, np.random.Generator], _Floats]] = {
    "silence": _silence,
    "white": _white,
    "pink": _pink,
    "hum": _hum,
    "hum100": _hum100,
    "beeps": _beeps,
    "clicks": _clicks,
    "chords": _chords,
    "music": _music,
}
