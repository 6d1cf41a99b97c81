"""Finds the files of the Whisper model that is asked for: a folder, the download cache, or the hub."""

import struct
from dataclasses import dataclass
from pathlib import Path

from faster_whisper.utils import _MODELS as REPOSITORIES

from . import hub
from .base import EngineError, Wanted
from .devices import default_device

DEMO_NAME = "demo"
DEMO_FOLDER = Path(__file__).resolve().parent / "demo_model"

_OTHER_PROGRAMS = ("*.safetensors", "pytorch_model*.bin", "*.pt", "*.gguf", "ggml-*.bin", "*.onnx")
_CONVERT = (
    "Convert it with: ct2-transformers-converter --model FOLDER --output_dir NEW --copy_files tokenizer.json"
)


@dataclass(frozen=True, slots=True)
class Located:
    """A model to load. `demo` says that it is the demo model; `reason` is then why, if it was not asked for."""

    path: str
    name: str
    demo: bool
    reason: str = ""

    @property
    def packs(self) -> bool:
        """Whether it hears several sentences at once; the demo model has learnt single ones."""
        return not self.demo


def name_of(wanted: Wanted) -> str:
    """The name of the model, with the default filled in."""
    return wanted.model.strip() or default_name(default_device(wanted.device))


def default_name(device: str) -> str:
    """The model for a device that nobody chose a model for."""
    return "large-v3-turbo" if device == "cuda" else "base"


def find(wanted: Wanted) -> Located | None:
    """The model if it is on this machine, else None; never uses the network.

    Raises EngineError for a name that no model has and for a folder that no model is in.
    """
    name = name_of(wanted)
    folder = _folder(name)
    if folder is not None:
        check_folder(folder)
        return _located(folder, DEMO_NAME if _is_demo(folder) else name)
    path = hub.cached(_repository(name), wanted.folder)
    if path is None or not (Path(path) / "model.bin").exists():
        return None
    check_folder(Path(path))
    return _located(Path(path), name)


def locate(wanted: Wanted, on_progress: hub.Progress | None = None) -> Located:
    """The model, downloaded if need be. Raises EngineError, within seconds where the hub cannot be reached."""
    found = find(wanted)
    if found:
        return found
    try:
        path = Path(hub.download(_repository(name_of(wanted)), wanted.folder, on_progress))
    except EngineError as error:
        return _demo_instead(wanted, error)
    check_folder(path)
    return _located(path, name_of(wanted))


def probe(wanted: Wanted) -> Located | None:
    """As `locate`, but None when the model would have to be downloaded and could be. Answers within seconds."""
    found = find(wanted)
    if found:
        return found
    try:
        hub.check(_repository(name_of(wanted)))
    except EngineError as error:
        return _demo_instead(wanted, error)
    return None


def check_folder(folder: Path) -> None:
    """Raises EngineError unless `folder` holds a Whisper model that can be loaded without network."""
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
    """The name that a CTranslate2 model file gives itself; empty for any other file."""
    if len(head) < 6:
        return ""
    version, length = struct.unpack_from("<IH", head)
    name = head[6 : 6 + length].rstrip(b"\0")
    return name.decode() if 0 < version < 100 and name.isalnum() and len(name) == length - 1 else ""


def _folder(name: str) -> Path | None:
    """The folder that `name` means, or None when it names a model."""
    if name == DEMO_NAME:
        return DEMO_FOLDER
    path = Path(name).expanduser()
    looks_like_one = name.startswith(("/", ".", "~")) or name.count("/") > 1
    return path if looks_like_one or path.is_dir() else None


def _repository(name: str) -> str:
    """The hub id of a model name."""
    if name in REPOSITORIES:
        return str(REPOSITORIES[name])
    if "/" in name:
        return name
    raise EngineError(
        f"{name!r} is neither the name of a Whisper model nor a folder. Set WHISPER_MODEL to one of "
        f"{', '.join(REPOSITORIES)}, to an id such as Systran/faster-whisper-small, or to /path/to/model."
    )


def _located(folder: Path, name: str) -> Located:
    return Located(str(folder), name, _is_demo(folder))


def _is_demo(folder: Path) -> bool:
    return folder.resolve() == DEMO_FOLDER


def _demo_instead(wanted: Wanted, error: EngineError) -> Located:
    if not wanted.demo_allowed:
        raise error
    return Located(str(DEMO_FOLDER), DEMO_NAME, True, str(error))


def _refused(what: str) -> EngineError:
    return EngineError(
        f"{what} Set WHISPER_MODEL=/path/to/model to the folder of a Whisper model in CTranslate2 format, "
        "or to a name such as base."
    )
