from pathlib import Path
from typing import Any

import numpy as np
import pytest

from captions.benchmarks import speakers
from captions.benchmarks.errors import BenchError
from captions.benchmarks.speakers import Score, lines, load_talks, total
from tests.speech_data import load_pcm, to_wav

RTTM = (
    "SPEAKER talk 1 0.000 1.500 <NA> <NA> ana <NA> <NA>\nSPEAKER talk 1 2.000 1.000 <NA> <NA> ben <NA> <NA>\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    to_wav(load_pcm("note-en-us")[: 3 * 16_000], tmp_path / "talk.wav")
    (tmp_path / "talk.rttm").write_text(RTTM)
    to_wav(np.zeros(16_000, np.int16), tmp_path / "other.wav")
    return tmp_path


def test_recordings_with_a_reference_are_measured(folder: Path) -> None:
    (talk,) = load_talks(folder)
    assert (talk.name, talk.seconds) == ("talk", 3.0)
    assert talk.turns == ((0.0, 1.5, "ana"), (2.0, 3.0, "ben"))
    assert load_talks(folder, ["ta*"])[0].name == "talk"


def test_there_has_to_be_one_that_can_be_read(folder: Path) -> None:
    with pytest.raises(BenchError, match=r"\.rttm"):
        load_talks(folder, ["other"])
    (folder / "talk.rttm").write_text("SPEAKER talk\n")
    with pytest.raises(BenchError, match="not RTTM"):
        load_talks(folder)


def test_a_table_has_all_together() -> None:
    scores = [
        Score("one", 10, 8, 0.4, 0.2, 0.2, (2, 2), 1.0),
        Score("two", 10, 2, 0.0, 0.2, 0.0, (1, 2), 0.5),
    ]
    whole = total(scores)
    assert whole.rate == pytest.approx(0.1)
    assert (whole.voices, whole.took) == ((3, 4), 1.5)
    assert lines(scores, 0.5)[-1] == "| all | 10.0% | 4.0% | 4.0% | 2.0% | 3, 4 | 1.5, 20.0 |"


def test_scoring_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    missing: Any = lambda name: None  # noqa: E731
    monkeypatch.setattr(speakers, "find_spec", missing)
    with pytest.raises(BenchError, match="pip install"):
        speakers.check_installed()
