"""The settings of speech recognition as values."""

from django.conf import settings

from ..engines.base import Wanted
from .recogniser_config import RecogniserConfig


def wanted_model(model: str = "") -> Wanted:
    """The model that the settings ask for, or `model` instead; only the settings' default has a stand-in."""
    return Wanted(
        model=model or settings.WHISPER_MODEL,
        device=settings.WHISPER_DEVICE,
        demo_allowed=settings.WHISPER_DEMO_ALLOWED and not model,
    )


def recogniser_config() -> RecogniserConfig:
    return RecogniserConfig(
        model=wanted_model(),
        compute_type=settings.WHISPER_COMPUTE_TYPE,
        cpu_threads=settings.WHISPER_CPU_THREADS,
        backlog_seconds=settings.RECOGNISER_BACKLOG_SECONDS,
    )
