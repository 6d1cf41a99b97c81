"""Finds or downloads the file of a Whisper model in ggml's format: at a path, in the cache or on the hub."""

from pathlib import Path

from .. import hub
from ..base import EngineError, Wanted
from ..located import Located
from .ggml_file import head_of

REPOSITORY = "ggerganov/whisper.cpp"
DEFAULT = "base-q8_0"

_FIVE_BITS = {"tiny": "q5_1", "base": "q5_1", "small": "q5_1", "medium": "q5_0"}
NAMES = (
    *(
        f"{size}{language}{kind}"
        for size, five in _FIVE_BITS.items()
        for language in ("", ".en")
        for kind in ("", "-q8_0", f"-{five}")
    ),
    "large-v1",
    *(f"large-v2{kind}" for kind in ("", "-q8_0", "-q5_0")),
    *(f"large-v3{kind}" for kind in ("", "-q5_0")),
    *(f"large-v3-turbo{kind}" for kind in ("", "-q8_0", "-q5_0")),
)


def name_of(wanted: Wanted) -> str:
    """The name of the model; that of the default if none was asked for."""
    return wanted.model.strip() or DEFAULT


def find(wanted: Wanted) -> Located | None:
    """The model if it is on this machine, otherwise None. Never uses the network.

    Raises EngineError for a name of no model, and for a path without one.
    """
    name = name_of(wanted)
    path = _path(name)
    if path is not None:
        head_of(path)
        return Located(str(path), name, "folder")
    file = _file(name)
    folder = hub.cached(REPOSITORY, wanted.folder, [file])
    if folder is None or not Path(folder, file).exists():
        return None
    return _downloaded(folder, file, name)


def locate(wanted: Wanted, on_progress: hub.Progress | None = None) -> Located:
    """The model, downloaded if it is not on this machine. Raises EngineError."""
    found = find(wanted)
    if found:
        return found
    name = name_of(wanted)
    file = _file(name)
    folder = hub.download(REPOSITORY, wanted.folder, on_progress, [file])
    return _downloaded(folder, file, name)


def probe(wanted: Wanted) -> Located | None:
    """The model if it is on this machine; None if it can most likely be downloaded. Answers within seconds.

    Raises EngineError as `locate` does, except for errors that only a download shows.
    """
    found = find(wanted)
    if found is None:
        hub.check(REPOSITORY)
    return found


def _downloaded(folder: str, file: str, name: str) -> Located:
    path = Path(folder, file)
    head_of(path)
    return Located(str(path), name, "hub")


def _path(name: str) -> Path | None:
    """The path that `name` means; None if it is the name of a model."""
    path = Path(name).expanduser()
    looks_like_one = "/" in name or name.startswith(("~", ".")) or name.endswith(".bin")
    return path if looks_like_one or path.exists() else None


def _file(name: str) -> str:
    """The file of a model on the hub. Raises EngineError for an unknown name."""
    if name not in NAMES:
        raise EngineError(
            f"{name!r} is neither the name of a model for whisper.cpp nor a file. Set WHISPER_MODEL to one of "
            f"{', '.join(NAMES)}, or to the path of a file such as ggml-base-q8_0.bin."
        )
    return f"ggml-{name}.bin"
