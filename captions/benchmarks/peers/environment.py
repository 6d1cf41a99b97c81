"""Installs other live transcription programs in a virtual environment, to measure them in the same run."""

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ..errors import BenchError

PROGRAMS = ("whisper-live==0.10.0", "whisperlivekit==0.2.26")

_NEEDS = Path(__file__).with_name("requirements.txt")
_STAMP = ".made-of"


def python_of(folder: Path, say: Callable[[str], None]) -> Path:
    """The Python interpreter of the environment in `folder`, which is made, or made again if outdated.

    Raises BenchError with the last line of pip's output.
    """
    python = folder / "bin" / "python"
    wanted = _digest()
    stamp = folder / _STAMP
    if python.exists() and stamp.exists() and stamp.read_text("utf-8") == wanted:
        return python
    say(f"Installing {' and '.join(PROGRAMS)} in {folder}. That takes some minutes and 2 GB.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    _run([sys.executable, "-m", "venv", "--clear", str(folder)])
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, "--requirement", str(_NEEDS)])
    # Without dependencies, because their requirements include engines that are not measured.
    _run([*pip, "--no-deps", *PROGRAMS])
    stamp.write_text(wanted, "utf-8")
    return python


def _digest() -> str:
    parts = (_NEEDS.read_text("utf-8"), *PROGRAMS, sys.version)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise BenchError(f"{command[0]} cannot be run: {error.strerror}.") from error
    if done.returncode:
        said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        raise BenchError(
            f"The other programs cannot be installed here: {said[-1] if said else done.returncode}"
        )
