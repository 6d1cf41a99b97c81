from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from captions.bench.benchmark import Plan, Runs, benchmark, with_model
from captions.bench.errors import BenchError
from captions.bench.figures import Figures
from captions.bench.run import Bench, Policy
from captions.engines.base import Wanted
from captions.recogniser.config import RecogniserConfig
from captions.speech.endpointing import EndpointSettings
from tests.audio import to_wav


class Scripted:
    """Carries five streams of the live policy and two of the naive one, and breaks down at twelve."""

    def __init__(self) -> None:
        self.asked: list[tuple[Policy, int]] = []

    async def run(self, policy: Policy, streams: int) -> Figures:
        self.asked.append((policy, streams))
        if streams > 12:
            raise BenchError("Too much.")
        enough = streams <= (5 if policy == "live" else 2)
        return Figures({"shown_s": {"p95": 0.5}, "streams": streams}, 1.0 if enough else 9.0)


def plan(files: list[Path] | None = None, model: str = "demo", **options: Any) -> Plan:
    config = with_model(RecogniserConfig(Wanted()), model)
    return Plan(files or [], [1, 4], ["live", "naive"], config, EndpointSettings(), "en", **options)


async def test_capacity_is_searched_for_with_no_run_done_twice() -> None:
    bench, failures = Scripted(), list[str]()
    told: list[dict[str, Any]] = []
    runs = Runs(cast(Bench, bench), told.append, failures.append)
    assert await runs.of("live", plan(capacity=True)) == 5
    assert await runs.of("naive", plan(capacity=True)) == 2
    assert len(bench.asked) == len(set(bench.asked))
    assert runs.done == told
    assert not failures


async def test_a_run_that_breaks_down_does_not_end_the_others() -> None:
    bench, failures = Scripted(), list[str]()
    runs = Runs(cast(Bench, bench), lambda run: None, failures.append)
    many = Plan([], [16, 1], ["live"], RecogniserConfig(Wanted()), EndpointSettings(), "en")
    assert await runs.of("live", many) is None
    assert [run["streams"] for run in runs.done] == [1]
    assert failures == ["Too much."]


async def test_a_model_with_nothing_learnt_needs_the_words(tmp_path: Path) -> None:
    sound = to_wav(np.ones(1600, np.int16), tmp_path / "sound.wav", rate=16_000)
    with pytest.raises(BenchError, match=r"needs .*sound\.json"):
        await benchmark(plan([sound], "shape:tiny"), lambda run: None, lambda failure: None)
