from pathlib import Path

import pytest

from captions.models.archive import archive_storage
from captions.models.recording import sound_storage


@pytest.fixture
def kept(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of this test's own for all that is kept beside the database."""
    settings.VAR_DIR = tmp_path
    settings.SOUND_DIR = tmp_path / "sound" / "live"
    monkeypatch.setitem(sound_storage().__dict__, "location", str(tmp_path / "sound" / "kept"))
    monkeypatch.setitem(archive_storage().__dict__, "location", str(tmp_path / "archives"))
    return tmp_path
