"""What takes noise out of a sound before it is recognised: kept libraries that have their models with them."""

import ctypes
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ..audio.noise import deepfilter, webrtc
from ..audio.noise.rates import DELAY, Narrowing, Widening
from ..speech.cleaning import Cleaner, Cleaning
from ..speech.ring import Samples
from .errors import BenchError

Clean = Callable[[Samples], Samples]
"""A whole sound, mono 16 kHz, without its noise; of the same length."""

_UNLIMITED_DB, _MILD_DB = 100.0, 12.0


def cleaners() -> dict[str, Callable[[], Clean]]:
    """How to make each, by its name."""
    return {
        "none": lambda: lambda sound: sound,
        "webrtc 2": lambda: whole(lambda: webrtc.WebrtcCleaner(2), webrtc.is_installed),
        "webrtc 4": lambda: whole(lambda: webrtc.WebrtcCleaner(4), webrtc.is_installed),
        "rnnoise": lambda: whole(_Rnnoise, _has_rnnoise, "--no-deps pyrnnoise==0.4.5"),
        "deepfilter": lambda: whole(
            lambda: deepfilter.DeepFilterCleaner(_UNLIMITED_DB), deepfilter.is_installed
        ),
        "deepfilter, at most 12 dB": lambda: whole(
            lambda: deepfilter.DeepFilterCleaner(_MILD_DB), deepfilter.is_installed
        ),
    }


def whole(
    make: Callable[[], Cleaner],
    is_installed: Callable[[], bool],
    requirement: str = "'whisperstream[noise]'",
) -> Clean:
    """Cleans each sound with a cleaner of its own. Raises BenchError."""
    if not is_installed():
        raise BenchError(f"To measure it: pip install {requirement}")

    def clean(sound: Samples) -> Samples:
        cleaner = make()
        silence = np.zeros(cleaner.delay + cleaner.frame, np.int16)
        return Cleaning(cleaner).push(np.concatenate([sound, silence]))[: sound.size]

    return clean


def _has_rnnoise() -> bool:
    return find_spec("pyrnnoise") is not None


class _Rnnoise:
    """RNNoise, a recurrent network for sound of 48 kHz."""

    frame = 160
    delay = 160 + 2 * DELAY

    def __init__(self) -> None:
        spec = find_spec("pyrnnoise")
        assert spec is not None
        assert spec.origin is not None
        # The package itself needs a library for plots; what it wraps is one function.
        self._library = ctypes.CDLL(str(Path(spec.origin).parent / "librnnoise.so"))
        self._library.rnnoise_create.restype = ctypes.c_void_p
        self._library.rnnoise_create.argtypes = [ctypes.c_void_p]
        floats = ctypes.POINTER(ctypes.c_float)
        self._library.rnnoise_process_frame.argtypes = [ctypes.c_void_p, floats, floats]
        self._floats = floats
        self._state = self._library.rnnoise_create(None)
        self._wider, self._narrower = Widening(), Narrowing()

    def clean(self, sound: Samples) -> Samples:
        wide = np.ascontiguousarray(self._wider.push(sound.astype(np.float64)), np.float32)
        at = wide.ctypes.data_as(self._floats)
        self._library.rnnoise_process_frame(self._state, at, at)
        found: Samples = np.clip(np.rint(self._narrower.push(wide)), -32768, 32767).astype(np.int16)
        return found
