from pathlib import Path

import pytest

from captions.bench import shapes
from captions.engines.local_whisper import LocalWhisper
from captions.engines.model_files import DEMO_FOLDER


@pytest.fixture(scope="session")
def demo() -> LocalWhisper:
    return LocalWhisper(str(DEMO_FOLDER), name="demo", device="cpu")


@pytest.fixture(scope="session")
def multilingual(tmp_path_factory: pytest.TempPathFactory) -> LocalWhisper:
    """A model with nothing learnt: what it writes means nothing, that languages are asked for and refused is real."""
    folder: Path = tmp_path_factory.mktemp("models")
    shapes.build(shapes.Shape(1, 1, 64, 1, ((0, 0),)), folder)
    return LocalWhisper(str(folder), name="random", device="cpu")
