from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from captions.asr.engine.base import Wanted
from captions.asr.process.config import RecogniserConfig
from captions.benchmarks.benchmark import Plan, Runs, understood
from captions.benchmarks.corpus import load
from captions.benchmarks.errors import BenchError
from captions.benchmarks.figures import Figures
from captions.benchmarks.models import english_only
from captions.speech.endpointing import EndpointSettings
from tests.speech_data import DATA


class Scripted:
    """Carries five streams, and breaks down at twelve."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    async def run(self, streams: int) -> Figures:
        self.asked.append(streams)
        if streams > 12:
            raise BenchError("Too much.")
        return Figures({"streams": streams}, 0.5, 1.0 if streams <= 5 else 9.0)


def plan(*streams: int, **options: Any) -> Plan:
    config = RecogniserConfig(Wanted("tiny"))
    return Plan([], config, EndpointSettings(), Path(), streams=streams, **options)


async def test_capacity_is_searched_for_with_no_run_done_twice() -> None:
    bench, failures = Scripted(), list[str]()
    told: list[dict[str, Any]] = []
    runs = Runs(bench.run, told.append, failures.append)
    assert await runs.of(plan(1, 4, capacity=True)) == 5
    assert len(bench.asked) == len(set(bench.asked))
    assert runs.done == told
    assert {"streams": 4, "carried": True} in told
    assert {"streams": 6, "carried": False} in told
    assert not failures


async def test_a_run_that_breaks_down_does_not_end_the_others() -> None:
    bench, failures = Scripted(), list[str]()
    runs = Runs(bench.run, lambda run: None, failures.append)
    assert await runs.of(plan(16, 1)) is None
    assert [run["streams"] for run in runs.done] == [1]
    assert failures == ["Too much."]


async def test_no_more_streams_are_tried_when_it_is_full() -> None:
    bench = Scripted()
    await Runs(bench.run, lambda run: None, lambda failure: None).of(plan(1, 4, 6, 8, until_full=True))
    assert bench.asked == [1, 4, 6]


def vocabulary(folder: Path, tokens: int) -> Path:
    folder.mkdir()
    (folder / "vocabulary.txt").write_text("\n".join(map(str, range(tokens))) + "\n", "utf-8")
    return folder


def test_a_model_is_given_the_languages_that_it_knows(tmp_path: Path) -> None:
    english, many = vocabulary(tmp_path / "en", 51_864), vocabulary(tmp_path / "many", 51_865)
    assert english_only(english)
    assert not english_only(many)
    note = load(DATA / "note-en-us.flac")
    assert understood([note], english) == [note]
    german = replace(note, language="de")
    assert understood([note, german], many) == [note, german]
    with pytest.raises(BenchError, match="knows English only"):
        understood([german], english)
