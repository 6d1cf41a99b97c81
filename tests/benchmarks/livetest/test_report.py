import json
from pathlib import Path

from captions.benchmarks.livetest.client import Recording
from captions.benchmarks.livetest.report import StreamReport, report, table
from tests.benchmarks.livetest.test_measure import ONE, TWO, reference


def stream(error: str | None = None, *, replayed: bool = True) -> StreamReport:
    recording = Recording(
        began=100.0,
        marks={"ready": 100.2, "offered": 100.3, "answered": 100.4, "live": 100.5, "stopped": 104.0},
        messages=[
            (
                100.2,
                {
                    "type": "ready",
                    "gen": 0,
                    "ice_servers": [{"urls": "turn:t", "credential": "secret-word"}],
                },
            ),
            (100.4, {"type": "answer", "gen": 1, "sdp": "v=0 private"}),
            (102.5, ONE),
            (103.5, TWO),
        ],
        replayed=[ONE, TWO] if replayed else [ONE],
        speech_began=101.0,
        error=error,
    )
    return report(Path("dir/note.flac"), "some-id", 3000, recording, reference("one two", 900, 1900))


def test_json_has_times_on_the_clock_of_the_sound_and_nothing_private() -> None:
    data = json.loads(json.dumps(stream().as_json()))
    assert data["ok"] is True
    assert data["setup_ms"] == {"ready": 200, "offered": 300, "answered": 400, "live": 500}
    assert [event["at_ms"] for event in data["events"]] == [-800, -600, 1500, 2500]
    assert data["wer"] == {"errors": 0, "words": 2, "rate": 0.0}
    assert data["latency_ms"]["speech_to_final"] == {"count": 2, "p50": 600, "p95": 600, "longest": 600}
    assert data["finals"] == {"received": 2, "missing": [], "doubled": [], "changed": []}
    assert "private" not in json.dumps(data)
    assert "secret-word" not in json.dumps(data)


def test_a_table_for_people() -> None:
    text = table([stream(), stream()])
    assert "note.flac" in text
    assert "0.0% (0/2)" in text
    assert "500 ms" in text
    assert "600/600" in text
    assert "Stream" not in text


def test_what_went_wrong_is_said() -> None:
    text = table([stream("The server is busy."), stream(replayed=False)])
    assert "Stream 1: The server is busy." in text
    assert "Stream 2: finals changed: 2." in text


def test_a_stream_that_never_began() -> None:
    failed = report(Path("a.wav"), "", 1000, Recording(began=1.0, error="Nothing answers."), None)
    assert not failed.ok
    assert "–" in table([failed])
    assert failed.as_json()["wer"] is None
