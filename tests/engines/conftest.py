from pathlib import Path

import pytest

from captions.engines.local_whisper import LocalWhisper
from captions.engines.model_files import DEMO_FOLDER
from tests.engines import random_model


@pytest.fixture(scope="session")
def demo() -> LocalWhisper:
    return LocalWhisper(str(DEMO_FOLDER), name="demo", device="cpu")


@pytest.fixture(scope="session")
def multilingual(tmp_path_factory: pytest.TempPathFactory) -> LocalWhisper:
    folder: Path = random_model.build(tmp_path_factory.mktemp("models") / "random")
    return LocalWhisper(str(folder), name="random", device="cpu")
