"""Which languages are offered depends on what the speech model knows."""

import pytest
from django.test import Client
from pytest_django.fixtures import Settings
from redis import RedisError

from captions.models import User
from captions.protocol import availability, registry
from captions.protocol.registry import WorkerState
from captions.uploads.forms import UploadForm
from captions.web.choices import languages

ENGLISH = WorkerState("one", "ready", model="tiny.en", only_language="en")
SEVERAL = WorkerState("two", "ready", model="base")
LOADING = WorkerState("three", "loading", model="tiny.en")


@pytest.mark.parametrize(
    ("workers", "model", "only"),
    [
        ([ENGLISH], "base", "en"),
        ([ENGLISH, SEVERAL], "tiny.en", ""),
        ([SEVERAL], "tiny.en", ""),
        ([LOADING], "tiny.en", "en"),
        ([LOADING], "/models/whisper-tiny.en/", "en"),
        ([], "Systran/faster-whisper-tiny.en", "en"),
        ([], "base", ""),
        ([], "", ""),
    ],
)
def test_the_workers_or_else_the_name_of_the_model_tell(
    workers: list[WorkerState], model: str, only: str
) -> None:
    assert availability.only_language(workers, model) == only


@pytest.fixture
def english_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "workers", lambda: [ENGLISH])


def test_a_model_for_english_alone_offers_english_alone(english_only: None) -> None:
    assert languages(("", "Detect language"))() == [("en", "English")]
    assert UploadForm({"name": "a.mp3", "size": 1, "language": "en"}).is_valid()
    assert not UploadForm({"name": "a.mp3", "size": 1, "language": "de"}).is_valid()


def test_other_models_detect_the_language(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.WHISPER_MODEL = "tiny.en"
    monkeypatch.setattr(registry, "workers", lambda: [SEVERAL])
    assert languages(("", "Detect language"))()[0] == ("", "Detect language")
    assert ("de", "German") in languages()()


def test_a_choice_that_the_model_does_not_know_is_told_and_kept(
    english_only: None, visitor: Client, user: User
) -> None:
    User.objects.update(dictation_language="de")
    html = visitor.get("/").content.decode()
    assert "You chose German, but the speech model of this server knows only English." in html
    assert '<option value="en">English</option>' in html
    assert "Detect language" not in html
    html = visitor.get("/settings/").content.decode()
    assert "The speech model of this server knows only English." in html
    assert '<option value="de" selected>English</option>' in html
    answer = visitor.post("/settings/", {"time_zone": "UTC", "dictation_language": "en"})
    assert answer.status_code == 302
    user.refresh_from_db()
    assert user.dictation_language == "de"


def test_the_page_waits_once_for_a_valkey_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, visitor: Client
) -> None:
    asked: list[None] = []

    def workers() -> list[WorkerState]:
        asked.append(None)
        raise RedisError("Timeout reading from socket")

    monkeypatch.setattr(registry, "workers", workers)
    assert visitor.get("/").status_code == 200
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("workers", "model", "can"),
    [
        ([SEVERAL], "", True),
        ([ENGLISH], "base", False),
        ([ENGLISH, SEVERAL], "tiny.en", True),
        ([WorkerState("four", "ready", model="large-v3-turbo")], "base", False),
        ([LOADING], "base", True),
        ([], "tiny.en", False),
        ([], "Systran/faster-distil-whisper-large-v3", False),
        ([], "/turbo/models/whisper-small", True),
    ],
)
def test_a_model_that_was_trained_for_it_translates(
    workers: list[WorkerState], model: str, can: bool
) -> None:
    assert availability.translates(workers, model) == can


def test_translation_is_offered_where_the_model_can(
    monkeypatch: pytest.MonkeyPatch, visitor: Client, user: User
) -> None:
    monkeypatch.setattr(registry, "workers", lambda: [SEVERAL])
    for page in ("/", "/settings/"):
        assert "Translate other languages into English" in visitor.get(page).content.decode()
    monkeypatch.setattr(registry, "workers", lambda: [ENGLISH])
    User.objects.update(translate=True)
    for page in ("/", "/settings/"):
        assert "Translate other languages into English" not in visitor.get(page).content.decode()
    assert visitor.post("/settings/", {"pause": "1"}).status_code == 302
    user.refresh_from_db()
    assert user.translate is True, "it stays for the day when the server has another model"
