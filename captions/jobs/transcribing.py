"""What every job that transcribes a file has in common: its settings, its signs of life, and one more try."""

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.utils import timezone

from ..asr.engine.base import EngineError
from ..asr.offline.decoder import DecodeRequest
from ..asr.offline.listener import Ended, Progress, listen
from ..asr.offline.transcriber import OfflineJob
from ..models.leased_job import LeasedJob
from ..protocol.endpointing import Endpointing
from ..speech.passage import Passage
from .speech_settings import endpoint_settings, wanted_model

log = structlog.get_logger(__name__)

# What went wrong with the model is tried once more.
_TRIES = 2


@dataclass(frozen=True, slots=True)
class Transcription:
    """What is said in a file that lasts `duration_ms`, of which `missing_ms` could not be read."""

    passages: list[Passage]
    duration_ms: int
    missing_ms: int


def offline_job(
    file: DecodeRequest,
    *,
    endpointing: Endpointing,
    language: str,
    vocabulary: Iterable[str],
    model: str = "",
) -> OfflineJob:
    """A file as the settings of this server and of its person have it transcribed, by `model` or the usual one."""
    return OfflineJob(
        file=file,
        model=wanted_model(model),
        endpoints=endpointing.apply(endpoint_settings()),
        language=language or settings.WHISPER_LANGUAGE,
        hotwords=tuple(vocabulary),
        compute_type=settings.WHISPER_COMPUTE_TYPE,
        cpu_threads=settings.WHISPER_CPU_THREADS,
    )


def transcribe(job: LeasedJob, file: OfflineJob) -> Transcription:
    """Transcribes the file, and says on `job` every second or so how far it is.

    Raises MediaError, EngineError, OSError, and LeaseLostError, which ends the work.
    """
    for _ in range(_TRIES - 1):
        try:
            return _transcribe(job, file)
        except EngineError as error:
            if not error.retryable:
                raise
            log.warning("transcription_retried", kind=job._meta.model_name, job=str(job.pk), error=str(error))
    return _transcribe(job, file)


def _transcribe(job: LeasedJob, file: OfflineJob) -> Transcription:
    job.begin(timezone.now())
    passages: list[Passage] = []
    with closing(listen(file)) as events:
        for event in events:
            match event:
                case Passage():
                    passages.append(event)
                case Progress():
                    job.progress(timezone.now(), event.heard_ms, event.duration_ms)
                case Ended():
                    return Transcription(passages, event.duration_ms, event.missing_ms)
    raise EngineError("The listening ended without an end.")
