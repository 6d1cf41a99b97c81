"""The parts of recordings that are not finished: a folder for each session, with a file for each worker's share."""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings

from ..audio.silence import TICK_RATE
from ..core.errors import UnavailableError

TICKS_A_MS = TICK_RATE // 1000
_SUFFIX = ".opus"
_LATE = ".late.opus"


class RecordingBusyError(UnavailableError):
    """Another process writes, reads or joins these files."""


@dataclass(frozen=True, slots=True, order=True)
class SoundPart:
    """The sound of a session that one worker recorded; `start` is its position on the session's clock, in 1/48000 s."""

    start: int
    path: Path

    @property
    def is_late(self) -> bool:
        """Whether a page recorded it instead, and delivered it later: it is for where no worker recorded anything."""
        return self.path.name.endswith(_LATE)


class PartsFolder:
    """The folder that holds the folders of all sessions; only this user of the system may read them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, session: str) -> Path:
        return self._folder / session

    def new_part(self, session: str, start: int, *, is_late: bool = False) -> SoundPart:
        """A path for a part that begins at `start`, rounded down to a millisecond. Raises OSError."""
        start -= start % TICKS_A_MS
        folder = self.of(session)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{start // TICKS_A_MS:012d}-{secrets.token_hex(4)}{_LATE if is_late else _SUFFIX}"
        return SoundPart(start, folder / name)

    def sessions(self) -> Iterator[UUID]:
        """The sessions that have a folder."""
        if not self._folder.is_dir():
            return
        for entry in os.scandir(self._folder):
            try:
                yield UUID(entry.name)
            except ValueError:
                continue

    def parts(self, session: str) -> list[SoundPart]:
        """The parts of a session in order of time; none if it has no folder."""
        found = []
        for path in self.of(session).glob(f"*{_SUFFIX}"):
            start, _, _ = path.name.partition("-")
            if start.isdigit():
                found.append(SoundPart(int(start) * TICKS_A_MS, path))
        return sorted(found)

    @contextmanager
    def claimed(self, session: str) -> Iterator[list[SoundPart]]:
        """The parts of a session, locked for the caller. Raises RecordingBusyError while another process uses one."""
        with ExitStack() as stack:
            parts = self.parts(session)
            for part in parts:
                try:
                    file = stack.enter_context(part.path.open("rb"))
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError as error:
                    # The part is locked, or another process has joined and deleted it.
                    raise RecordingBusyError from error
            yield parts

    def remove_parts(self, session: str, parts: Iterable[SoundPart]) -> None:
        """Deletes these parts with what was made of them, and the folder unless it holds others. Raises OSError.

        Others begin while the session goes on.
        """
        for path in [*(part.path for part in parts), *self.of(session).glob("*.tmp")]:
            path.unlink(missing_ok=True)
        # Fails, as it should, if the folder holds anything else.
        with suppress(OSError):
            self.of(session).rmdir()

    def remove(self, session: str) -> None:
        """Deletes the folder of a session with all its files, if it has one. Raises OSError."""
        folder = self.of(session)
        if folder.is_dir():
            shutil.rmtree(folder)


def parts_folder() -> PartsFolder:
    """The folder that SOUND_DIR names."""
    return PartsFolder(settings.SOUND_DIR)
