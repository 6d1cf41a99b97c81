"""Builds the values that speech recognition needs from Django's settings."""

from django.conf import settings

from ..asr.engine.base import Runtime, Wanted
from ..asr.engine.choice import EngineChoice
from ..asr.engine.openai.service import Service, Speaks
from ..asr.engine.realtime.stream import Streams, streams_of
from ..asr.process.config import RecogniserConfig
from ..asr.speakers.engine import WantedSpeakers
from ..speech.endpointing import EndpointSettings
from ..speech.live_settings import LiveSettings

_SERVICE_SESSIONS = 8
_SPEAKS: dict[str, Speaks] = {"openai": "forms", "openai-realtime": "realtime", "openai-webrtc": "webrtc"}

# The engines of this machine, and what runs their models.
_RUNTIMES: dict[str, Runtime] = {"local": "ctranslate2", "whisper-cpp": "whisper-cpp"}


def is_local() -> bool:
    """Whether speech is recognised on this machine."""
    return settings.ENGINE in _RUNTIMES


def service(model: str = "") -> Service | None:
    """The service that recognises speech, with `model` or the configured one; None where that is done here."""
    if is_local():
        return None
    return Service(
        url=settings.OPENAI_BASE_URL,
        model=model or settings.OPENAI_MODEL,
        key=settings.OPENAI_API_KEY,
        parallel=settings.ENGINE_PARALLEL,
        falls_back=settings.ENGINE_FALLBACK != "none",
        seconds_per_day=settings.REMOTE_SECONDS_PER_DAY,
        valkey_url=settings.REDIS_URL,
        speaks=_SPEAKS[settings.ENGINE],
    )


def streams() -> Streams | None:
    """What sends live speech to a service as it comes; None where it is decoded otherwise."""
    elsewhere = service()
    return streams_of(elsewhere) if elsewhere is not None and elsewhere.speaks != "forms" else None


def engine_choice(model: str = "") -> EngineChoice:
    """What recognises speech: `model`, or the configured one, on the configured engine."""
    elsewhere = service(model)
    return EngineChoice(
        model=wanted_model("" if elsewhere else model),
        compute_type=settings.WHISPER_COMPUTE_TYPE,
        cpu_threads=settings.WHISPER_CPU_THREADS,
        service=elsewhere,
        language=settings.WHISPER_LANGUAGE,
    )


def wanted_model(model: str = "") -> Wanted:
    """`model` on the configured device; the configured model if it is empty."""
    engine = settings.ENGINE if is_local() else settings.ENGINE_FALLBACK
    return Wanted(
        model=model or settings.WHISPER_MODEL,
        device=settings.WHISPER_DEVICE,
        runtime=_RUNTIMES.get(engine, "ctranslate2"),
    )


def wanted_speakers() -> WantedSpeakers:
    return WantedSpeakers(settings.SPEAKER_MODELS, settings.WHISPER_CPU_THREADS)


def recogniser_config() -> RecogniserConfig:
    return RecogniserConfig(
        model=wanted_model(),
        compute_type=settings.WHISPER_COMPUTE_TYPE,
        cpu_threads=settings.WHISPER_CPU_THREADS,
        parallel=settings.WHISPER_PARALLEL,
        language=settings.WHISPER_LANGUAGE,
        service=service(),
        # With all three set there is nothing left to calibrate.
        calibrate=not all(
            (settings.WHISPER_CPU_THREADS, settings.WHISPER_PARALLEL, settings.WORKER_SESSIONS)
        ),
    )


def live_settings() -> LiveSettings:
    """How live text is made of what the engine decodes."""
    usual = LiveSettings()
    if is_local():
        return usual
    if streams() is not None:
        return usual.of_a_stream()
    return usual.of_a_service(settings.ENGINE_PARTIAL_SECONDS)


def most_sessions() -> int:
    """The most sessions of one audio worker; 0 where that follows from what decodes cost."""
    if is_local() or settings.WORKER_SESSIONS:
        return int(settings.WORKER_SESSIONS)
    return _SERVICE_SESSIONS


def endpoint_settings() -> EndpointSettings:
    return EndpointSettings(
        threshold=settings.VAD_THRESHOLD,
        silence_ms=settings.VAD_SILENCE_MS,
        prefix_ms=settings.VAD_PREFIX_MS,
    )
