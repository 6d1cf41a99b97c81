from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.speech_data import DATA

NOTE = str(DATA / "note-en-us.flac")


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVETEST_PASSWORD", "a long password")


def test_a_password_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIVETEST_PASSWORD")
    with pytest.raises(CommandError, match="Set LIVETEST_PASSWORD to the password of ana"):
        call_command("livetest", NOTE, username="ana")


def test_nothing_answers(unused_tcp_port: int) -> None:
    with pytest.raises(CommandError, match=f"Nothing answers at http://127.0.0.1:{unused_tcp_port}"):
        call_command("livetest", NOTE, username="ana", url=f"http://127.0.0.1:{unused_tcp_port}/")


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://host", "http://"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(CommandError, match="must look like"):
        call_command("livetest", NOTE, username="ana", url=url)


def test_files_that_cannot_be_spoken(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("livetest", str(tmp_path / "none.wav"), username="ana")
    with pytest.raises(CommandError, match="not a sound file"):
        call_command("livetest", str(DATA / "note-en-us.json"), username="ana")


def test_no_stream() -> None:
    with pytest.raises(CommandError, match="at least 1"):
        call_command("livetest", NOTE, username="ana", streams=0)


def test_sound_beside_needs_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIVETEST_TOKEN", raising=False)
    with pytest.raises(CommandError, match="Set LIVETEST_TOKEN to an API token with the scope live"):
        call_command("livetest", NOTE, username="ana", beside=600)
