"""The folders of uploads: web processes write the uploaded file, Celery workers read and delete it."""

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
    """The folder that has a private folder for each upload. Methods raise OSError."""

    folder: Path

    def make(self, upload: UUID) -> None:
        """Makes the folder of an upload, if it does not exist."""
        self.file(upload).parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def file(self, upload: UUID) -> Path:
        """The uploaded file."""
        return self.folder / str(upload) / _FILE

    def opus(self, upload: UUID, attempt: int) -> Path:
        """The sound as Opus, as an attempt to transcribe the upload writes it."""
        return self.folder / str(upload) / f"sound-{attempt}.opus"

    def kept_opus(self, upload: UUID) -> Path:
        """The sound as Opus, of the attempt that succeeded."""
        return self.folder / str(upload) / _OPUS

    def answers(self, upload: UUID) -> Path:
        """What the model has said of the file, so that its transcription can go on where it was left."""
        return self.folder / str(upload) / "answers"

    def keep_opus(self, upload: UUID, attempt: int) -> None:
        """Makes the sound of this attempt the one to keep, if the attempt wrote any."""
        with suppress(FileNotFoundError):
            self.opus(upload, attempt).replace(self.kept_opus(upload))

    def leave(self, upload: UUID, attempt: int) -> None:
        """Deletes the sound of an attempt that gives way to others: the next one writes all of it again."""
        self.opus(upload, attempt).unlink(missing_ok=True)

    def share(self, upload: UUID, other: UUID) -> None:
        """Gives the file of one upload to another one too, without a copy of its bytes."""
        self.make(other)
        self.file(other).hardlink_to(self.file(upload))

    def write(self, upload: UUID, offset: int, chunk: bytes) -> None:
        """Writes bytes at `offset` and truncates the file after them."""
        self.make(upload)
        descriptor = os.open(self.file(upload), os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.seek(offset)
            file.write(chunk)
            file.truncate()

    def uploads(self) -> Iterator[UUID]:
        """Yields the ids of the uploads that have a folder."""
        if not self.folder.is_dir():
            return
        for entry in os.scandir(self.folder):
            try:
                yield UUID(entry.name)
            except ValueError:
                continue

    def remove(self, upload: UUID) -> None:
        """Deletes the folder of an upload with all its contents, if it exists."""
        shutil.rmtree(self.folder / str(upload), ignore_errors=True)


def upload_folder() -> UploadFolder:
    """The folder in the setting UPLOAD_DIR."""
    return UploadFolder(settings.UPLOAD_DIR)
