"""Where the two models come from: a folder of the operator, or the hub."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import huggingface_hub
from huggingface_hub.errors import LocalEntryNotFoundError

from ...core.abandoning import AbandonedError, within
from .engine import NO_MODELS, SpeakerError

SEGMENTATION, EMBEDDING = "segmentation.onnx", "embedding.onnx"
"""What the files are called in a folder."""
_ANSWER_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class _OnHub:
    repository: str
    name: str


# pyannote's segmentation 3.0 (MIT) and CAM++ of 3D-Speaker (Apache-2.0), as sherpa-onnx publishes them.
_HUB = {
    SEGMENTATION: _OnHub("csukuangfj/sherpa-onnx-pyannote-segmentation-3-0", "model.onnx"),
    EMBEDDING: _OnHub(
        "csukuangfj/speaker-embedding-models", "3dspeaker_speech_campplus_sv_zh_en_16k-common_advanced.onnx"
    ),
}


@dataclass(frozen=True, slots=True)
class Models:
    segmentation: str
    embedding: str


def locate(folder: str = "") -> Models:
    """The paths of the models, downloaded if they are not on this machine. Raises SpeakerError."""
    if folder:
        return Models(*(_in_folder(Path(folder).expanduser(), name) for name in (SEGMENTATION, EMBEDDING)))
    return Models(*(_of_hub(_HUB[name]) for name in (SEGMENTATION, EMBEDDING)))


def _in_folder(folder: Path, name: str) -> str:
    path = folder / name
    if not path.is_file():
        raise SpeakerError(NO_MODELS, f"SPEAKER_MODELS: there is no file {path}.")
    return str(path)


def _of_hub(wanted: _OnHub) -> str:
    try:
        return str(huggingface_hub.hf_hub_download(wanted.repository, wanted.name, local_files_only=True))
    except (LocalEntryNotFoundError, OSError, ValueError):
        return _downloaded(wanted)


def _downloaded(wanted: _OnHub) -> str:
    fetch = partial(huggingface_hub.hf_hub_download, wanted.repository, wanted.name)
    try:
        return str(within(_ANSWER_SECONDS, fetch, "speaker-models"))
    except AbandonedError as error:
        why = str(error)
    except Exception as error:  # The libraries below raise a dozen kinds, all meaning that it did not come.
        why = f"{type(error).__name__}: {error}".split("\n")[0][:200]
    raise SpeakerError(
        NO_MODELS, f"{wanted.repository} cannot be downloaded ({why}). Or set SPEAKER_MODELS to a folder."
    )
