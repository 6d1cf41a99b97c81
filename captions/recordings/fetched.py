"""The sound of recordings as files of this machine, for as long as somebody listens to them."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from ..models import Recording
from .reading import FileMissingError, path_of, read

# Beside the uploads, whose folders have names of another kind.
_FOLDER = "again"


@contextmanager
def fetched(recording: Recording, name: str, alive: Callable[[], None]) -> Iterator[Path]:
    """The path of a recording's file: its own where its storage is a folder, else a copy, called `name`, which goes
    again. `alive` is called now and then while it is fetched.

    Raises FileMissingError, OSError, and what `alive` raises.
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
    """Where copies are; what belongs to nobody there is left of a process that was killed."""
    return Path(settings.UPLOAD_DIR) / _FOLDER
