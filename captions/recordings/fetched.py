"""Provides a recording as a local file while it is transcribed."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from ..models import Recording
from .reading import FileMissingError, path_of, read

# Beside the folders of uploads, whose names are UUIDs.
_FOLDER = "again"


@contextmanager
def fetched(recording: Recording, name: str, alive: Callable[[], None]) -> Iterator[Path]:
    """The path of a recording's file, or of a local copy called `name`, which is deleted at the end of the context.

    `alive` is called after each chunk that is fetched. Raises FileMissingError, OSError, and what `alive` raises.
    """
    if (path := path_of(recording)) is not None:
        if not Path(path).is_file():
            raise FileMissingError(recording.file.name)
        yield Path(path)
        return
    copy = copies_folder() / name
    copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            for chunk in read(recording, 0, recording.size - 1):
                file.write(chunk)
                alive()
        yield copy
    finally:
        copy.unlink(missing_ok=True)


def copies_folder() -> Path:
    """The folder of the copies. A copy whose process was killed stays there."""
    return Path(settings.UPLOAD_DIR) / _FOLDER
