from dataclasses import replace

import pytest

from captions.benchmarks.corpus import load
from captions.benchmarks.errors import BenchError
from captions.benchmarks.soak import Spent, soak, summary
from captions.speech.endpointing import EndpointSettings
from captions.speech.vad import VadModel
from tests.speech_data import DATA


async def test_every_pass_gives_the_same_words() -> None:
    note = load(DATA / "note-en-us.flac").until(6.0)
    hours: list[float] = []
    found = await soak(note, 30 / 3600, VadModel(), EndpointSettings(), hours.append)
    assert found["passes"] == len(hours) == 4
    assert found["words"] == found["words_expected"]
    assert found["finals"] >= 4
    assert found["rss_mb_first"] > 0


async def test_a_soak_needs_the_words() -> None:
    note = replace(load(DATA / "note-en-us.flac"), words=())
    with pytest.raises(BenchError, match="json"):
        await soak(note, 1, VadModel(), EndpointSettings())


async def test_words_come_through_packets_that_are_lost_and_overtaken() -> None:
    note = load(DATA / "note-en-us.flac").until(6.0)
    found = await soak(note, 30 / 3600, VadModel(), EndpointSettings(), packets=True)
    assert found["words"] == found["words_expected"]
    lost = found["packets_lost"] / (found["packets"] + found["packets_lost"])
    assert 0.01 < lost < 0.05
    assert found["packets_concealed"] > 0


def test_the_end_is_held_against_the_beginning() -> None:
    spent = Spent(
        passes=[1.0] * 6 + [1.5] * 48 + [2.0] * 6, rss_mb=[200.0] * 6 + [100.0 + n for n in range(54)]
    )
    for second in range(3600):
        spent.second(0.010 if second < 60 else 0.5 if second < 3540 else 0.011 if second < 3595 else 0.030)
    found = summary(spent, 60.0)
    assert found["session_hours"] == 1
    assert found["passes"] == 60
    assert found["slower"] == 2.0
    assert found["cpu_ms_per_audio_s"] == {
        "first_minute": {"p50": 10.0, "p95": 10.0},
        "last_minute": {"p50": 11.0, "p95": 30.0},
    }
    assert found["slower_minute"] == 1.1
    # A megabyte a minute, of 134 on the average.
    assert found["rss_percent_per_hour"] == pytest.approx(100 * 60 / 133.85, rel=0.01)
