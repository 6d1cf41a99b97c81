"""Pages say where sound goes before it does."""

from datetime import UTC, datetime, timedelta
from unittest.mock import Mock

import pytest
from django.test import Client
from pytest_django.fixtures import Settings
from redis import ConnectionError as LostConnectionError

from captions.asr.engine.openai.budget import Budget
from captions.core.valkey import valkey
from captions.models import User
from captions.web import tags
from tests.factories import make_ended_session

PAGES = ("/", "/sessions/", "/settings/")
SENT = "Sound leaves this server: it is sent to speech.example.org (whisper-1), where speech is recognised."


def elsewhere(settings: Settings, url: str = "https://speech.example.org/v1", engine: str = "openai") -> None:
    settings.ENGINE, settings.OPENAI_BASE_URL = engine, url
    settings.OPENAI_MODEL, settings.OPENAI_API_KEY = "whisper-1", "sk-secret"


def test_nothing_is_said_where_speech_is_recognised_here(visitor: Client) -> None:
    for path in PAGES:
        assert "data-speech-service" not in visitor.get(path).content.decode(), path
    assert "nothing is sent to another service" in visitor.get(PAGES[2]).content.decode()


@pytest.mark.parametrize("engine", ["openai", "openai-realtime", "openai-webrtc"])
@pytest.mark.parametrize("path", [*PAGES, "/offline/"])
def test_where_sound_goes(visitor: Client, settings: Settings, path: str, engine: str) -> None:
    elsewhere(settings, engine=engine)
    page = visitor.get(path).content.decode()
    assert SENT in page
    assert "sk-secret" not in page
    assert "nothing is sent to another service" not in page


def test_a_program_on_this_machine_is_told_apart(visitor: Client, settings: Settings) -> None:
    elsewhere(settings, "http://127.0.0.1:8001/v1")
    page = visitor.get("/").content.decode()
    assert "Sound is given to another program on this server" in page
    assert "leaves" not in page


def test_a_page_that_a_browser_keeps_is_fetched_anew(visitor: Client, settings: Settings) -> None:
    before = visitor.get("/").context["offline"]["version"]
    elsewhere(settings)
    assert visitor.get("/").context["offline"]["version"] != before


def test_a_transcript_says_what_was_sent_for_it(visitor: Client, user: User) -> None:
    session = make_ended_session(
        user, ["Good morning."], written_by=["whisper-1 (a.example.org)", "base"], sent_ms=65_000
    )
    page = visitor.get(session.get_absolute_url()).content.decode()
    assert "Recognised by whisper-1 (a.example.org), base; 1:05 of sound was sent for it." in page
    session.sent_ms = 0
    session.save()
    assert "Recognised by" not in visitor.get(session.get_absolute_url()).content.decode()


def sent(seconds: float, at: datetime | None = None) -> None:
    Budget(10**6, valkey(), lambda: at or datetime.now(UTC)).take(seconds)


def test_a_page_says_before_start_that_the_limit_of_the_day_is_used_up(
    visitor: Client, user: User, settings: Settings
) -> None:
    elsewhere(settings)
    settings.REMOTE_SECONDS_PER_DAY = 600
    user.time_zone = "Asia/Kolkata"
    user.save()
    sent(600, datetime.now(UTC) - timedelta(days=1))
    sent(500)
    assert "data-used-up" not in visitor.get("/").content.decode()
    sent(99.5)
    for path in PAGES:
        page = visitor.get(path).content.decode()
        assert (
            "As much sound as may be was sent there today. Nothing more is transcribed until 05:30." in page
        ), path
    # A browser keeps this one for longer than a day.
    assert "data-used-up" not in visitor.get("/offline/").content.decode()
    settings.ENGINE_FALLBACK = "local"
    assert "data-used-up" not in visitor.get("/").content.decode()


@pytest.mark.parametrize("limit", [0, 600])
def test_without_a_limit_or_without_valkey_nothing_is_said_of_it(
    visitor: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    elsewhere(settings)
    settings.REMOTE_SECONDS_PER_DAY = limit
    sent(10**6)
    if limit:
        away = Mock()
        away.get.side_effect = LostConnectionError
        monkeypatch.setattr(tags, "valkey", lambda: away)
    page = visitor.get("/").content.decode()
    assert SENT in page
    assert "data-used-up" not in page
