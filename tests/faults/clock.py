"""A wall clock of the product alone that can jump: `clock.c`, preloaded into all its processes."""

import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.product import CACHE

_SOURCE = Path(__file__).with_suffix(".c")
_LIBRARY = CACHE / "clock.so"
_FILE = CACHE / "clock"

SETTINGS = {"LD_PRELOAD": str(_LIBRARY), "CLOCK_FILE": str(_FILE)}
"""The environment of processes that have this clock."""


def missing() -> str:
    """Why there can be no such clock here, or nothing."""
    return "" if shutil.which("cc") else "It needs a C compiler (cc)."


@contextmanager
def jumping_clock() -> Iterator[None]:
    """Makes the clock, which is right at first. Raises OSError."""
    CACHE.mkdir(parents=True, exist_ok=True)
    _FILE.write_bytes(struct.pack("l", 0))
    done = subprocess.run(
        ["cc", "-shared", "-fPIC", "-O2", "-o", str(_LIBRARY), str(_SOURCE)], capture_output=True, text=True
    )
    if done.returncode:
        raise OSError(f"The clock could not be compiled: {done.stderr.strip()}")
    yield


def set_ahead(seconds: int) -> None:
    """Lets the clock be fast by so much, at once and in all processes."""
    # In place: they have this file in their memory.
    with _FILE.open("r+b") as file:
        file.write(struct.pack("l", seconds))
