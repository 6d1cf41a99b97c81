"""What faster-whisper writes of a whole recording, as it is without any of our work: what a live text is held against.

`sequential` is `WhisperModel.transcribe` with its defaults (a beam of five, each window in the context of the text
before) and the language given; `batched` is its `BatchedInferencePipeline` with eight windows at a time and times of
words. Results are kept on disk by model, sound and version, for they do not change.
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
    """`segments` are its pieces in their order; `wall_s` and `cpu_s` is what it took when it was made."""

    text: str
    segments: tuple[str, ...]
    wall_s: float
    cpu_s: float


class WholeFile:
    """A model that listens to whole recordings. It is loaded when there is something that nobody has heard yet."""

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
        """What it hears, from disk where that is known."""
        return self._known(recording, way, lambda: self.listen(recording, way))

    def listen(self, recording: Recording, way: Way = "sequential") -> WholeText:
        """What it hears, heard now. The model is loaded before the clock runs."""
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
    """The segments of a sound, or of a file that is named, as they come."""
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
    """Of this process, and of those it has ended."""
    return sum(os.times()[:4])


def texts(folder: Path, kept: Path, way: Way, recordings: Sequence[Recording]) -> list[WholeText]:
    """What a model hears of each recording, from disk where that is known."""
    model = WholeFile(folder, kept)
    return [model.text(recording, way) for recording in recordings]
