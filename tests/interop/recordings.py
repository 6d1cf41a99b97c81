"""What is said to the clients: real speech where there is some, the synthetic speech of the tests elsewhere."""

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest

from captions.benchmarks.livetest.wer import wer
from tests.asr.offline.files import write
from tests.real_speech import FOLDER
from tests.speech_data import DATA, SAMPLE_RATE, Pcm, load_pcm, load_reference, to_wav

# A small model mishears one word in ten of these; a client that loses the beginning or the end loses more.
MOST_ERRORS = 0.34


@dataclass(frozen=True)
class Recording:
    path: Path
    language: str = "en"

    @property
    def text(self) -> str:
        return load_reference(self.path).text

    @property
    def seconds(self) -> float:
        return load_reference(self.path).duration_ms / 1000

    @property
    def pcm(self) -> Pcm:
        return load_pcm(self.path)

    def wav(self, folder: Path, *, rate: int = SAMPLE_RATE, silence: float = 0.0) -> Path:
        """A WAV file of it, mono, 16 bits, with silence after it."""
        return to_wav(self._at(rate, silence), folder / f"{self.path.stem}-{rate}-{silence:g}.wav", rate=rate)

    def raw(self, folder: Path, *, rate: int, silence: float = 0.0) -> Path:
        """Its bare samples, 16 bits, little endian, with silence after them."""
        path = folder / f"{self.path.stem}-{rate}.raw"
        path.write_bytes(self._at(rate, silence).astype("<i2").tobytes())
        return path

    def encoded(self, folder: Path, suffix: str, codec: str, rate: int = 48_000) -> Path:
        return write(folder / f"{self.path.stem}{suffix}", self.pcm, codec=codec, rate=rate)

    def opus_packets(self, folder: Path) -> list[bytes]:
        """Its sound as Opus packets of 20 ms."""
        with av.open(str(self.encoded(folder, ".ogg", "libopus"))) as container:
            return [bytes(packet) for packet in container.demux(audio=0) if packet.size]

    def _at(self, rate: int, silence: float) -> Pcm:
        pcm = np.concatenate([self.pcm, np.zeros(round(silence * SAMPLE_RATE), np.int16)])
        if rate == SAMPLE_RATE:
            return pcm
        at = np.linspace(0, pcm.size - 1, round(pcm.size * rate / SAMPLE_RATE))
        resampled: Pcm = np.interp(at, np.arange(pcm.size), pcm).astype(np.int16)
        return resampled

    def assert_heard_as(self, text: str, most: float = MOST_ERRORS) -> None:
        result = wer([self.text], text)
        assert result.rate <= most, f"{result.errors} of {result.words} words are wrong: {text}"


def short() -> Recording:
    return _first("en_jfk_m4a", "note-en-us")


def several() -> Recording:
    return _first("en_libri_2412_paused", "note-f2")


def german() -> Recording:
    path = FOLDER / "de_leopard.flac"
    if not path.exists():
        pytest.skip(f"There is no German speech: {path} does not exist.")
    return Recording(path, "de")


def _first(real: str, synthetic: str) -> Recording:
    path = FOLDER / f"{real}.flac"
    return Recording(path if path.exists() else DATA / f"{synthetic}.flac")
