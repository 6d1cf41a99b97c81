"""Environments for the clients of other projects, one per family: in `.cache/interop`, and in `tests/interop/node`.

The product never sees them: several families need versions of the same package that exclude each other. One is made
when it is missing, when its pins have changed, or when it has been moved.
"""

import hashlib
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
CACHE = REPOSITORY / ".cache" / "interop"
NODE = HERE / "node"

_SECONDS = 1800


class NotInstalled(Exception):
    """An environment could not be made; the message says why."""


@cache
def python(family: str) -> Path:
    """The interpreter of the environment made from `requirements/FAMILY.txt`."""
    pins, folder = HERE / "requirements" / f"{family}.txt", CACHE / family
    interpreter = folder / "bin" / "python"
    if _is_made(folder, pins):
        return interpreter
    print(f"Installing {family}.", file=sys.stderr, flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(folder)])
    _run(
        [str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(pins)]
    )
    _note(folder, pins)
    return interpreter


@cache
def node() -> Path:
    """The folder of the Node.js programs, with what `package-lock.json` pins beside them."""
    if shutil.which("npm") is None:
        raise NotInstalled("There is no npm: install Node.js 20 or newer.")
    pins, folder = NODE / "package-lock.json", NODE / "node_modules"
    if not _is_made(folder, pins):
        print("Installing the clients for Node.js.", file=sys.stderr, flush=True)
        _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"], NODE)
        _note(folder, pins)
    return NODE


def _is_made(folder: Path, pins: Path) -> bool:
    stamp = folder / ".stamp"
    return stamp.exists() and stamp.read_text() == _stamp(folder, pins)


def _note(folder: Path, pins: Path) -> None:
    (folder / ".stamp").write_text(_stamp(folder, pins))


def _stamp(folder: Path, pins: Path) -> str:
    return hashlib.sha256(f"{folder} {sys.version} {pins.read_text()}".encode()).hexdigest()


def _run(command: list[str], folder: Path | None = None) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS)
    if done.returncode:
        raise NotInstalled(f"{' '.join(command)} failed:\n{done.stderr.strip()[-2000:]}")
