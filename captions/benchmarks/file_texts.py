"""Measures the transcription of files, accuracy and time, beside faster-whisper on the same files and process."""

import os
import time
import wave
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from ..asr.engine import devices
from ..asr.engine.base import EngineError
from ..asr.engine.local_whisper import LocalWhisper
from ..asr.offline.batched import BATCH, transcribe
from ..asr.offline.bounded import BoundedSound
from ..asr.offline.decoder import DecodeRequest
from ..asr.offline.media_error import MediaError
from ..speech.endpointing import EndpointSettings
from ..speech.passage import Passage
from ..speech.ring import Samples
from ..speech.types import SAMPLE_RATE
from ..speech.vad import VadModel
from . import whole_file
from .corpus import Recording
from .errors import BenchError
from .figures import Heard, faithfulness
from .whole_file import WholeFile, WholeText, processor_seconds

_LONGEST_SECONDS = 24 * 3600.0
_BETWEEN = np.zeros(SAMPLE_RATE, np.int16)

Rows = Callable[[Path], list[str]]
"""Transcribes a file and returns its rows."""

Hear = Callable[[Iterable[Samples | int], str], Iterator[Passage]]
"""Transcribes sound (int16 mono 16 kHz, or a number of missing samples) in a language."""


@dataclass(frozen=True, slots=True)
class Pass:
    """The time that transcribing a file took, and the number of words in the result."""

    wall_s: float
    cpu_s: float
    words: int


def hearing(folder: Path, endpoints: EndpointSettings, *, compute_type: str = "") -> Hear:
    """The transcription that the command `transcribe`, uploads and the second pass use."""
    device = devices.default_device("auto")
    engine = LocalWhisper(
        str(folder),
        name="bench",
        device=device,
        compute_type=compute_type or devices.default_compute_type(device),
    )
    vad = VadModel()
    return lambda sound, language: transcribe(sound, engine, vad, endpoints, language=language, batch=BATCH)


def ours(folder: Path, endpoints: EndpointSettings, language: str, *, compute_type: str = "") -> Rows:
    hear = hearing(folder, endpoints, compute_type=compute_type)

    def write(path: Path) -> list[str]:
        with BoundedSound(DecodeRequest(os.fsencode(path), path.name, _LONGEST_SECONDS)) as sound:
            return [passage.text for passage in hear(sound.sound(), language)]

    return write


def theirs(model: WholeFile, language: str, way: whole_file.Way) -> Rows:
    def write(path: Path) -> list[str]:
        return [
            segment.text.strip() for segment in whole_file.transcribe(model.model, str(path), language, way)
        ]

    return write


def measure(
    recordings: Sequence[Recording],
    folder: Path,
    model: str,
    endpoints: EndpointSettings,
    whole: dict[str, WholeText],
    *,
    seconds: float | None,
    passes: int,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Transcribes each recording to compare texts, then one file of all recordings in one language to measure time.

    That file is repeated or cut to `seconds`, if given. Ours and faster-whisper's batched pipeline are timed
    alternately, `passes` times, with the same model, device, compute type, threads, beam, batch and word times;
    faster-whisper's sequential transcription is timed once. Raises BenchError.
    """
    their_model = WholeFile(folder, Path())
    try:
        texts = _texts(recordings, folder, endpoints, whole, their_model)
        language = recordings[0].language
        spoken = [each.sound for each in recordings if each.language == language]
        with _one_file(spoken, seconds) as (path, audio_s):
            ways = {
                "ours": ours(folder, endpoints, language),
                "batched": theirs(their_model, language, "batched"),
            }
            for write in ways.values():
                write(recordings[0].path)
            runs: dict[str, list[Pass]] = {name: [] for name in ways}
            for number in range(passes):
                for name, write in ways.items():
                    runs[name].append(_timed(write, path))
                    say(f"{name} {number + 1}: {runs[name][-1].wall_s:.2f} s")
            runs["whole_file"] = [_timed(theirs(their_model, language, "sequential"), path)]
    except (EngineError, MediaError) as error:
        raise BenchError(str(error)) from error
    wall = {name: median(each.wall_s for each in found) for name, found in runs.items()}
    cpu = {name: median(each.cpu_s for each in found) for name, found in runs.items()}
    return {
        "model": model,
        **texts,
        "audio_s": round(audio_s, 1),
        "language": language,
        "wall_s": {name: [each.wall_s for each in found] for name, found in runs.items()},
        "cpu_s": {name: [each.cpu_s for each in found] for name, found in runs.items()},
        "words": {name: found[-1].words for name, found in runs.items()},
        "real_time_factor": {name: round(each / audio_s, 4) for name, each in wall.items()},
        "ratio": round(wall["ours"] / wall["batched"], 4),
        "cpu_ratio": round(cpu["ours"] / cpu["batched"], 4),
    }


def _texts(
    recordings: Sequence[Recording],
    folder: Path,
    endpoints: EndpointSettings,
    whole: dict[str, WholeText],
    their_model: WholeFile,
) -> dict[str, Any]:
    """The texts of `ours` and `batched`, each as `figures.faithfulness` returns them."""
    heard: dict[str, list[Heard]] = {"ours": [], "batched": []}
    for language in dict.fromkeys(each.language for each in recordings):
        write = ours(folder, endpoints, language)
        for each in recordings:
            if each.language == language:
                with _one_file([each.sound], None) as (path, _):
                    heard["ours"].append(Heard(each, write(path), whole[each.name]))
                    rows = theirs(their_model, language, "batched")(path)
                    heard["batched"].append(Heard(each, rows, whole[each.name]))
    return {name: faithfulness(each) for name, each in heard.items()}


def _timed(write: Rows, path: Path) -> Pass:
    started, busy = time.monotonic(), processor_seconds()
    rows = write(path)
    words = sum(len(row.split()) for row in rows)
    return Pass(round(time.monotonic() - started, 3), round(processor_seconds() - busy, 3), words)


@contextmanager
def _one_file(sounds: Sequence[Samples], seconds: float | None) -> Iterator[tuple[Path, float]]:
    """A WAV file with all sounds, a second apart, and its length in seconds."""
    parts = [part for sound in sounds for part in (sound, _BETWEEN)]
    sound = np.concatenate(parts[:-1])
    if seconds is not None:
        sound = np.resize(sound, round(seconds * SAMPLE_RATE))
    with TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder, "sound.wav")
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            file.writeframes(sound.astype("<i2").tobytes())
        yield path, sound.size / SAMPLE_RATE
