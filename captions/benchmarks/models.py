"""The model that a benchmark measures with."""

import json
from pathlib import Path

from ..asr.engine.base import Wanted
from ..asr.engine.model_files import locate

_ENGLISH_TOKENS = 51_864
"""The size of the vocabulary of English-only Whisper models; multilingual ones have a few more tokens."""


def folder_of(wanted: Wanted) -> Path:
    """The folder of the model's files, downloaded if necessary. Raises EngineError."""
    return Path(locate(wanted).path)


def english_only(folder: Path) -> bool:
    for name in ("vocabulary.json", "vocabulary.txt"):
        path = folder / name
        if path.exists():
            text = path.read_text("utf-8")
            count = len(json.loads(text)) if path.suffix == ".json" else len(text.rstrip("\n").split("\n"))
            return count <= _ENGLISH_TOKENS
    return False
