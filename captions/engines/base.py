"""What every speech engine offers to the recogniser."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from ..speech.types import Hypothesis

Audio = npt.NDArray[np.float32]
Kind = Literal["partial", "final"]


class EngineError(Exception):
    """An engine could not be loaded or could not decode; the message tells an operator what to do."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


@dataclass(frozen=True, slots=True)
class Task:
    """How to decode one stretch of audio.

    `partial` is quick and greedy and encodes only the audio there is; `final` has the full context and the better
    settings. `language` is an ISO 639-1 code, or empty to detect it. `prompt` is the text that came before.
    `hotwords` are words and names to expect, the most important first: an engine takes as many as it has room for.
    A `speculative` final is decoded like any other; it may turn out not to be wanted, so it waits like a partial.
    `prefix` is how the text is known to begin: what is heard begins with just these words, timed like all others, and
    the log probability is that of what comes after them.
    With `timestamps` the model may say where phrases begin and end: that guards a final against loops, but some then
    leave the end of a sound that fills their window for the next window.
    """

    kind: Kind
    language: str = ""
    prompt: str = ""
    speculative: bool = False
    hotwords: tuple[str, ...] = ()
    prefix: str = ""
    timestamps: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """Mono 16 kHz float32 samples in -1…1, at most 30 s, to be decoded like that."""

    audio: Audio
    task: Task


@dataclass(frozen=True, slots=True)
class Wanted:
    """The model that is asked for: a name, a hub id or a folder, or empty for the default of the device.

    `device` is auto, cpu or cuda. `demo_allowed` lets the demo model stand in for a model that cannot be had.
    `folder` is where downloads go; empty means the cache of the Hugging Face libraries.
    """

    model: str = ""
    device: str = "auto"
    demo_allowed: bool = False
    folder: str = ""


class Engine(Protocol):
    """A loaded model."""

    name: str
    device: str

    def decode(self, audio: Audio, task: Task) -> Hypothesis:
        """Decodes mono 16 kHz float32 samples in -1…1, at most 30 s. Raises EngineError."""
        ...


class ParallelEngine(Engine, Protocol):
    """An engine for several callers at once, each of which may have several sounds decoded together."""

    def decode_together(self, requests: Sequence[Request]) -> list[Hypothesis]:
        """As `decode` for each, all being of one kind. Raises EngineError, whichever of them is the reason."""
        ...

    def rehearse(self, kind: Kind, seconds: float, batch: int = 1) -> None:
        """Does the work of decoding that much fluent speech, so many times together, for whoever measures it.

        Raises EngineError.
        """
        ...
