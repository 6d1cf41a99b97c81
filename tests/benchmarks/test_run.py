"""A benchmark of two seconds of speech, with an engine that needs no time and makes no mistake."""

from typing import cast

import pytest

from captions.asr.process.recogniser import Recogniser
from captions.benchmarks import stream
from captions.benchmarks.corpus import Recording, load
from captions.benchmarks.run import Bench
from captions.benchmarks.script import NoModel, NotedListener, Script, ScriptedRecogniser
from captions.benchmarks.whole_file import WholeText
from captions.speech.passage import Passage
from captions.speech.types import Word, join
from captions.speech.vad import VadModel
from tests.speech_data import DATA


def opens(recording: Recording) -> stream.Make:
    script = Script(recording.words)

    def make(session: str, tell: stream.Tell) -> stream.Speaking:
        return stream.live(
            session,
            tell,
            language="en",
            listener=NotedListener(script, VadModel()),
            recogniser=cast(Recogniser, ScriptedRecogniser(script, NoModel())),
        )

    return make


def whole(recording: Recording) -> WholeText:
    return WholeText(recording.text, (recording.text,), 1.0, 1.0)


def again(recording: Recording) -> list[Passage]:
    """As it was said, but for its last word."""
    *before, last = recording.words
    words = [Word(int(each.start_ms), int(each.end_ms), f" {each.text}", 0.9) for each in before]
    words.append(Word(int(last.start_ms), int(last.end_ms), " otherwise", 0.9))
    return [Passage(words[0].start_ms, words[-1].end_ms, join(words), tuple(words), 0.9, "en")]


@pytest.mark.parametrize("webrtc", [False, True])
async def test_a_run_without_a_mistake_measures_none(webrtc: bool) -> None:
    recordings = [load(DATA / "note-en-us.flac").until(2.0)]
    found = (await Bench("none", recordings, opens, whole, again, webrtc=webrtc).run(1)).json
    assert (found["system"], found["model"], found["streams"], found["webrtc"]) == ("live", "none", 1, webrtc)
    errors = found["word_errors"]["ordinary"]
    assert errors["ours"]["errors"] == errors["whole_file"]["errors"] == 0
    assert found["second_pass"]["word_errors"]["ordinary"]["ours"]["errors"] == 1
    assert found["timed_words"] == len(recordings[0].words)
    assert found["rewritten_stable"] == found["lost_words"] == found["vanished_words"] == 0
    assert found["shown_s"]["p50"] <= found["stable_s"]["p50"]
    assert found["final_s"]["p50"] > 0
    assert found["decode_s_per_audio_s"] == 0
    assert found["rss_mb"] > 0
    assert found["loop_lag_ms"]["p50"] is not None
