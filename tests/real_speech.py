"""Recordings of people, with what they say. They do not come with the product, for their licences differ: tests that
need one are skipped where the folder is not there."""

import os
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.speech_data import Pcm, Reference, load_pcm, load_reference

FOLDER = Path(os.environ.get("REAL_SPEECH") or REPOSITORY.parent / "shared" / "real")

needs_real_speech = pytest.mark.skipif(
    not FOLDER.is_dir(),
    reason=f"There is no real speech in {FOLDER}; REAL_SPEECH names another folder.",
)
"""For tests that hear a recording of this folder."""


def spoken(name: str) -> Path:
    """The sound file of a recording; skips the test where it is not there."""
    path = FOLDER / f"{name}.flac"
    if not path.exists():
        pytest.skip(f"There is no recording {path}.")
    return path


def spoken_pcm(name: str) -> Pcm:
    return load_pcm(spoken(name))


def said_in(name: str) -> Reference:
    return load_reference(spoken(name))
