"""sherpa-onnx: finds where voices change with pyannote's network, and clusters what each piece sounds like."""

import importlib.util
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from ...speech.ring import Samples
from ...speech.turns import Turn
from .engine import BROKEN, NOT_INSTALLED, SpeakerError
from .models import Models

THRESHOLD = 0.5
"""How unlike two pieces are that are two voices, as a cosine distance. A smaller value finds more voices."""
_SHORTEST_SECONDS, _GAP_SECONDS = 0.3, 0.5
_MOST_THREADS = 4


def is_installed() -> bool:
    return importlib.util.find_spec("sherpa_onnx") is not None


class SherpaEngine:
    """See SpeakerEngine. Its library is loaded when it is made."""

    def __init__(self, models: Models, threads: int = 0) -> None:
        """Raises SpeakerError."""
        if not is_installed():
            raise SpeakerError(NOT_INSTALLED, "Install sherpa-onnx: pip install 'whisperstream[speakers]'.")
        import sherpa_onnx

        threads = threads or min(os.cpu_count() or 1, _MOST_THREADS)
        config = sherpa_onnx.OfflineSpeakerDiarizationConfig(
            segmentation=sherpa_onnx.OfflineSpeakerSegmentationModelConfig(
                pyannote=sherpa_onnx.OfflineSpeakerSegmentationPyannoteModelConfig(model=models.segmentation),
                num_threads=threads,
            ),
            embedding=sherpa_onnx.SpeakerEmbeddingExtractorConfig(
                model=models.embedding, num_threads=threads
            ),
            clustering=sherpa_onnx.FastClusteringConfig(num_clusters=-1, threshold=THRESHOLD),
            min_duration_on=_SHORTEST_SECONDS,
            min_duration_off=_GAP_SECONDS,
        )
        if not config.validate():
            raise SpeakerError(BROKEN, "sherpa-onnx does not accept the models.")
        self._engine: Any = sherpa_onnx.OfflineSpeakerDiarization(config)

    def turns(self, samples: Samples, alive: Callable[[], None]) -> list[Turn]:
        failed: list[BaseException] = []

        def on_chunk(done: int, total: int) -> int:
            # Nothing may be raised through the library.
            try:
                alive()
            except BaseException as error:
                failed.append(error)
            return int(bool(failed))

        sound = samples.astype(np.float32) / 32768
        try:
            found = self._engine.process(sound, callback=on_chunk).sort_by_start_time()
        except RuntimeError as error:
            raise SpeakerError(BROKEN, f"sherpa-onnx: {error}") from error
        if failed:
            raise failed[0]
        return [Turn(round(each.start * 1000), round(each.end * 1000), each.speaker) for each in found]
