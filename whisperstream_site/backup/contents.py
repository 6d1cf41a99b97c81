"""The folder of a backup: its files with their checksums, and the manifest, which is written last."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from .errors import BackupError

FORMAT = 1
DUMP = "database.dump"

_MANIFEST = "manifest.json"
# In the format of sha256sum, which can check it too.
_SUMS = "SHA256SUMS"
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself.

    `rows` has the number of rows of each table; `missing` a sentence for each file that a row names and that was
    nowhere. `secret_key` tells whether a SECRET_KEY is the same, and nothing about it. `sums` is the SHA-256 of
    the list of checksums.
    """

    format: int
    version: str
    taken_at: str
    migrations: list[str]
    rows: dict[str, int]
    missing: list[str]
    secret_key: str
    sums: str


class Contents:
    """The files of a backup that is being made."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sums: dict[str, str] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._sums

    def __len__(self) -> int:
        return len(self._sums)

    def path(self, name: str) -> Path:
        """Where the file `name` goes; its folder is made. Raises OSError."""
        path = self._folder / name
        make_private(path.parent)
        return path

    def copy(self, source: IO[bytes], name: str) -> None:
        """Adds a file. Raises OSError, and what `source` raises."""
        self._sums[name] = copy(source, self.path(name))

    def add(self, name: str) -> None:
        """Adds a file that somebody else has written to its path. Raises OSError."""
        with (self._folder / name).open("rb") as file:
            self._sums[name] = digest(file)

    def finish(self, manifest: Callable[[str], Manifest]) -> None:
        """Writes the checksums and the manifest, once all files are on the disk. Raises OSError."""
        lines = "".join(f"{self._sums[name]}  {name}\n" for name in sorted(self._sums)).encode()
        _write(self._folder / _SUMS, lines)
        text = json.dumps(asdict(manifest(hashlib.sha256(lines).hexdigest())), indent=1)
        os.sync()
        draft = self._folder / f"{_MANIFEST}.new"
        _write(draft, f"{text}\n".encode())
        draft.replace(self._folder / _MANIFEST)
        os.sync()


def checked(folder: Path) -> tuple[Manifest, dict[str, str]]:
    """The manifest and the checksums by file, after every file was read and compared. Raises BackupError, OSError."""
    manifest, sums = read(folder)
    for name, expected in sums.items():
        path = folder / name
        if path.is_symlink() or not path.is_file():
            raise BackupError(f"{path} is missing. This backup is damaged; nothing was changed.")
        with path.open("rb") as file:
            if digest(file) != expected:
                raise BackupError(
                    f"{path} is not as it was written. This backup is damaged; nothing was changed."
                )
    return manifest, sums


def read(folder: Path) -> tuple[Manifest, dict[str, str]]:
    """The manifest, and the checksums by file, which are not compared. Raises BackupError, OSError."""
    try:
        found = json.loads((folder / _MANIFEST).read_bytes())
        if found["format"] > FORMAT:
            raise BackupError(
                f"The backup in {folder} was made by a newer version. Restore it with that one."
            )
        manifest = Manifest(**found)
    except FileNotFoundError:
        raise BackupError(
            f"{folder} has no {_MANIFEST}: it is no backup, or one that was not finished."
        ) from None
    except (ValueError, TypeError, KeyError):
        raise BackupError(f"{folder / _MANIFEST} cannot be read. This backup is damaged.") from None
    try:
        lines = (folder / _SUMS).read_bytes()
    except FileNotFoundError:
        lines = b""
    if hashlib.sha256(lines).hexdigest() != manifest.sums:
        raise BackupError(f"{folder / _SUMS} is not as it was written. This backup is damaged.")
    sums = dict(_parsed(lines.decode()))
    if DUMP not in sums:
        raise BackupError(f"{folder} has no {DUMP}. This backup is damaged.")
    return manifest, sums


def make_private(folder: Path) -> None:
    """Makes a folder, with those above it, for its owner only. Raises OSError."""
    if not folder.is_dir():
        make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def copy(source: IO[bytes], target: Path) -> str:
    """Copies to a new private file and returns the SHA-256. Raises OSError, and what `source` raises."""
    found = hashlib.sha256()
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        for chunk in _chunks(source):
            found.update(chunk)
            file.write(chunk)
    return found.hexdigest()


def digest(source: IO[bytes]) -> str:
    found = hashlib.sha256()
    for chunk in _chunks(source):
        found.update(chunk)
    return found.hexdigest()


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: source.read(_CHUNK_BYTES), b"")


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _parsed(lines: str) -> Iterator[tuple[str, str]]:
    for line in lines.splitlines():
        expected, _, name = line.partition("  ")
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not name:
            raise BackupError(
                f"The backup names the file {name!r}, which no backup has. Nothing was changed."
            )
        yield name, expected
