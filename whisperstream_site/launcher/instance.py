"""One launcher at a time works in a `var/` directory."""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import psutil

# Their own time to stop, and as much again for a machine that is busy.
_LEFTOVER_SECONDS = 40


class AlreadyRunning(Exception):
    """Another launcher holds the directory; the message is a sentence."""


class Instance:
    """Holds `var_dir` for as long as the block runs. Raises AlreadyRunning.

    The processes that run the roles inherit the lock: after a kill -9 of the launcher alone it is free only when
    they, too, have gone, which takes some seconds that are waited for.
    """

    def __init__(self, var_dir: Path, say: Callable[[str], None]) -> None:
        self._path = var_dir / "launcher.lock"
        self._say = say

    def __enter__(self) -> "Instance":
        self._file = self._path.open("a+", encoding="utf-8")
        deadline = time.monotonic() + _LEFTOVER_SECONDS
        said = False
        while not self._lock():
            self._file.seek(0)
            holder = self._file.read().strip()
            if (holder.isdigit() and psutil.pid_exists(int(holder))) or time.monotonic() > deadline:
                self._file.close()
                raise AlreadyRunning(
                    f"WhisperStream already runs from {self._path.parent} (process {holder or 'unknown'}). "
                    "Stop it first, or set VAR_DIR to another folder."
                )
            if not said:
                self._say("The last run was killed; waiting for its processes to end.")
                said = True
            time.sleep(0.2)
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.truncate(0)
        self._file.close()

    def _lock(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
