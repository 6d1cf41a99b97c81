import asyncio
from pathlib import Path

import numpy as np
import pytest

from captions.benchmarks.corpus import Recording
from captions.benchmarks.lanes import Spoken, lanes, speak_lanes
from captions.benchmarks.page import Row, Snapshot


def recording(name: str, seconds: float) -> Recording:
    return Recording(
        name, Path(name), np.zeros(round(seconds * 16_000), np.int16), "en", "", (), "ordinary", True, True
    )


THREE = [recording("a", 10), recording("b", 20), recording("c", 30)]


def names(streams: int, seconds: float | None) -> list[str]:
    return ["".join(each.name for each in lane) for lane in lanes(THREE, streams, seconds)]


def test_one_speaks_all_and_several_begin_at_different_ones() -> None:
    assert names(1, 5) == ["abc"]
    assert names(3, 25) == ["ab", "bc", "c"]
    assert names(2, 61) == ["abca", "bcab"]
    assert names(4, 15) == ["ab", "b", "c", "ab"]
    assert names(2, None) == ["abc", "bca"]


async def test_lanes_are_spoken_at_once_and_end_together_when_one_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("captions.benchmarks.lanes._SPREAD_SECONDS", 0)
    ended: list[str] = []

    async def speak(each: Recording) -> Spoken:
        await asyncio.sleep(each.seconds / 1000)
        ended.append(each.name)
        return Spoken(each, (Snapshot(0, (Row(each.name, saved=True), Row("open"))),))

    found = await speak_lanes([THREE[:2], THREE[2:]], speak)
    assert [spoken.rows for spoken in found] == [("a",), ("b",), ("c",)]
    assert ended == ["a", "b", "c"] or ended == ["a", "c", "b"]

    async def fail(each: Recording) -> Spoken:
        if each.name == "a":
            raise ValueError
        await asyncio.sleep(60)
        raise AssertionError

    with pytest.raises(ValueError):  # noqa: PT011
        await speak_lanes([THREE[:1], THREE[2:]], fail)
