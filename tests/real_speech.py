"""Recordings of people with reference texts.

They are not part of the repository, because their licences differ; tests that need them are skipped without the folder.
"""

import os
from pathlib import Path

import pytest

from tests.speech_data import Pcm, Reference, load_pcm, load_reference

_REPOSITORY = Path(__file__).resolve().parents[1]
FOLDER = Path(os.environ.get("REAL_SPEECH") or _REPOSITORY.parent / "shared" / "real")

needs_real_speech = pytest.mark.skipif(
    not FOLDER.is_dir(),
    reason=f"There is no real speech in {FOLDER}; REAL_SPEECH names another folder.",
)
"""Marks tests that need a recording of this folder."""


def spoken(name: str) -> Path:
    """The sound file of a recording; skips the test if it does not exist."""
    path = FOLDER / f"{name}.flac"
    if not path.exists():
        pytest.skip(f"There is no recording {path}.")
    return path


def spoken_pcm(name: str) -> Pcm:
    return load_pcm(spoken(name))


def said_in(name: str) -> Reference:
    return load_reference(spoken(name))
