"""Rows that are kept, and the table of them."""

from pathlib import Path

import numpy as np
import pytest

from tests.faults import processes, report  # noqa: F401
from tests.faults.report import Results, write_table
from tests.faults.scene import Outcome
from tests.faults.score import Score
from tests.faults.speech import Speech

SPEECH = Speech("real", np.zeros(16_000, np.int16), (), ())
WHOLE = Score(100, (), (), (), 0.0)


def outcome(score: Score, live_again: float | None = 1.25) -> Outcome:
    return Outcome(score, 4.0, live_again, 60.0, (), "text", ())


def test_row_is_ok_if_nothing_is_lost_and_text_is_soon_live():
    assert outcome(WHOLE).ok
    assert not outcome(WHOLE, 5.1).ok
    assert not outcome(WHOLE, None).ok
    assert not outcome(Score(100, ("word",), (), (), 300.0)).ok


def test_rows_are_kept_and_measured_again_with_another_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WHISPER_MODEL", "/models/base")
    results = Results(SPEECH, tmp_path)
    results.add("web", outcome(WHOLE))
    results.fail("valkey", "It did not come about.")
    assert results.ok("web")
    assert not results.ok("valkey")
    assert Results(SPEECH, tmp_path).measured == {"web"}
    monkeypatch.setenv("WHISPER_MODEL", "/models/tiny")
    assert Results(SPEECH, tmp_path).measured == set()


def test_table_is_put_between_its_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    document = tmp_path / "reliability.md"
    document.write_text(f"Before.\n\n{report._BEGIN}\nold\n{report._END}\n\nAfter.\n")
    monkeypatch.setattr(report, "DOCUMENT", document)
    results = Results(SPEECH, tmp_path)
    results.add("web", outcome(Score(100, ("one", "word"), (), (), 700.0)))
    results.leave_out("recogniser", "It needs root.")
    for _ in range(2):
        write_table(results)
    text = document.read_text()
    assert "| Web killed | 100 | 2 | 0 | 0 | 0.7 s | 4.0 s | 1.2 s |" in text
    assert "| Recogniser killed | not measured: It needs root. |" in text
    assert text.startswith("Before.\n\n")
    assert text.endswith("\n\nAfter.\n")
    assert "old" not in text
    assert text.count("| Web killed") == 1
