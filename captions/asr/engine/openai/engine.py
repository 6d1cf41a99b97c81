"""The engine: sounds go to the service as forms, hypotheses come back."""

import numpy as np

from ....audio.wav import wav_head
from ....speech.types import SAMPLE_RATE
from ..base import Task
from .client import Client
from .form import form_of, less, most_detail
from .remote import RemoteEngine, Samples, attempts_of_files, attempts_of_speech
from .service import Service
from .trying import Attempts, RefusedFormError, Sent


class OpenAiEngine(RemoteEngine):
    """Threads share it. `hops` is how many servers like this one have passed its sounds on, if no task says more."""

    def __init__(self, service: Service, attempts: Attempts, *, hops: int = 0) -> None:
        super().__init__(service, hops=hops)
        self._client = Client(service, attempts)
        self._detail = most_detail(service.model)

    def ask(self, sound: Samples, task: Task, hops: int) -> Sent:
        """Asks for as much as the service tells; from then on for no more than it has told once."""
        path = "/audio/translations" if task.translate else "/audio/transcriptions"
        wav, seconds = _wav(sound), len(sound) / SAMPLE_RATE
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


def live_engine(service: Service) -> OpenAiEngine:
    """For those who speak now."""
    return OpenAiEngine(service, attempts_of_speech(service))


def file_engine(service: Service, hops: int = 0) -> OpenAiEngine:
    """For files, whose sounds wait until the service is there again, unless the local model can decode them."""
    return OpenAiEngine(service, attempts_of_files(service), hops=hops)


def _wav(samples: Samples) -> bytes:
    sound = np.asarray(samples, "<i2").tobytes()
    return wav_head("s16", SAMPLE_RATE, 1, len(sound)) + sound
