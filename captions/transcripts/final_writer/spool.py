"""Finals on disk: a file of JSON lines that outlives its process and that a later process adopts."""

import fcntl
import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import structlog

from .records import FinalRecord

log = structlog.get_logger(__name__)

_SUFFIX = ".jsonl"


class Spool:
    """A spool file, locked by its process as long as that lives. Used by one thread at a time."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor
        self._size = os.fstat(descriptor).st_size
        self._damaged = False

    @classmethod
    def create(cls, folder: Path) -> "Spool":
        """A new, empty spool. Raises OSError if the folder cannot be written."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        while True:
            spool = cls._open(folder / f"{uuid.uuid4().hex}{_SUFFIX}", os.O_CREAT | os.O_EXCL)
            if spool is not None:
                return spool

    @classmethod
    def adopt(cls, folder: Path) -> Iterator["Spool"]:
        """Yields the spools that dead processes left in the folder, oldest first."""
        for path in sorted(folder.glob(f"*{_SUFFIX}"), key=_age):
            spool = cls._open(path, 0)
            if spool is not None:
                yield spool

    @classmethod
    def _open(cls, path: Path, flags: int) -> "Spool | None":
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND | flags, 0o600)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Between opening and locking, another process may have adopted and removed the file.
            if os.path.samestat(os.fstat(descriptor), os.stat(path)):
                return cls(path, descriptor)
        except (BlockingIOError, FileNotFoundError):
            pass
        os.close(descriptor)
        return None

    def append(self, records: Iterable[FinalRecord]) -> None:
        """Writes the records and waits until they are on disk. Raises OSError; none of them is in the file then."""
        data = "".join(f"{record.to_json()}\n" for record in records).encode()
        try:
            written = 0
            while written < len(data):
                written += os.write(self._descriptor, data[written:])
            os.fsync(self._descriptor)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
            raise
        self._size += len(data)

    def read(self) -> list[FinalRecord]:
        """All readable records. A crash damages the last line at most; other damage makes `remove` keep the file."""
        records = []
        for line in self.path.read_bytes().splitlines(keepends=True):
            try:
                records.append(FinalRecord.from_json(line.decode()))
            except ValueError:
                self._damaged |= line.endswith(b"\n")
                log.warning("spool_record_unreadable", spool=self.path.name, bytes=len(line))
        return records

    def clear(self) -> None:
        if self._size:
            os.ftruncate(self._descriptor, 0)
            self._size = 0

    def remove(self) -> None:
        """Deletes the file and unlocks it. A damaged one is renamed instead, so that an operator can look at it."""
        try:
            if self._damaged:
                self.path.rename(self.path.with_suffix(".damaged"))
            else:
                self.path.unlink(missing_ok=True)
        except OSError as error:
            log.error("spool_removal_failed", spool=str(self.path), error=error.strerror)
        self.release()

    def release(self) -> None:
        """Unlocks the file, so that another process can adopt it."""
        os.close(self._descriptor)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0
