import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from captions.asr.engine.base import Wanted
from captions.asr.engine.model_files import find
from captions.management.commands import bench_live, bench_speech
from tests.speech_data import DATA

CORPUS = ["--corpus", str(DATA), "--only", "note-en-us"]


@pytest.fixture
def model() -> str:
    found = find(Wanted("tiny.en"))
    if found is None:
        pytest.skip("The model tiny.en is not on this machine.")
    return found.path


@pytest.mark.parametrize("streams", ["", "one", "1,0", "1,,2"])
def test_streams_are_numbers(streams: str) -> None:
    with pytest.raises(CommandError, match="is not a list of numbers"):
        call_command("bench_live", *CORPUS, f"--streams={streams}", "--json", "out.json")


def test_programs_are_known() -> None:
    with pytest.raises(CommandError, match="is not a list of programs: whisper-live, whisperlivekit"):
        call_command("bench_live", *CORPUS, "--peer", "best", "--json", "out.json")


def test_a_folder_must_be_there(tmp_path: Path) -> None:
    for command in ("bench_live", "bench_file", "bench_speech"):
        with pytest.raises(CommandError, match="There is no folder"):
            call_command(command, "--corpus", str(tmp_path / "none"), "--json", str(tmp_path / "out.json"))


def test_what_is_asked_for_is_planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plans = []

    async def benchmark(plan: Any, on_run: Any, say: Any) -> dict[str, Any]:
        plans.append(plan)
        say("Nothing could be measured.")
        return {"runs": [], "capacity": {}}

    monkeypatch.setattr(bench_live, "benchmark", benchmark)
    options = ["--streams", "1,2", "--lane-seconds", "9", "--peer", "all", "--noise", "2", "--detect"]
    with pytest.raises(CommandError, match="Nothing could be measured"):
        call_command("bench_live", *CORPUS, "--cut", "3", *options, "--json", str(tmp_path / "out.json"))
    (plan,) = plans
    assert [each.name for each in plan.recordings] == ["note-en-us"]
    assert plan.recordings[0].seconds <= 3
    assert (plan.streams, plan.lane_seconds, plan.noise_minutes) == ([1, 2], 9, 2)
    assert plan.peers == ["whisper-live", "whisperlivekit"]
    assert not plan.tell_language


def test_parts_are_kept_until_they_are_measured_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    measured: list[tuple[str, str]] = []

    async def benchmark(plan: Any, on_run: Any, say: Any) -> dict[str, Any]:
        measured.append(("live", plan.recogniser.model.model))
        assert plan.until_full
        return {"runs": [], "capacity": {}, "noise": []}

    monkeypatch.setattr(bench_speech, "benchmark", benchmark)
    for model in ("base", "tiny.en"):
        call_command("bench_speech", *CORPUS, "--model", model, "--parts", "live", "--json", str(out))
    assert measured == [("live", "base"), ("live", "tiny.en")]
    assert set(json.loads(out.read_text("utf-8"))["models"]) == {"base", "tiny.en"}
    capsys.readouterr()
    call_command("bench_speech", *CORPUS, "--table", "--json", str(out))
    assert capsys.readouterr().out.startswith("|  | base | tiny.en |")
    out.write_text('{"runs": []}', "utf-8")
    with pytest.raises(CommandError, match="holds other figures"):
        call_command("bench_speech", *CORPUS, "--table", "--json", str(out))


def test_a_real_model_is_measured(model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.json"
    call_command("bench_live", *CORPUS, "--cut", "2", "--model", model, "--json", str(out))
    found = json.loads(out.read_text("utf-8"))
    assert set(found) == {"machine", "runs", "capacity", "noise"}
    (run,) = found["runs"]
    assert run["system"] == "live"
    assert run["word_errors"]["ordinary"]["ours"]["words"] > 0
    assert run["decode_s_per_audio_s"] > 0
    assert run["cpu_s_per_audio_s"] > 0
    assert "live             1 streams" in capsys.readouterr().out
