"""Where archives of everything that somebody owns lie until they expire: beside the sound that is in them."""

from pathlib import Path
from typing import Any

from . import sound_storage


def storage(var_dir: Path) -> dict[str, Any]:
    """The entry of Django's STORAGES. Nobody but the product may read what is in it."""
    entry = sound_storage.storage(var_dir)
    options = entry["OPTIONS"]
    location: str | Path
    if "bucket_name" in options:
        location = f"{options['location'].strip('/')}/archives".lstrip("/")
    else:
        location = var_dir / "archives"
    return {**entry, "OPTIONS": {**options, "location": location}}
