from pathlib import Path

import pytest

from captions.asr.engine.base import Wanted
from captions.asr.engine.model_files import find
from captions.benchmarks import file_texts
from captions.benchmarks.benchmark import whole_texts
from captions.benchmarks.corpus import load
from captions.benchmarks.file_texts import measure
from captions.benchmarks.report import file_lines
from captions.speech.endpointing import EndpointSettings
from tests.speech_data import DATA


def test_all_ways_write_the_same_file(tmp_path: Path) -> None:
    model = find(Wanted("tiny.en"))
    if model is None:
        pytest.skip("The model tiny.en is not on this machine.")
    folder, recordings = Path(model.path), [load(DATA / "note-en-us.flac").until(5.0)]
    whole = whole_texts(folder, tmp_path, recordings, "sequential")
    assert len(list((tmp_path / "whole").iterdir())) == 1
    assert whole_texts(folder, tmp_path, recordings, "sequential") == whole, "it is not heard again"
    said: list[str] = []
    found = measure(
        recordings, folder, "tiny.en", EndpointSettings(), whole, seconds=6, passes=1, say=said.append
    )
    assert found["audio_s"] == 6
    assert set(found["wall_s"]) == {"ours", "batched", "whole_file"}
    assert found["words"]["ours"] > 5
    assert found["ratio"] == pytest.approx(
        found["wall_s"]["ours"][0] / found["wall_s"]["batched"][0], abs=1e-3
    )
    errors = found["ours"]["word_errors"]["ordinary"]
    assert errors["whole_file"]["words"] == errors["ours"]["words"] > 5
    assert len(said) == 2
    assert "of real time" in file_lines(found)[0]


def test_recordings_become_one_file() -> None:
    sounds = [load(DATA / name).sound for name in ("note-en-us.flac", "note-f2.flac")]
    with file_texts._one_file(sounds, None) as (path, seconds):
        assert seconds == pytest.approx(sum(each.size for each in sounds) / 16_000 + 1)
        assert path.stat().st_size == 44 + round(seconds * 32_000)
    with file_texts._one_file(sounds, 100.0) as (_, seconds):
        assert seconds == 100
