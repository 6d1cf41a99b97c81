import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command


def test_each_mode_is_measured_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "figures.json"
    call_command("bench_mixing", sources=3, seconds=2, json=out)
    figures = json.loads(out.read_text())
    assert [(each["mode"], each["sources"], each["frames"]) for each in figures] == [
        ("mix", 3, 100),
        ("separate", 3, 100),
        ("switch", 3, 100),
    ]
    assert all(0 < each["mean_ms"] <= each["longest_ms"] for each in figures)
    assert "switch" in capsys.readouterr().out


def test_what_cannot_be_measured_is_said() -> None:
    with pytest.raises(CommandError):
        call_command("bench_mixing", sources=1)
    with pytest.raises(CommandError):
        call_command("bench_mixing", seconds=0)
