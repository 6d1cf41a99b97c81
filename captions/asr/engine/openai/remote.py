"""What every engine has in common that has its sounds decoded by a service elsewhere."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import numpy as np
import numpy.typing as npt

from ....speech.types import SAMPLES_PER_MS, Hypothesis, TimeRange
from ....speech.vad import VadModel
from ....speech.voice import voiced_ranges
from ..base import Audio, EngineError, Request, Task
from .answer import Answer
from .budget import budget_of
from .circuit import Circuit
from .service import Service
from .timing import Voice, words_of
from .trying import Attempts, Sent

Samples = npt.NDArray[np.int16]

# Within the 30 s after which the audio worker takes its recogniser's process for dead.
LIVE_PATIENCE = 22.0
# Where the local model can decode instead, nobody waits for long.
SHORT_PATIENCE = 8.0
# Nobody waits for the text of a file from one second to the next.
FILE_PATIENCE = 600.0
_FILE_TRIES = 30


class RemoteEngine(ABC):
    """Threads share it. `hops` is how many servers like this one have passed its sounds on, if no task says more."""

    def __init__(self, service: Service, *, hops: int = 0) -> None:
        self.name = service.model
        self.device = service.host
        self._service = service
        self._hops = hops
        self._vad: VadModel | None = None
        self._lock = Lock()

    @property
    def only_language(self) -> str:
        """Nobody knows which languages a service knows."""
        return ""

    @abstractmethod
    def ask(self, sound: Samples, task: Task, hops: int) -> Sent:
        """Has a sound decoded, passed on by so many servers. Raises EngineError."""

    def decode(self, audio: Audio, task: Task) -> Hypothesis:
        sound = _samples(audio)
        sent = self.ask(sound, task, max(self._hops, task.hops) + 1)
        length_ms = max(1, len(sound) // SAMPLES_PER_MS)
        return hypothesis_of(
            self._service, task, sent.answer, length_ms, lambda: self._voice(sound), sent_ms=sent.sent_ms
        )

    def decode_together(self, requests: Sequence[Request]) -> list[Hypothesis]:
        with ThreadPoolExecutor(self._service.parallel) as senders:
            return list(senders.map(lambda each: self.decode(each.audio, each.task), requests))

    def rehearse(self, seconds: float) -> None:
        """Raises EngineError: it would cost something."""
        raise EngineError("What a service takes for a decode is not measured.")

    def _voice(self, sound: Samples) -> list[TimeRange]:
        with self._lock:
            self._vad = self._vad or VadModel()
        return voiced_ranges(self._vad.stream().push(sound).tolist())


def hypothesis_of(
    service: Service, task: Task, answer: Answer, length_ms: int, voice: Voice, *, sent_ms: int
) -> Hypothesis:
    """What an answer says of a sound of that length; `voice` finds the voice in it."""
    language = "en" if task.translate else task.language or answer.language
    return Hypothesis(
        words=words_of(answer, language, length_ms, voice),
        language=language,
        # Services do not say how sure they are.
        language_probability=1.0 if task.language else 0.0,
        no_speech_probability=answer.no_speech_probability,
        mean_log_probability=answer.mean_log_probability,
        compression_ratio=answer.compression_ratio,
        writer=service.writer,
        sent_ms=sent_ms,
    )


def attempts_of_speech(service: Service) -> Attempts:
    """For those who speak now."""
    patience = SHORT_PATIENCE if service.falls_back else LIVE_PATIENCE
    return Attempts(service, Circuit(), budget_of(service), patience=patience)


def attempts_of_files(service: Service) -> Attempts:
    """For sounds of files, which wait until the service is there again, unless the local model can decode them."""
    budget = budget_of(service)
    if service.falls_back:
        return Attempts(service, Circuit(), budget, patience=SHORT_PATIENCE)
    return Attempts(service, Circuit(), budget, patience=FILE_PATIENCE, tries=_FILE_TRIES, waits=True)


def _samples(audio: Audio) -> Samples:
    return np.clip(np.rint(audio * 32768), -32768, 32767).astype(np.int16)
