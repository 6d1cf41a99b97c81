"""Builds the values that speech recognition needs from Django's settings."""

from django.conf import settings

from ..asr.engine.base import Wanted
from ..asr.process.config import RecogniserConfig
from ..asr.speakers.engine import WantedSpeakers
from ..speech.endpointing import EndpointSettings


def wanted_model(model: str = "") -> Wanted:
    """`model` on the configured device; the configured model if it is empty."""
    return Wanted(model=model or settings.WHISPER_MODEL, device=settings.WHISPER_DEVICE)


def wanted_speakers() -> WantedSpeakers:
    return WantedSpeakers(settings.SPEAKER_MODELS, settings.WHISPER_CPU_THREADS)


def recogniser_config() -> RecogniserConfig:
    return RecogniserConfig(
        model=wanted_model(),
        compute_type=settings.WHISPER_COMPUTE_TYPE,
        cpu_threads=settings.WHISPER_CPU_THREADS,
        parallel=settings.WHISPER_PARALLEL,
        language=settings.WHISPER_LANGUAGE,
        # With all three set there is nothing left to calibrate.
        calibrate=not all(
            (settings.WHISPER_CPU_THREADS, settings.WHISPER_PARALLEL, settings.WORKER_SESSIONS)
        ),
    )


def endpoint_settings() -> EndpointSettings:
    return EndpointSettings(
        threshold=settings.VAD_THRESHOLD,
        silence_ms=settings.VAD_SILENCE_MS,
        prefix_ms=settings.VAD_PREFIX_MS,
    )
