from pathlib import Path

import pytest

from captions.asr.engine.local_whisper import LocalWhisper
from tests import shapes
from tests.toy import TOY_MODEL


@pytest.fixture(scope="session")
def toy() -> LocalWhisper:
    return LocalWhisper(TOY_MODEL, name="toy", device="cpu")


@pytest.fixture(scope="session")
def multilingual(tmp_path_factory: pytest.TempPathFactory) -> LocalWhisper:
    """A model with random weights: its text is meaningless, but its handling of languages is real."""
    folder: Path = tmp_path_factory.mktemp("models")
    shapes.build(shapes.Shape(1, 1, 64, 1, ((0, 0),)), folder)
    return LocalWhisper(str(folder), name="random", device="cpu")
