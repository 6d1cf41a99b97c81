"""Spoilt files, and such as claim very much, from programs. The fixture `worker` looks at what is left behind."""

from pathlib import Path

import pytest

from tests.attack.bombs import BOMBS, WHOLE, spoilt
from tests.clients.openai.test_files import error_of, send, token, worker

__all__ = ["token", "worker"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.usefixtures("quiet_log")
async def test_spoilt_files_of_programs_are_answered(token: str, tmp_path: Path) -> None:
    for seed, name in enumerate(["a.webm", "a.wav", "a.flac", "a.mp3", "a.webm", "a.wav"]):
        answer = await send(token, spoilt(WHOLE[name](tmp_path), seed), model="whisper-1")
        assert answer.status_code in (200, 400), (seed, answer.content)
        assert answer.status_code == 200 or error_of(answer)[1] == "invalid_value"
    for name in (
        "opus: three hours of nothing",
        "zip: nested",
        "wav: all channels",
        "mp3: a picture without an end",
    ):
        answer = await send(token, BOMBS[name](tmp_path), model="whisper-1")
        assert answer.status_code == 400, (name, answer.content)
        assert error_of(answer)[1] == "invalid_value"
