"""What every speech engine offers to the recogniser."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from ...core.errors import WhisperStreamError
from ...speech.types import Hypothesis

Audio = npt.NDArray[np.float32]
Kind = Literal["partial", "final"]


class EngineError(WhisperStreamError):
    """An engine could not be loaded or could not decode; the message tells an operator what to do."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


@dataclass(frozen=True, slots=True)
class Task:
    """How to decode one stretch of audio.

    `partial` encodes only the audio there is and is greedy unless it is `careful`; `final` has the full context and the
    better settings. `language` is an ISO 639-1 code, or empty to detect it. `prompt` is the text that came before.
    Where it is detected, a short sound is in one of the `likely` languages unless it is clearly in another one.
    `hotwords` are words and names to expect, the most important first: an engine takes as many as it has room for.
    `prefix` is how the text is known to begin: what is heard begins with just these words, timed like all others, and
    the log probability is that of what comes after them. `new_ms` is how much of the sound lies behind it, and
    `voice_ms` how much of that is voice: where a model takes the prefix for the end, a careful one is asked again what
    comes then.
    With `timestamps` the model may say where phrases begin and end; but many then leave the end of the sound for a next
    window. Of the silence that fills a final's window only `silence_ms` is decoded, where that is not None: less work,
    and less certain words. With a `temperature` it is chance that chooses among the likely words, and with `no_repeat`
    no so many tokens come twice: other ways to hear what one way did not hear.
    """

    kind: Kind
    language: str = ""
    prompt: str = ""
    likely: tuple[str, ...] = ()
    hotwords: tuple[str, ...] = ()
    prefix: str = ""
    new_ms: int | None = None
    voice_ms: int = 0
    careful: bool = False
    timestamps: bool = False
    silence_ms: int | None = None
    temperature: float = 0.0
    no_repeat: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """Mono 16 kHz float32 samples in -1…1, at most 30 s, to be decoded like that."""

    audio: Audio
    task: Task


@dataclass(frozen=True, slots=True)
class Wanted:
    """The model that is asked for: a name, a hub id or a folder, or empty for the default of the device.

    `device` is auto, cpu or cuda. `folder` is where downloads go; empty means the cache of the Hugging Face libraries.
    """

    model: str = ""
    device: str = "auto"
    folder: str = ""


class Engine(Protocol):
    """A loaded model."""

    name: str
    device: str

    def decode(self, audio: Audio, task: Task) -> Hypothesis:
        """Decodes mono 16 kHz float32 samples in -1…1, at most 30 s. Raises EngineError."""
        ...


@runtime_checkable
class Polyglot(Protocol):
    """An engine that may know several languages."""

    def languages(self, sounds: Sequence[Audio]) -> list[dict[str, float]]:
        """How likely each language is in each of the sounds; nothing where the model knows only one.

        Raises EngineError.
        """
        ...


class ParallelEngine(Engine, Protocol):
    """An engine for several callers at once, each of which may have several sounds decoded together."""

    def decode_together(self, requests: Sequence[Request]) -> list[Hypothesis]:
        """As `decode` for each, all being of one kind. Raises EngineError, whichever of them is the reason."""
        ...

    def rehearse(self, seconds: float) -> None:
        """Does the work of decoding that much live speech, for whoever measures it. Raises EngineError."""
        ...
