"""How long it takes to mix the sound of several devices, one frame of 20 ms at a time, on one core."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..speech.mixing.frames import FRAME, Frames
from ..speech.mixing.mixer import Mixer
from ..speech.mixing.policies import Mode
from ..speech.types import SAMPLE_RATE
from ..speech.vad import VadModel

MODES: tuple[Mode, ...] = ("mix", "separate", "switch")
_FRAME_SECONDS = FRAME / SAMPLE_RATE
# The devices deliver their frames one after the other.
_APART_SECONDS = 0.001


@dataclass(frozen=True, slots=True)
class Cost:
    """How long one frame of all sources takes, in milliseconds of a core."""

    mode: Mode
    sources: int
    frames: int
    mean_ms: float
    p99_ms: float
    longest_ms: float


def measure(sources: int, seconds: float) -> Iterator[Cost]:
    """The cost in each mode. Raises VadError."""
    vad = VadModel()
    sound = babble(sources, round(seconds / _FRAME_SECONDS))
    for mode in MODES:
        yield _cost(Mixer(sources, mode, vad), sound)


def babble(sources: int, frames: int) -> Frames:
    """Noise that is loud in one source for half a second, then in another one, as voices are."""
    rng = np.random.default_rng(1)
    sound = rng.normal(0, 1, (sources, frames * FRAME)).astype(np.float32)
    turns = np.arange(frames * FRAME) // (SAMPLE_RATE // 2)
    loud = turns % sources == np.arange(sources)[:, None]
    found: Frames = (sound * np.where(loud, 4_000, 100)).clip(-32_768, 32_767).astype(np.int16)
    return found


def _cost(mixer: Mixer, sound: Frames) -> Cost:
    """Times what one frame of each source costs, from its arrival to what is heard."""
    taken = []
    for start in range(0, sound.shape[1], FRAME):
        now = start / SAMPLE_RATE
        began = time.perf_counter()
        for source, samples in enumerate(sound[:, start : start + FRAME]):
            mixer.push(source, samples, now + source * _APART_SECONDS)
        taken.append((time.perf_counter() - began) * 1000)
    return Cost(
        mixer.mode,
        len(sound),
        len(taken),
        round(float(np.mean(taken)), 3),
        round(float(np.percentile(taken, 99)), 3),
        round(max(taken), 3),
    )
