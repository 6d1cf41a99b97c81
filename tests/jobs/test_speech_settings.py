import pytest
from pytest_django.fixtures import Settings

from captions.asr.engine.choice import for_files, for_speech, name_of
from captions.asr.engine.realtime.engine import RealtimeEngine
from captions.jobs.speech_settings import (
    engine_choice,
    live_settings,
    most_sessions,
    recogniser_config,
    service,
    streams,
)
from captions.speech.live_settings import LiveSettings


def test_speech_is_recognised_here_unless_somebody_says_otherwise(settings: Settings) -> None:
    settings.WHISPER_MODEL, settings.WORKER_SESSIONS = "small", 0
    assert service() is None
    assert recogniser_config().service is None
    assert streams() is None
    assert live_settings() == LiveSettings()
    assert most_sessions() == 0
    assert name_of(engine_choice("medium")) == "medium"


def test_or_by_a_service(settings: Settings) -> None:
    settings.ENGINE, settings.OPENAI_BASE_URL = "openai", "https://speech.example.org/v1"
    settings.OPENAI_MODEL, settings.OPENAI_API_KEY = "whisper-1", "sk-secret"
    settings.WHISPER_MODEL, settings.ENGINE_FALLBACK = "small", "local"
    found = service()
    assert found is not None
    assert (found.host, found.model, found.key, found.falls_back) == (
        "speech.example.org",
        "whisper-1",
        "sk-secret",
        True,
    )
    assert found.speaks == "forms"
    assert streams() is None
    config = recogniser_config()
    assert config.service == found
    assert config.model.model == "small", "it takes over"
    assert not live_settings().prefixed
    assert most_sessions() == 8
    settings.WORKER_SESSIONS = 3
    assert most_sessions() == 3
    # Another model is one of the service.
    choice = engine_choice("gpt-transcribe")
    assert (name_of(choice), choice.model.model) == ("gpt-transcribe", "small")


@pytest.mark.parametrize(("engine", "speaks"), [("openai-realtime", "realtime"), ("openai-webrtc", "webrtc")])
def test_or_by_a_service_that_is_sent_live_speech_as_it_comes(
    settings: Settings, engine: str, speaks: str
) -> None:
    settings.ENGINE, settings.OPENAI_BASE_URL = engine, "https://speech.example.org/v1"
    settings.OPENAI_MODEL = "gpt-realtime-whisper"
    found, sending = service(), streams()
    assert found is not None
    assert sending is not None
    assert sending.service == found
    assert found.speaks == speaks
    assert live_settings() == LiveSettings().of_a_stream()
    assert isinstance(for_speech(found, None), RealtimeEngine)
    assert isinstance(for_files(engine_choice()).engine, RealtimeEngine)
