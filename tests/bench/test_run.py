"""A benchmark of two seconds of speech, with an engine that needs no time and makes no mistake."""

from typing import Any, cast

import pytest

from captions.bench.errors import BenchError
from captions.bench.material import load
from captions.bench.run import Bench, Policy
from captions.bench.script import NoModel
from captions.recogniser.recogniser import Recogniser
from captions.speech.endpointing import EndpointSettings
from captions.speech.vad import VadModel
from tests.audio import DATA


@pytest.mark.parametrize(("policy", "webrtc"), [("live", False), ("naive", False), ("live", True)])
async def test_a_run_without_a_mistake_measures_none(policy: Policy, webrtc: bool) -> None:
    materials = [load(DATA / "note-en-us.flac", 2.0)]
    recogniser = cast(Recogniser, NoModel())
    bench = Bench(
        materials,
        "none",
        recogniser,
        VadModel(),
        EndpointSettings(),
        "en",
        scripted=True,
        webrtc=webrtc,
    )
    await bench.listen_offline()
    found: dict[str, Any] = (await bench.run(policy, 1)).json
    assert (found["policy"], found["model"], found["streams"], found["webrtc"]) == (policy, "none", 1, webrtc)
    assert found["wer_live"] == found["wer_offline"] == 0
    assert found["rewritten_stable"] == found["lost_words"] == found["doubled_words"] == 0
    assert found["shown_s"]["p50"] <= found["stable_s"]["p50"]
    assert found["final_s"]["p50"] > 0
    assert found["decode_s_per_audio_s"] == {"partial": 0, "final": 0}
    assert found["rss_mb"] > 0
    assert found["loop_lag_ms"]["p50"] is not None


def test_a_recording_is_cut_between_words() -> None:
    whole = load(DATA / "note-en-us.flac")
    part = load(DATA / "note-en-us.flac", 2.0)
    assert whole.reference is not None
    assert part.reference is not None
    assert part.seconds <= 2.0
    assert whole.until(1000) is whole
    assert part.reference.words == whole.reference.words[: len(part.reference.words)]
    assert part.reference.words[-1].end_ms == pytest.approx(part.seconds * 1000, abs=1)


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(BenchError, match="missing"):
        load(DATA / "missing.flac")
