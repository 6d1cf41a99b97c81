"""Where the files are that belong to a database: folders, and buckets of an S3 server."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages

from .contents import Contents, copy, make_private

# Beside what other code looks for there, which has names of other kinds.
_HELD = ".backup"
_UNFINISHED = (".tmp", ".in", ".out")


class Place(Protocol):
    """Files of one kind. In a backup they are in a folder of this `name`; the methods take their names without it.

    Methods raise OSError.
    """

    @property
    def name(self) -> str: ...

    def hold(self, contents: Contents) -> None:
        """What is there now can be copied from now on, whoever deletes it. It may be called again, for what is new."""

    def copy(self, contents: Contents) -> None:
        """Adds everything to the backup that is held."""

    def release(self) -> None:
        """Holds nothing any more, also nothing that a process has held that was killed."""

    def is_empty(self) -> bool: ...

    def put(self, name: str, source: Path) -> None:
        """Makes a file of a backup one of this place again."""

    def open(self, name: str) -> IO[bytes]: ...


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of this host, or one that several hosts share.

    A file is held by a second name, so it stays when the first one is deleted, and what is appended to it meanwhile is
    in it. One in a folder that `is_rewritten` is held by a copy. `without` are folders in which nothing lasts.
    """

    name: str
    root: Path
    is_rewritten: bool = False
    without: tuple[str, ...] = ()

    def hold(self, contents: Contents) -> None:
        for name in _files(self.root, (_HELD, "lost+found", *self.without)):
            # Whoever deletes a file while it is held has deleted it before.
            with suppress(FileNotFoundError):
                self._hold(self.root / name, self._held / name)

    def copy(self, contents: Contents) -> None:
        for name in _files(self._held, ()):
            with (self._held / name).open("rb") as file:
                contents.copy(file, f"{self.name}/{name}")

    def release(self) -> None:
        if self._held.is_dir():
            shutil.rmtree(self._held)

    def is_empty(self) -> bool:
        return next(_files(self.root, (_HELD, "lost+found", *self.without)), None) is None

    def put(self, name: str, source: Path) -> None:
        target = self.root / name
        make_private(target.parent)
        with source.open("rb") as file:
            copy(file, target)

    def open(self, name: str) -> IO[bytes]:
        return (self.root / name).open("rb")

    @property
    def _held(self) -> Path:
        return self.root / _HELD

    def _hold(self, file: Path, held: Path) -> None:
        if held.exists():
            if self.is_rewritten or held.samefile(file):
                return
            held.unlink()
        make_private(held.parent)
        if self.is_rewritten or not _linked(file, held):
            shutil.copy2(file, held)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Files in a bucket, of which none ever changes. They are copied at once, since nothing else would hold them.

    What its storage raises is raised as OSError.
    """

    name: str
    storage: Storage

    def hold(self, contents: Contents) -> None:
        for name in self._files():
            if f"{self.name}/{name}" not in contents:
                # It was deleted since it was listed.
                with suppress(FileNotFoundError), _as_os_error(), self.open(name) as file:
                    contents.copy(file, f"{self.name}/{name}")

    def copy(self, contents: Contents) -> None: ...

    def release(self) -> None: ...

    def is_empty(self) -> bool:
        return not self._files()

    def put(self, name: str, source: Path) -> None:
        with source.open("rb") as file, _as_os_error():
            stored = self.storage.save(name, File(file))
        if stored != name:
            raise FileExistsError(f"{name} is there already")

    def open(self, name: str) -> IO[bytes]:
        with _as_os_error():
            return self.storage.open(name, "rb")

    def _files(self) -> list[str]:
        with _as_os_error():
            return self.storage.listdir("")[1]


def places() -> list[Place]:
    """All places; those that take long to hold come first."""
    stored: list[Place] = [
        _stored("recordings", storages["sound"]),
        _stored("archives", storages["archives"], "making"),
    ]
    return [
        *stored,
        Folder("live", settings.SOUND_DIR),
        Folder("uploads", settings.UPLOAD_DIR, without=("incoming", "again")),
        # Its files are emptied in place once their words are in the database.
        Folder("spool", settings.VAR_DIR / "spool", is_rewritten=True),
    ]


def _stored(name: str, storage: Storage, *without: str) -> Place:
    if isinstance(storage, FileSystemStorage):
        return Folder(name, Path(storage.location), without=without)
    return Bucket(name, storage)


def _files(root: Path, without: tuple[str, ...]) -> Iterator[str]:
    """The finished files below `root`, as names with slashes."""
    for folder, below, files in os.walk(root, onerror=_missing_is_empty):
        if folder == str(root):
            below[:] = [each for each in below if each not in without]
        for file in files:
            path = Path(folder, file)
            if path.suffix not in _UNFINISHED and not path.is_symlink():
                yield path.relative_to(root).as_posix()


def _linked(file: Path, held: Path) -> bool:
    """Gives the file a second name; False where the file system has none. Raises FileNotFoundError."""
    try:
        held.hardlink_to(file)
    except FileNotFoundError:
        raise
    except OSError:
        return False
    return True


@contextmanager
def _as_os_error() -> Iterator[None]:
    # Imported only where it is needed, since it is large.
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise OSError(f"The bucket of the sound: {error}") from error


def _missing_is_empty(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error
