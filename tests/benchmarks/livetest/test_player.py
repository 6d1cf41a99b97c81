import asyncio
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from captions.benchmarks.livetest import player
from captions.benchmarks.livetest.errors import LivetestError
from captions.benchmarks.livetest.player import FRAME, RATE, FileTrack, load_sound
from captions.benchmarks.livetest.reference import load_reference
from tests.speech_data import DATA
from tests.speech_data import load_reference as spoken


async def test_frames_come_in_real_time_without_drift(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    monkeypatch.setattr(player, "time", SimpleNamespace(monotonic=lambda: now))
    monkeypatch.setattr(player, "asyncio", SimpleNamespace(Event=asyncio.Event, sleep=sleep))
    track = FileTrack(np.arange(FRAME * 10 + 100, dtype=np.int16))
    frames = [await track.recv() for _ in range(5)]
    # Being late once must not delay what follows.
    now += 0.15
    frames += [await track.recv() for _ in range(15)]
    assert track.began == 100
    assert now == pytest.approx(100.4)
    assert [frame.pts for frame in frames] == [number * FRAME for number in range(20)]
    samples = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])
    assert (samples[: FRAME * 10 + 100] == np.arange(FRAME * 10 + 100, dtype=np.int16)).all()
    assert not samples[FRAME * 10 + 100 :].any()
    track.stop()


async def test_the_end_of_the_sound_is_told() -> None:
    track = FileTrack(np.ones(FRAME + 1, np.int16))
    await track.recv()
    assert not track.spoken.is_set()
    await track.recv()
    assert track.spoken.is_set()


def test_files_are_decoded_whole() -> None:
    path = DATA / "note-en-us.flac"
    assert len(load_sound(path)) / RATE == pytest.approx(spoken(path).duration_ms / 1000, abs=0.01)


def test_files_that_cannot_be_spoken(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a sound")
    with pytest.raises(LivetestError, match="not a sound file"):
        load_sound(text)
    with pytest.raises(LivetestError, match="cannot be read"):
        load_sound(tmp_path / "nothing.wav")


def test_the_reference_beside_a_file(tmp_path: Path) -> None:
    found = load_reference(DATA / "note-en-us.flac")
    assert found is not None
    assert found.text.startswith("What time is the medicine at noon?")
    assert found.words[0].text == "what"
    assert found.words[0].end_ms == 854
    assert load_reference(tmp_path / "other.wav") is None
    (tmp_path / "other.json").write_text('{"words": [{"text": "Well-known", "start_ms": 1, "end_ms": 2}]}')
    other = load_reference(tmp_path / "other.wav")
    assert other is not None
    assert (other.text, [word.text for word in other.words]) == ("Well-known", ["well", "known"])
    (tmp_path / "other.json").write_text('{"words": 5}')
    with pytest.raises(LivetestError, match="not a reference"):
        load_reference(tmp_path / "other.wav")
