from pathlib import Path

import pytest

from captions.models import Recording
from tests.storages import store_below


@pytest.fixture
def sound(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of this test's own for sound: files of live sessions are in `live`, recordings in `kept`."""
    settings.SOUND_DIR = tmp_path / "live"
    store_below(tmp_path / "kept", "sound", Recording, monkeypatch)
    return tmp_path
