"""Where files stand that people added: for each upload a folder, which web processes fill and Celery workers empty."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings

_FILE, _OPUS = "file", "sound.opus"


@dataclass(frozen=True, slots=True)
class UploadFolder:
    """The folder in which all uploads have theirs; nobody else may look into it. Methods raise OSError."""

    folder: Path

    def file(self, upload: UUID) -> Path:
        """What its person sent."""
        return self.folder / str(upload) / _FILE

    def opus(self, upload: UUID, attempt: int) -> Path:
        """Its sound as an attempt to transcribe it writes it."""
        return self.folder / str(upload) / f"sound-{attempt}.opus"

    def kept_opus(self, upload: UUID) -> Path:
        """Its sound as it is to be kept."""
        return self.folder / str(upload) / _OPUS

    def keep_opus(self, upload: UUID, attempt: int) -> None:
        """What this attempt wrote is the sound to be kept; nothing where it wrote none."""
        with suppress(FileNotFoundError):
            self.opus(upload, attempt).replace(self.kept_opus(upload))

    def write(self, upload: UUID, offset: int, chunk: bytes) -> None:
        """Puts bytes where they belong, and what stood there before is gone."""
        path = self.file(upload)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.seek(offset)
            file.write(chunk)
            file.truncate()

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
