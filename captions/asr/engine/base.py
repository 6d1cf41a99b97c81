"""The interface between the recogniser and every engine."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from ...core.errors import WhisperStreamError
from ...speech.types import Hypothesis

Audio = npt.NDArray[np.float32]
Kind = Literal["partial", "final"]
Runtime = Literal["ctranslate2", "whisper-cpp"]


class EngineError(WhisperStreamError):
    """An engine could not be loaded or could not decode; the message tells an operator what to do.

    `retryable` says whether the same request may succeed later; `elsewhere` that the cause is not on this machine, so
    that a new process of the recogniser would not help.
    """

    def __init__(self, message: str, *, retryable: bool = False, elsewhere: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.elsewhere = elsewhere


@dataclass(frozen=True, slots=True)
class Task:
    """How to decode one sound."""

    kind: Kind
    """`partial` encodes only the sound there is, and is greedy unless `careful`; `final` encodes a full 30 s window
    and searches with a beam."""
    language: str = ""
    """Code of the language, such as en or pt-BR; empty to detect it."""
    prompt: str = ""
    """The text before the sound. An engine takes as much of its end as it has room for."""
    likely: tuple[str, ...] = ()
    """Codes of languages that are favoured when the language is detected, the more the shorter the sound is."""
    hotwords: tuple[str, ...] = ()
    """Words and names to expect, the most important first. An engine takes as many as it has room for."""
    prefix: str = ""
    """Text that the hypothesis must begin with (constrained decoding). Its words are part of the hypothesis and timed;
    its tokens do not count in the mean log probability."""
    new_ms: int | None = None
    """Milliseconds of sound after the prefix, which bound how long the text after it can be; None for all of the
    sound."""
    voice_ms: int = 0
    """Milliseconds of voice after the prefix. If there is enough for a word, a `careful` partial that ends with its
    prefix is searched once more for words after it."""
    careful: bool = False
    """Whether a partial is searched with a beam: fewer errors, slower."""
    timestamps: bool = False
    """Whether a final may have Whisper's timestamp tokens, which bound its phrases. Models with them often leave the
    end of the sound to a next window."""
    silence_ms: int | None = None
    """Milliseconds of silence encoded after the sound of a final; None fills the 30 s window. Less is faster, and
    more often wrong."""
    temperature: float = 0.0
    """Above 0 tokens are sampled instead of searched for, which may find words where a search found none."""
    no_repeat: int = 0
    """Above 0, no sequence of this many tokens occurs twice in the text: that prevents loops."""
    translate: bool = False
    """Whether the text is to be English, whatever is spoken. Word times are then rough."""
    hops: int = 0
    """How many servers like this one have passed the sound on to get it here."""


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """A sound and how to decode it."""

    audio: Audio
    """Mono 16 kHz float32 samples in -1…1, shape (n,), at most 30 s."""
    task: Task


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which model to find or download."""

    model: str = ""
    """A name such as base, a hub id or the path of a folder, for whisper-cpp that of a file; empty for the default of
    the device."""
    device: str = "auto"
    """auto, cpu or cuda; it only chooses the default model."""
    folder: str = ""
    """Where downloads are kept; empty for the cache of the Hugging Face libraries."""
    runtime: Runtime = "ctranslate2"
    """What is to run it, which decides about the format of its files."""


class Engine(Protocol):
    """A loaded model."""

    name: str
    device: str

    def decode(self, audio: Audio, task: Task) -> Hypothesis:
        """Decodes mono 16 kHz float32 samples in -1…1, shape (n,), at most 30 s. Raises EngineError."""
        ...


@runtime_checkable
class Polyglot(Protocol):
    """An engine that may know several languages."""

    def languages(self, sounds: Sequence[Audio]) -> list[dict[str, float]]:
        """For each sound the probability, 0 to 1, of each language code; empty if the model knows only one language.

        Raises EngineError.
        """
        ...


class ParallelEngine(Engine, Protocol):
    """An engine that several threads may call at once, and that decodes several sounds in one call."""

    def decode_together(self, requests: Sequence[Request]) -> list[Hypothesis]:
        """A hypothesis for each request, all of one kind. Raises EngineError if any of them cannot be decoded."""
        ...

    def rehearse(self, seconds: float) -> None:
        """Does the work of decoding that many seconds of live speech, to be timed. Raises EngineError."""
        ...
