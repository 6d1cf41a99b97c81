"""Where files stand that people added: for each upload a folder, which web processes fill and Celery workers empty."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings

_FILE, _OPUS = "file", "sound.opus"


class UploadBusyError(Exception):
    """Somebody else works on this upload."""


@dataclass(frozen=True, slots=True)
class UploadFolder:
    """The folder in which all uploads have theirs; nobody else may look into it. Methods raise OSError."""

    folder: Path

    def file(self, upload: UUID) -> Path:
        """What its person sent."""
        return self.folder / str(upload) / _FILE

    def opus(self, upload: UUID) -> Path:
        """What is kept of its sound."""
        return self.folder / str(upload) / _OPUS

    def write(self, upload: UUID, offset: int, chunk: bytes) -> None:
        """Puts bytes where they belong, and what stood there before is gone."""
        path = self.file(upload)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.seek(offset)
            file.write(chunk)
            file.truncate()

    @contextmanager
    def claimed(self, upload: UUID) -> Iterator[None]:
        """Keeps the upload for the caller; a process that dies lets it go.

        Raises UploadBusyError, FileNotFoundError.
        """
        with self.file(upload).open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise UploadBusyError from error
            yield

    def uploads(self) -> Iterator[UUID]:
        """Those that have a folder."""
        if not self.folder.is_dir():
            return
        for entry in os.scandir(self.folder):
            try:
                yield UUID(entry.name)
            except ValueError:
                continue

    def remove(self, upload: UUID) -> None:
        """Deletes the folder of an upload, whatever is in it; not where there is none."""
        shutil.rmtree(self.folder / str(upload), ignore_errors=True)


def upload_folder() -> UploadFolder:
    """The one that the settings name."""
    return UploadFolder(settings.UPLOAD_DIR)
