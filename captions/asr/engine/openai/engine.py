"""The engine: sounds go to the service, hypotheses come back."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import numpy as np

from ....audio.wav import wav_head
from ....speech.types import SAMPLE_RATE, SAMPLES_PER_MS, Hypothesis, TimeRange
from ....speech.vad import VadModel
from ....speech.voice import voiced_ranges
from ..base import Audio, EngineError, Request, Task
from .budget import budget_of
from .circuit import Circuit
from .client import Client, RefusedFormError, Sent
from .form import form_of, less, most_detail
from .service import Service
from .timing import words_of

# Within the 30 s after which the audio worker takes its recogniser's process for dead.
LIVE_PATIENCE = 22.0
# Where the local model can decode instead, nobody waits for long.
SHORT_PATIENCE = 8.0
# Nobody waits for the text of a file from one second to the next.
FILE_PATIENCE = 600.0
_FILE_TRIES = 30


class OpenAiEngine:
    """Threads share it. `hops` is how many servers like this one have passed its sounds on, if no task says more."""

    def __init__(self, service: Service, client: Client, *, hops: int = 0) -> None:
        self.name = service.model
        self.device = service.host
        self._service = service
        self._client = client
        self._hops = hops
        self._detail = most_detail(service.model)
        self._vad: VadModel | None = None
        self._lock = Lock()

    @property
    def only_language(self) -> str:
        """Nobody knows which languages a service knows."""
        return ""

    def decode(self, audio: Audio, task: Task) -> Hypothesis:
        wav = _wav(audio)
        seconds = len(audio) / SAMPLE_RATE
        sent = self._sent(wav, seconds, task)
        answer, length_ms = sent.answer, max(1, len(audio) // SAMPLES_PER_MS)
        language = "en" if task.translate else task.language or answer.language
        return Hypothesis(
            words=words_of(answer, language, length_ms, lambda: self._voice(audio)),
            language=language,
            # Services do not say how sure they are.
            language_probability=1.0 if task.language else 0.0,
            no_speech_probability=answer.no_speech_probability,
            mean_log_probability=answer.mean_log_probability,
            compression_ratio=answer.compression_ratio,
            writer=self._service.writer,
            sent_ms=sent.sent_ms,
        )

    def decode_together(self, requests: Sequence[Request]) -> list[Hypothesis]:
        with ThreadPoolExecutor(self._service.parallel) as senders:
            return list(senders.map(lambda each: self.decode(each.audio, each.task), requests))

    def rehearse(self, seconds: float) -> None:
        """Raises EngineError: it would cost something."""
        raise EngineError("What a service takes for a decode is not measured.")

    def _sent(self, wav: bytes, seconds: float, task: Task) -> Sent:
        """Asks for as much as the service tells; from then on for no more than it has told once."""
        path = "/audio/translations" if task.translate else "/audio/transcriptions"
        hops = max(self._hops, task.hops) + 1
        detail = self._detail
        while True:
            try:
                sent = self._client.ask(path, form_of(self.name, task, detail), wav, seconds, hops)
            except RefusedFormError:
                fewer = less(detail)
                if fewer is None:
                    raise
                detail = fewer
            else:
                self._detail = min(self._detail, detail)
                return sent

    def _voice(self, audio: Audio) -> list[TimeRange]:
        with self._lock:
            self._vad = self._vad or VadModel()
        return voiced_ranges(self._vad.stream().push(_samples(audio)).tolist())


def live_engine(service: Service) -> OpenAiEngine:
    """For those who speak now."""
    patience = SHORT_PATIENCE if service.falls_back else LIVE_PATIENCE
    return OpenAiEngine(service, Client(service, Circuit(), budget_of(service), patience=patience))


def file_engine(service: Service, hops: int = 0) -> OpenAiEngine:
    """For files, whose sounds wait until the service is there again, unless the local model can decode them."""
    budget = budget_of(service)
    if service.falls_back:
        client = Client(service, Circuit(), budget, patience=SHORT_PATIENCE)
    else:
        client = Client(service, Circuit(), budget, patience=FILE_PATIENCE, tries=_FILE_TRIES, waits=True)
    return OpenAiEngine(service, client, hops=hops)


def _samples(audio: Audio) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return np.clip(np.rint(audio * 32768), -32768, 32767).astype(np.int16)


def _wav(audio: Audio) -> bytes:
    sound = _samples(audio).astype("<i2").tobytes()
    return wav_head("s16", SAMPLE_RATE, 1, len(sound)) + sound
