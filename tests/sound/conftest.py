from pathlib import Path

import pytest

from captions.models.recording import sound_storage


@pytest.fixture
def sound(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of this test's own for all sound: what comes in is under `live`, what is finished under `kept`."""
    settings.SOUND_DIR = tmp_path / "live"
    monkeypatch.setitem(sound_storage().__dict__, "location", str(tmp_path / "kept"))
    return tmp_path
