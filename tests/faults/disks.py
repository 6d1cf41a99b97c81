"""Small file systems in memory, which can be filled without harm."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """Mounts an empty file system of this size there. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={size},mode=0755"
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "whisperstream-faults", str(folder)],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise OSError(done.stderr.strip())
    try:
        yield
    finally:
        # A process that is being reaped may hold it a moment longer.
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        shutil.rmtree(folder, ignore_errors=True)
