import json
from pathlib import Path

import numpy as np
import pytest

from captions.asr.engine.base import Task
from captions.asr.engine.local_whisper import LocalWhisper
from captions.asr.engine.model_files import check_folder
from captions.benchmarks.errors import BenchError
from tests import shapes


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real but for its width: one of the real ones takes seconds to build."""
    folder = tmp_path_factory.mktemp("shape")
    shapes.build(shapes.Shape(1, 2, 64, 2, ((1, 0),)), folder)
    return folder


def test_the_vocabulary_is_as_large_as_whispers(model: Path) -> None:
    check_folder(model)
    assert len(json.loads((model / "vocabulary.json").read_text("utf-8"))) == 51_865
    assert len(shapes._tokens(100)) == len(set(shapes._tokens(100))) == 51_866


def test_it_is_as_long_as_is_asked_for(tmp_path: Path) -> None:
    shapes.build(shapes.Shape(1, 2, 64, 2, ((1, 0),)), tmp_path, 40)
    engine = LocalWhisper(str(tmp_path), name="shape", device="cpu", cpu_threads=1)
    sound = np.random.default_rng(1).normal(0, 0.1, 160_000).astype(np.float32)
    assert len(engine.decode(sound, Task("final", "en", timestamps=False)).words) == 40


def test_a_shape_that_does_not_exist_is_told() -> None:
    with pytest.raises(BenchError, match="Choose shape:tiny"), shapes.folder_of("shape:huge"):
        pass
