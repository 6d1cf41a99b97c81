from pathlib import Path

import pytest

from captions.asr.engine.whisper_cpp.conversion import convert
from captions.asr.engine.whisper_cpp.engine import WhisperCpp
from tests import shapes
from tests.real_model import real_model


@pytest.fixture(scope="session")
def whisper_cpp() -> None:
    """whisper.cpp itself."""
    pytest.importorskip("_pywhispercpp", reason="pywhispercpp is an optional package")


@pytest.fixture(scope="session")
def tiny_en_file(whisper_cpp: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("ggml") / "ggml-tiny.en-q8_0.bin"
    convert(Path(real_model("tiny.en")), target, "q8_0")
    return target


@pytest.fixture(scope="session")
def random_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with random weights: its text is meaningless, but its handling of languages is real."""
    folder = tmp_path_factory.mktemp("random")
    shapes.build(shapes.Shape(1, 1, 64, 1, ((0, 0),)), folder)
    return folder


@pytest.fixture(scope="session")
def tiny_en(tiny_en_file: Path) -> WhisperCpp:
    return WhisperCpp(str(tiny_en_file), name="tiny.en", cpu_threads=1)


@pytest.fixture(scope="session")
def multilingual(
    whisper_cpp: None, random_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> WhisperCpp:
    target = tmp_path_factory.mktemp("ggml") / "random.bin"
    convert(random_folder, target, "f16")
    return WhisperCpp(str(target), name="random", cpu_threads=1)
