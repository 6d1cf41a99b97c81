from typing import Any

from captions.bench.figures import Cost, Setup, Spoken, figures
from captions.livetest.measure import Event
from captions.livetest.reference import Reference, ReferenceWord

COST = Cost(
    audio_seconds=20.0,
    decode_seconds={"partial": 2.0, "final": 1.0},
    cpu_seconds=5.0,
    rss_mb=300.4,
    lags_ms=[1.0] * 99 + [40.0],
)
SETUP = Setup("live", "demo", 2, webrtc=False)


def said(at_ms: float, kind: str, **fields: Any) -> Event:
    return Event(at_ms, {"type": kind, "utterance": "a", "seq": 1, "start_ms": 0, **fields})


def stream(late_ms: float) -> Spoken:
    """Two words that end at 500 and 1000 ms, shown `late_ms` after that, stable with the final at 1600 ms."""
    reference = Reference("Buy milk", (ReferenceWord("buy", 500), ReferenceWord("milk", 1000)))
    events = [
        said(500 + late_ms, "partial", stable="", tentative="Buy"),
        said(1000 + late_ms, "partial", stable="", tentative="Buy milk"),
        said(1600, "final", end_ms=1000, text="Buy milk."),
    ]
    return Spoken(events, reference, "buy silk")


def test_the_words_of_all_streams_are_pooled_in_the_shape_that_is_promised() -> None:
    found = figures(SETUP, [stream(200), stream(400)], COST)
    assert found.json == {
        "policy": "live",
        "model": "demo",
        "streams": 2,
        "webrtc": False,
        "shown_s": {"p50": 0.2, "p95": 0.4, "p99": 0.4},
        "stable_s": {"p50": 0.6, "p95": 1.1, "p99": 1.1},
        "final_s": {"p50": 0.6, "p95": 0.6, "p99": 0.6},
        "wer_live": 0.0,
        "wer_offline": 0.5,
        "rewritten_stable": 0,
        "corrected_stable": 0,
        "lost_words": 0,
        "doubled_words": 0,
        "decode_s_per_audio_s": {"partial": 0.1, "final": 0.05},
        "cpu_s_per_audio_s": 0.25,
        "rss_mb": 300,
        "loop_lag_ms": {"p50": 1.0, "p99": 1.0},
    }
    assert found.longest_final_s == 0.6
    assert found.shown_p95 == 0.4


def test_what_cannot_be_known_is_null() -> None:
    found = figures(SETUP, [Spoken([], None, "")], COST)
    assert found.json["wer_live"] is found.json["wer_offline"] is None
    assert found.json["lost_words"] is found.json["doubled_words"] is None
    assert found.json["shown_s"] == found.json["final_s"] == {"p50": None, "p95": None, "p99": None}
    assert found.longest_final_s is None
