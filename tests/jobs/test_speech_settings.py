from pytest_django.fixtures import Settings

from captions.asr.engine.choice import name_of
from captions.jobs.speech_settings import (
    engine_choice,
    live_settings,
    most_sessions,
    recogniser_config,
    service,
)
from captions.speech.live_settings import LiveSettings


def test_speech_is_recognised_here_unless_somebody_says_otherwise(settings: Settings) -> None:
    settings.WHISPER_MODEL, settings.WORKER_SESSIONS = "small", 0
    assert service() is None
    assert recogniser_config().service is None
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
