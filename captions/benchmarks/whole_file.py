"""Transcribes whole recordings with plain faster-whisper: the baseline for live text.

`sequential` is `WhisperModel.transcribe` with its defaults (beam size 5, conditioned on previous text) and the language
given; `batched` is its `BatchedInferencePipeline` with eight windows per batch and word times. Results are cached on
disk by model, sound and version.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np
from faster_whisper import BatchedInferencePipeline, WhisperModel

from ..asr.engine import devices
from .corpus import Recording

Way = Literal["sequential", "batched"]
WAYS: tuple[Way, ...] = ("sequential", "batched")
BATCH = 8


@dataclass(frozen=True, slots=True)
class WholeText:
    """A transcription in segments; `wall_s` and `cpu_s` are the seconds that it took when it was made."""

    text: str
    segments: tuple[str, ...]
    wall_s: float
    cpu_s: float


class WholeFile:
    """Transcribes whole recordings; results are cached in the folder `kept`, and the model is loaded when needed."""

    def __init__(
        self, folder: Path, kept: Path, *, device: str = "auto", compute_type: str = "", cpu_threads: int = 0
    ) -> None:
        self._folder = folder
        self._kept = kept
        self._device = devices.default_device(device)
        self._compute_type = compute_type or devices.default_compute_type(self._device)
        self._threads = cpu_threads or devices.cores()
        self._model: WhisperModel | None = None

    def text(self, recording: Recording, way: Way = "sequential") -> WholeText:
        """The transcription of a recording, cached on disk."""
        return self._known(recording, way, lambda: self.listen(recording, way))

    def listen(self, recording: Recording, way: Way = "sequential") -> WholeText:
        """The transcription of a recording, without the cache; the times do not include loading the model."""
        model = self.model
        sound = recording.sound.astype(np.float32) / 32768
        wall_s, cpu_s = time.monotonic(), processor_seconds()
        segments = [
            str(segment.text).strip() for segment in transcribe(model, sound, recording.language, way)
        ]
        return WholeText(
            " ".join(filter(None, segments)),
            tuple(filter(None, segments)),
            round(time.monotonic() - wall_s, 3),
            round(processor_seconds() - cpu_s, 3),
        )

    @property
    def model(self) -> WhisperModel:
        if self._model is None:
            self._model = WhisperModel(
                str(self._folder),
                device=self._device,
                compute_type=self._compute_type,
                cpu_threads=self._threads,
                local_files_only=True,
            )
        return self._model

    def _known(self, recording: Recording, way: Way, listen: Callable[[], WholeText]) -> WholeText:
        path = self._kept / f"{self._key(recording, way)}.json"
        try:
            data = json.loads(path.read_text("utf-8"))
            return WholeText(data["text"], tuple(data["segments"]), data["wall_s"], data["cpu_s"])
        except (OSError, ValueError, KeyError):
            found = listen()
        self._kept.mkdir(parents=True, exist_ok=True)
        written = path.with_suffix(".new")
        written.write_text(json.dumps(asdict(found), ensure_ascii=False), "utf-8")
        written.replace(path)
        return found

    def _key(self, recording: Recording, way: Way) -> str:
        parts = (
            _digest(self._folder / "model.bin"),
            hashlib.sha256(recording.sound.tobytes()).hexdigest(),
            recording.language,
            way,
            f"{self._device} {self._compute_type}",
            version("faster-whisper"),
            version("ctranslate2"),
        )
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def transcribe(model: WhisperModel, sound: Any, language: str, way: Way) -> Any:
    """Yields the segments of a sound (float32 mono 16 kHz, or the path of a file)."""
    if way == "batched":
        segments, _ = BatchedInferencePipeline(model).transcribe(
            sound, language=language, batch_size=BATCH, word_timestamps=True
        )
    else:
        segments, _ = model.transcribe(sound, language=language)
    return segments


@cache
def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def processor_seconds() -> float:
    """The processor seconds of this process and of its ended children."""
    return sum(os.times()[:4])


def texts(folder: Path, kept: Path, way: Way, recordings: Sequence[Recording]) -> list[WholeText]:
    """The transcriptions of all recordings, cached on disk."""
    model = WholeFile(folder, kept)
    return [model.text(recording, way) for recording in recordings]
