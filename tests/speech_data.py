"""Recorded speech for tests: `tests/data/NAME.flac` with the reference `NAME.json` beside it."""

import json
import wave
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

Pcm = npt.NDArray[np.int16]

DATA = Path(__file__).parent / "data"
SAMPLE_RATE = 16_000


@dataclass(frozen=True, slots=True)
class Span:
    """A spoken word or sentence."""

    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Reference:
    duration_ms: int
    sentences: tuple[Span, ...]
    words: tuple[Span, ...]

    @property
    def text(self) -> str:
        return " ".join(sentence.text for sentence in self.sentences)


def load_pcm(path: Path | str) -> Pcm:
    """The sound of a file as mono 16 kHz samples; a bare name is looked up in `tests/data`."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
    with av.open(str(_path(path, ".flac"))) as container:
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames]).astype(np.int16)


def load_reference(path: Path | str) -> Reference:
    """The reference of a recording, given the path of the sound, that of the JSON, or a bare name."""
    data = json.loads(_path(path, ".json").with_suffix(".json").read_text("utf-8"))
    return Reference(
        data["duration_ms"],
        tuple(Span(**sentence) for sentence in data["sentences"]),
        tuple(Span(**word) for word in data["words"]),
    )


def to_wav(pcm: Pcm, path: Path, *, rate: int = SAMPLE_RATE) -> Path:
    """Writes mono samples as a WAV file, which is what a browser's fake microphone plays."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm.astype("<i2").tobytes())
    return path


def at_level(pcm: Pcm, dbfs: float) -> Pcm:
    """The same sound with its root mean square at `dbfs` relative to full scale."""
    samples = pcm.astype(np.float64)
    loudness = np.sqrt(np.mean(samples**2)) / 32768
    scaled = samples * (10 ** (dbfs / 20) / loudness)
    limited: Pcm = np.clip(np.round(scaled), -32768, 32767).astype(np.int16)
    return limited


def _path(path: Path | str, suffix: str) -> Path:
    path = Path(path)
    return path if path.suffix else DATA / f"{path}{suffix}"
