"""One launcher at a time works in a `var/` directory."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psutil

from .supervisor import drain_seconds


class AlreadyRunning(Exception):
    """Another launcher holds the directory; the message is a sentence."""


@contextmanager
def alone_in(var_dir: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Holds `var_dir` for as long as the block runs. Raises AlreadyRunning.

    The lock is that of `serve`, but the process number in its file is that of the launcher: after a kill -9 of the
    latter it is free only when everything has been stopped, which is waited for.
    """
    with (var_dir / "launcher.lock").open("a+", encoding="utf-8") as file:
        # Their own time to stop, and as much again for a machine that is busy.
        deadline = time.monotonic() + 2 * drain_seconds()
        is_announced = False
        while not _locked(file):
            file.seek(0)
            holder = file.read().strip()
            if (holder.isdigit() and psutil.pid_exists(int(holder))) or time.monotonic() > deadline:
                raise AlreadyRunning(
                    f"WhisperStream already runs from {var_dir} (process {holder or 'unknown'}). "
                    "Stop it first, or set VAR_DIR to another folder."
                )
            if not is_announced:
                say("The last run was killed; waiting for its processes to end.")
                is_announced = True
            time.sleep(0.2)
        file.truncate(0)
        file.write(str(os.getppid()))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
