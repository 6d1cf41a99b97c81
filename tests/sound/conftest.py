from pathlib import Path

import pytest
from django.core.files.storage import Storage, storages

from captions.models import Recording


def store_in(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes `storage` the one for sound, for the model too, which looks it up only once."""
    monkeypatch.setattr(Recording._meta.get_field("file"), "storage", storage)
    monkeypatch.setitem(storages._storages, "sound", storage)  # type: ignore[attr-defined]


@pytest.fixture
def sound(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of this test's own for all sound: what comes in is under `live`, what is finished under `kept`."""
    settings.SOUND_DIR = tmp_path / "live"
    of_the_site = settings.STORAGES["sound"]
    options = {**of_the_site["OPTIONS"], "location": tmp_path / "kept"}
    store_in(storages.create_storage({**of_the_site, "OPTIONS": options}), monkeypatch)
    return tmp_path
