from pathlib import Path

import pytest

from captions.models import Archive, Recording
from tests.storages import store_below


@pytest.fixture
def kept(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of this test's own for all files outside the database."""
    settings.VAR_DIR = tmp_path
    settings.SOUND_DIR = tmp_path / "sound" / "live"
    store_below(tmp_path / "sound" / "kept", "sound", Recording, monkeypatch)
    store_below(tmp_path / "archives", "archives", Archive, monkeypatch)
    return tmp_path
