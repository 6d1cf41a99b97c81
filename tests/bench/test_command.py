import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.audio import DATA

NOTE = str(DATA / "note-en-us.flac")


@pytest.mark.parametrize("streams", ["", "one", "1,0", "1,,2"])
def test_streams_are_numbers(streams: str) -> None:
    with pytest.raises(CommandError, match="is not a list of numbers"):
        call_command("bench_live", "--audio", NOTE, f"--streams={streams}", "--json", "out.json")


def test_policies_are_known() -> None:
    with pytest.raises(CommandError, match="is not a list of policies"):
        call_command("bench_live", "--audio", NOTE, "--policy", "live,best", "--json", "out.json")


def test_a_sound_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="missing"):
        call_command(
            "bench_live", "--audio", str(tmp_path / "missing.flac"), "--json", str(tmp_path / "out.json")
        )


def test_a_real_model_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.json"
    call_command("bench_live", "--audio", NOTE, "--seconds", "2", "--model", "demo", "--json", str(out))
    found = json.loads(out.read_text("utf-8"))
    assert set(found) == {"machine", "runs", "capacity"}
    (run,) = found["runs"]
    assert set(run) == {
        "policy",
        "model",
        "streams",
        "webrtc",
        "shown_s",
        "stable_s",
        "final_s",
        "wer_live",
        "wer_offline",
        "rewritten_stable",
        "corrected_stable",
        "lost_words",
        "doubled_words",
        "decode_s_per_audio_s",
        "cpu_s_per_audio_s",
        "rss_mb",
        "loop_lag_ms",
    }
    assert run["decode_s_per_audio_s"]["final"] > 0
    assert run["cpu_s_per_audio_s"] > 0
    assert "live    1 streams" in capsys.readouterr().out
