import sys
from pathlib import Path
from typing import Any

import pytest

from captions.benchmarks.plot import draw

DELAYS = {"p50": 0.3, "p95": 0.7, "p99": 0.9}
UNKNOWN = dict.fromkeys(DELAYS)


def run(system: str, streams: int) -> dict[str, Any]:
    return {
        "system": system,
        "model": "base",
        "streams": streams,
        "shown_s": DELAYS,
        "stable_s": DELAYS,
        "final_s": UNKNOWN,
        "decode_s_per_audio_s": 0.2 if system == "live" else None,
        "cpu_s_per_audio_s": 0.3,
    }


def test_runs_are_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra `bench` is not installed")
    path = tmp_path / "out.svg"
    assert draw([run("live", 4), run("live", 1), run("whisper-live", 1)], path)
    assert path.read_text("utf-8").lstrip().startswith("<?xml")


def test_without_matplotlib_nothing_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert not draw([run("live", 1)], tmp_path / "out.svg")
    assert not (tmp_path / "out.svg").exists()
