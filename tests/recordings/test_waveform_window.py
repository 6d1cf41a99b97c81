import math
from pathlib import Path

import av
import numpy as np
import pytest

from captions.recordings.waveform_window import waveform_window

_RATE = 48_000


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Twenty seconds of silence with a tone from 12 s to 13 s."""
    path = tmp_path_factory.mktemp("closeup") / "tone.opus"
    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=_RATE, layout="mono")
        for number in range(20 * 50):
            at = (np.arange(960) + number * 960) / _RATE
            wave = np.sin(2 * math.pi * 440 * at) * ((at >= 12) & (at < 13))
            frame = av.AudioFrame.from_ndarray((wave * 16_000).astype(np.int16)[None], "s16", "mono")
            frame.sample_rate, frame.pts = _RATE, number * 960
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return str(path)


def test_the_outline_is_of_the_seconds_asked_for(file: str) -> None:
    levels = np.frombuffer(waveform_window(file, 11_000, 15_000, 80), np.uint8)
    loud = np.flatnonzero(levels > 200)
    # Each stretch is 50 ms, and a frame of Opus 20.
    assert abs(int(loud[0]) - 20) <= 1
    assert abs(int(loud[-1]) - 39) <= 1
    assert levels[:18].max() < 60
    assert levels[43:].max() < 60


def test_what_lies_outside_is_silent(file: str) -> None:
    assert max(waveform_window(file, 19_000, 25_000, 60)) < 60
    assert waveform_window(file, 40_000, 41_000, 10) == bytes(10)


def test_what_is_no_sound_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.opus").write_bytes(bytes(1000))
    with pytest.raises(av.FFmpegError):
        waveform_window(str(tmp_path / "x.opus"), 0, 1_000, 10)
