import threading
import uuid
from collections.abc import AsyncIterator

import pytest
from django.db import connection

from captions.uploads import tasks
from captions.uploads.requests import job
from tests.asr.offline.files import voice, write
from tests.live.playing import PlayedWorker


@pytest.fixture
async def worker() -> AsyncIterator[PlayedWorker]:
    """An audio worker that takes every offer."""
    played = PlayedWorker()
    yield played
    await played.close()


@pytest.fixture
def celery(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Transcribes a file in a thread, as soon as it is queued; returns what was queued."""
    queued: list[str] = []

    def work(pk: str) -> None:
        try:
            job.answer(uuid.UUID(pk))
        finally:
            connection.close()

    def delay(pk: str) -> None:
        queued.append(pk)
        threading.Thread(target=work, args=(pk,)).start()

    monkeypatch.setattr(tasks.answer_request, "delay", delay)
    return queued


@pytest.fixture(scope="module")
def minutes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file with two minutes of sound."""
    path = tmp_path_factory.mktemp("mp3") / "two.mp3"
    return write(path, voice(120), codec="libmp3lame", rate=16_000).read_bytes()
