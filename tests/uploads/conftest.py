from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from captions.models import Upload, User
from captions.models.upload import WAITING
from captions.uploads.folder import UploadFolder, upload_folder
from tests.factories import make_user
from tests.recordings.conftest import sound
from tests.speech_data import load_pcm, to_wav

__all__ = ["sound"]

MakeUpload = Callable[..., Upload]


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> UploadFolder:
    settings.UPLOAD_DIR = tmp_path / "uploads"
    return upload_folder()


@pytest.fixture
def make_upload(db: None, folder: UploadFolder) -> MakeUpload:
    """Makes an upload that is completely received."""

    def make(content: bytes, user: User | None = None, **fields: Any) -> Upload:
        values = {"name": "note.flac", "size": len(content), "received": len(content), "state": WAITING}
        values["due_at"] = timezone.now()
        upload = Upload.objects.create(user=user or make_user(), **values | fields)
        folder.write(upload.pk, 0, content)
        return upload

    return make


@pytest.fixture(scope="session")
def two_sentences(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = to_wav(load_pcm("note-en-us")[: 7 * 16_000], tmp_path_factory.mktemp("wav") / "two.wav")
    return path.read_bytes()


@pytest.fixture(scope="session")
def some_minutes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("wav") / "minutes.wav"
    return to_wav(np.tile(load_pcm("note-en-us"), 6), path).read_bytes()
