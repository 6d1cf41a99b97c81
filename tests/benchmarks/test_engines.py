import pytest

from captions.asr.engine.base import Wanted
from captions.benchmarks.corpus import load
from captions.benchmarks.engines import Board, lines, measure
from captions.benchmarks.errors import BenchError
from captions.speech.endpointing import EndpointSettings
from tests.speech_data import DATA
from tests.toy import TOY_MODEL


def test_engines_are_measured_in_turn() -> None:
    recordings = [load(DATA / "note-en-us.flac").until(5.0)]
    said: list[str] = []
    toy = Wanted(TOY_MODEL, "cpu")
    found = measure(
        recordings,
        {"one": toy, "other": toy},
        EndpointSettings(),
        passes=1,
        board=Board(4, 5.0),
        say=said.append,
    )
    assert said == ["note-en-us"]
    assert list(found) == ["one", "other"]
    one = found["one"]
    assert one["words"] > 5
    assert one["word_errors"] == found["other"]["word_errors"] < 0.2
    assert one["board_decode_s"] == [5 * each for each in one["live_cpu_s"]]
    assert one["rss_mb"] > 50
    assert [line.split("|")[1].strip() for line in lines(found)] == ["", "---", "one", "other"]


def test_a_model_that_is_not_there_is_said() -> None:
    with pytest.raises(BenchError, match="does not exist"):
        measure(
            [],
            {"none": Wanted("/nowhere/model", "cpu")},
            EndpointSettings(),
            passes=1,
            board=Board(4, 5.0),
            say=lambda line: None,
        )
