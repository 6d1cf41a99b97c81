"""The storage of archives: a folder under VAR_DIR, or a folder in the bucket of the sound."""

from pathlib import Path
from typing import Any

from . import sound_storage


def storage(var_dir: Path) -> dict[str, Any]:
    """The entry in Django's STORAGES. Its files are private: only a view serves them."""
    entry = sound_storage.storage(var_dir)
    options = entry["OPTIONS"]
    location: str | Path
    if "bucket_name" in options:
        location = f"{options['location'].strip('/')}/archives".lstrip("/")
    else:
        location = var_dir / "archives"
    return {**entry, "OPTIONS": {**options, "location": location}}
