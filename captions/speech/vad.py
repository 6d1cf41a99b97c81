"""Voice activity detection, one probability every 32 ms: Silero VAD as the faster-whisper package contains it."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..core.errors import WhisperStreamError
from .ring import Samples

WINDOW = 512
"""Samples in one window: 32 ms at 16 kHz."""

_CONTEXT = 64
"""Samples of the window before that the network takes with each window."""

Probabilities = npt.NDArray[np.float32]


class VadError(WhisperStreamError):
    """The voice detector could not be loaded."""


def model_path() -> Path:
    """The path of the network's file. Raises VadError if faster-whisper is not installed.

    That package is located but not imported: an import would load its inference library.
    """
    spec = find_spec("faster_whisper")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for path in sorted(Path(folder, "assets").glob("silero_vad_v*.onnx"), reverse=True):
            return path
    raise VadError("The faster-whisper package with its voice detector (silero_vad) is not installed.")


class VadModel:
    """The loaded network. Streams in any threads share it; each has its own state.

    The constructor raises VadError if the network cannot be loaded.
    """

    def __init__(self) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # A window takes a fraction of a millisecond: more threads would only fight over the cores.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(model_path()), sess_options=options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            if isinstance(error, VadError):
                raise
            raise VadError(f"The voice detector could not be loaded: {error}") from error

    def stream(self) -> "VadStream":
        return VadStream(self)

    def run(
        self, windows: npt.NDArray[np.float32], hidden: npt.NDArray[np.float32], cell: npt.NDArray[np.float32]
    ) -> tuple[Probabilities, npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Scores successive windows of one stream, float32 of shape (n, 64 + 512), after the state `hidden` and `cell`.

        Returns probabilities of shape (n,) and the two states after them, each of shape (1, 1, 128).
        """
        scores, hidden, cell = self._session.run(None, {"input": windows, "h": hidden, "c": cell})
        return np.asarray(scores, np.float32).reshape(-1), hidden, cell


class VadStream:
    """The voice detector on one continuous stream of sound."""

    def __init__(self, model: VadModel) -> None:
        self._model = model
        self.reset()

    def reset(self) -> None:
        """Starts a new stream: the next sample begins a window."""
        self._hidden = np.zeros((1, 1, 128), np.float32)
        self._cell = np.zeros((1, 1, 128), np.float32)
        # The context of the next window, then the samples that do not fill one yet.
        self._tail = np.zeros(_CONTEXT, np.float32)

    @property
    def pending(self) -> int:
        """The number of samples that do not fill a window yet."""
        return self._tail.size - _CONTEXT

    def push(self, samples: Samples) -> Probabilities:
        """Takes mono int16 samples at 16 kHz, shape (n,).

        Returns the probability of speech, 0 to 1, of every window that they complete.
        """
        sound = np.concatenate([self._tail, samples.astype(np.float32) / 32768.0])
        count = (sound.size - _CONTEXT) // WINDOW
        self._tail = sound[count * WINDOW :].copy()
        if not count:
            return np.zeros(0, np.float32)
        # Copied one by one: NumPy's strided views are slower, and intern names that make Python's table of interned
        # strings grow and be rebuilt every few minutes of sound.
        windows = np.empty((count, _CONTEXT + WINDOW), np.float32)
        for number in range(count):
            windows[number] = sound[number * WINDOW : (number + 1) * WINDOW + _CONTEXT]
        scores, self._hidden, self._cell = self._model.run(windows, self._hidden, self._cell)
        return scores
