"""Where sound stands that is still coming in: for each session a folder with a file for each worker that heard it."""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings

from ..audio.silence import TICK_RATE
from ..core.errors import UnavailableError

TICKS_A_MS = TICK_RATE // 1000
_SUFFIX = ".opus"


class RecordingBusyError(UnavailableError):
    """Somebody else works on these files."""


@dataclass(frozen=True, slots=True, order=True)
class SoundPart:
    """The sound that one worker heard of a session, from `start` on: ticks of the session's time line."""

    start: int
    path: Path


class PartsFolder:
    """The folder in which all sessions have theirs; nobody else may look into it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, session: str) -> Path:
        return self._folder / session

    def new_part(self, session: str, start: int) -> SoundPart:
        """A name for a part that begins at `start`, to the millisecond before. Raises OSError."""
        start -= start % TICKS_A_MS
        folder = self.of(session)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{start // TICKS_A_MS:012d}-{secrets.token_hex(4)}{_SUFFIX}"
        return SoundPart(start, folder / name)

    def sessions(self) -> Iterator[UUID]:
        """Those that have a folder."""
        if not self._folder.is_dir():
            return
        for entry in os.scandir(self._folder):
            try:
                yield UUID(entry.name)
            except ValueError:
                continue

    def parts(self, session: str) -> list[SoundPart]:
        """In the order of their time; nothing where there is no folder."""
        found = []
        for path in self.of(session).glob(f"*{_SUFFIX}"):
            start, _, _ = path.name.partition("-")
            if start.isdigit():
                found.append(SoundPart(int(start) * TICKS_A_MS, path))
        return sorted(found)

    @contextmanager
    def claimed(self, session: str) -> Iterator[list[SoundPart]]:
        """The parts of a session, for the caller alone. Raises RecordingBusyError while somebody has them."""
        with ExitStack() as stack:
            parts = self.parts(session)
            for part in parts:
                try:
                    file = stack.enter_context(part.path.open("rb"))
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError as error:
                    # Also one that went meanwhile, with whoever joined it.
                    raise RecordingBusyError from error
            yield parts

    def remove(self, session: str) -> None:
        """Deletes the folder of a session, whatever is in it. Raises OSError; not where there is none."""
        folder = self.of(session)
        if folder.is_dir():
            shutil.rmtree(folder)


def parts_folder() -> PartsFolder:
    """The one that the settings name."""
    return PartsFolder(settings.SOUND_DIR)
