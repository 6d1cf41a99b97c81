"""What is spoken in a benchmark: sound files with their reference words."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..files.media_error import MediaError
from ..files.media_file import MediaFile
from ..livetest.errors import LivetestError
from ..livetest.reference import Reference, load_reference
from ..speech.ring import Samples
from ..speech.types import SAMPLE_RATE
from .errors import BenchError


@dataclass(frozen=True, slots=True)
class Material:
    """One recording, mono at 16 kHz. Without a `reference` text is not judged, and only finals are timed."""

    path: Path
    sound: Samples
    reference: Reference | None

    @property
    def seconds(self) -> float:
        return self.sound.size / SAMPLE_RATE

    def until(self, seconds: float) -> "Material":
        """The beginning of it, cut in the pause before the first word that would not be whole."""
        if seconds >= self.seconds:
            return self
        if self.reference is None:
            return replace(self, sound=self.sound[: round(seconds * SAMPLE_RATE)])
        words = tuple(word for word in self.reference.words if word.end_ms <= seconds * 1000)
        end_ms = words[-1].end_ms if words else seconds * 1000
        return replace(
            self,
            sound=self.sound[: round(end_ms * SAMPLE_RATE / 1000)],
            reference=Reference(" ".join(word.text for word in words), words),
        )


def load(path: Path, seconds: float | None = None) -> Material:
    """Reads a sound file and the JSON beside it, at most `seconds` of it. Raises BenchError."""
    try:
        with MediaFile(path) as media:
            pieces = [
                np.zeros(piece, np.int16) if isinstance(piece, int) else piece for piece in media.sound()
            ]
        material = Material(path, np.concatenate(pieces), load_reference(path))
    except (MediaError, LivetestError) as error:
        raise BenchError(str(error)) from error
    except ValueError as error:
        raise BenchError(f"{path} has no sound in it.") from error
    return material if seconds is None else material.until(seconds)
