"""Frames: the sound of several sources in the same 20 ms."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..ring import Samples
from ..types import SAMPLE_RATE

FRAME = SAMPLE_RATE // 50
"""Samples in one frame: 20 ms at 16 kHz."""

Frames = npt.NDArray[np.int16]
"""One frame of each source, shape (sources, FRAME)."""

# Below this a frame is digital silence; a whole number, so that its level is 0 dB.
_LEAST_POWER = 1.0


@dataclass(frozen=True, slots=True)
class Mixed:
    """What is heard of one frame: `sound`, and `apart` of it what is transcribed by itself; None if nothing is.

    `frames` is what it was made of.
    """

    sound: Samples
    frames: Frames
    apart: Samples | None = None


def levels_db(frames: Frames) -> npt.NDArray[np.float32]:
    """How loud each source is, in dB above the quietest sound that there is; about 90 at most."""
    sound = frames.astype(np.float32)
    power = np.einsum("ij,ij->i", sound, sound) / sound.shape[1]
    levels: npt.NDArray[np.float32] = 10 * np.log10(np.maximum(power, _LEAST_POWER))
    return levels
