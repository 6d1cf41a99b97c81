from pathlib import Path

import pytest

from captions.bench.batches import measure
from captions.bench.errors import BenchError
from captions.engines.base import Wanted
from tests.audio import DATA


def test_both_write_the_same_file() -> None:
    found = measure(DATA / "note-en-us.flac", Wanted("demo", "cpu"), seconds=25, passes=1)
    assert found.audio_s == 25
    assert found.ours_words >= 40
    assert found.theirs_words > 10
    assert found.ratio == pytest.approx(found.ours_s[0] / found.theirs_s[0])
    assert min(*found.ours_cpu_s, *found.theirs_cpu_s) > 0


def test_what_cannot_be_measured_is_said(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="There is no file"):
        measure(tmp_path / "none.wav", Wanted("demo", "cpu"), seconds=5, passes=1)
    with pytest.raises(BenchError, match="is no shape"):
        measure(DATA / "note-en-us.flac", Wanted("shape:round", "cpu"), seconds=5, passes=1)
