"""The model that a benchmark measures with."""

import json
from pathlib import Path

from ..asr.engine.base import Wanted
from ..asr.engine.model_files import locate

_ENGLISH_TOKENS = 51_864
"""How many tokens a Whisper model has that knows English only; others have a few more."""


def folder_of(wanted: Wanted) -> Path:
    """Where its files are, downloaded if need be. Raises EngineError."""
    return Path(locate(wanted).path)


def english_only(folder: Path) -> bool:
    for name in ("vocabulary.json", "vocabulary.txt"):
        path = folder / name
        if path.exists():
            text = path.read_text("utf-8")
            count = len(json.loads(text)) if path.suffix == ".json" else len(text.rstrip("\n").split("\n"))
            return count <= _ENGLISH_TOKENS
    return False
