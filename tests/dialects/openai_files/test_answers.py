import json
import math
from dataclasses import replace
from typing import Any

import pytest

from captions.dialects.openai_files.answers import as_json, done_event, packed, segment_event, text_of
from captions.dialects.openai_files.asking import FORMATS, Asked
from captions.speech.passage import Passage
from captions.speech.types import Word
from tests.factories import words_of

ENGLISH = Passage(500, 1_500, "Good morning.", words_of("Good morning.", 500), 0.9, "en")
GERMAN = Passage(2_000, 4_000, "Guten Morgen, Welt.", words_of("Guten Morgen, Welt.", 2_000), 0.8, "de")
JAPANESE = [
    Passage(0, 900, "今日は。", (Word(0, 900, "今日は。", 0.5),), 0.5, "ja"),
    Passage(1_000, 1_900, "東京。", (Word(1_000, 1_900, "東京。", 0.5),), 0.5, "ja"),
]


def streamed(asked: Asked, passages: list[Passage]) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    before = ""
    for number, passage in enumerate(passages):
        events += segment_event(asked, passage, number, before)
        before = text_of(passages[: number + 1])
    return [*events, done_event(asked, passages)]


def test_json() -> None:
    assert as_json(Asked(), [ENGLISH, GERMAN], 4.5) == {
        "text": "Good morning. Guten Morgen, Welt.",
        "languages": [{"code": "de"}, {"code": "en"}],
        "usage": {"type": "duration", "seconds": 4.5},
    }


def test_nothing_said() -> None:
    assert as_json(Asked(), [], 2.0) == {
        "text": "",
        "languages": [],
        "usage": {"type": "duration", "seconds": 2.0},
    }
    assert as_json(Asked(language="fr", format="verbose_json"), [], 2.0)["language"] == "french"


def test_verbose_json() -> None:
    asked = Asked(format="verbose_json", with_words=True)
    answer = as_json(asked, [GERMAN], 4.5)
    assert (answer["task"], answer["language"], answer["duration"]) == ("transcribe", "german", 4.5)
    assert answer["words"][0] == {"word": "Guten", "start": 2.0, "end": GERMAN.words[0].end_ms / 1000}
    segment = answer["segments"][0]
    assert (segment["id"], segment["start"], segment["end"], segment["text"]) == (0, 2.0, 4.0, GERMAN.text)
    assert set(segment) == {
        "id", "seek", "start", "end", "text", "tokens", "temperature",
        "avg_logprob", "compression_ratio", "no_speech_prob",
    }  # fmt: skip
    assert segment["avg_logprob"] == pytest.approx(math.log(GERMAN.words[0].probability))
    assert "words" not in as_json(Asked(format="verbose_json"), [GERMAN], 4.5)
    assert "segments" not in as_json(Asked(format="verbose_json", with_segments=False), [GERMAN], 4.5)


def test_diarized_json_has_one_speaker() -> None:
    answer = as_json(Asked(format="diarized_json", speaker="Ada"), [ENGLISH, GERMAN], 4.5)
    assert [each["speaker"] for each in answer["segments"]] == ["Ada", "Ada"]
    assert [each["id"] for each in answer["segments"]] == ["seg_0", "seg_1"]
    assert answer["segments"][0]["type"] == "transcript.text.segment"


def test_diarized_json_has_a_letter_for_each_voice() -> None:
    said = [replace(GERMAN, speaker=number) for number in (0, 1, 2, 26, 27)]
    answer = as_json(Asked(format="diarized_json"), said, 4.5)
    assert [each["speaker"] for each in answer["segments"]] == ["A", "A", "B", "Z", "A1"]
    # The one name that a client gave is the first one's.
    answer = as_json(Asked(format="diarized_json", speaker="Ada"), said[1:3], 4.5)
    assert [each["speaker"] for each in answer["segments"]] == ["Ada", "B"]


def test_a_translation_is_english() -> None:
    asked = Asked(format="verbose_json", translate=True)
    answer = as_json(asked, [ENGLISH], 4.5)
    assert (answer["task"], answer["language"]) == ("translate", "english")


def test_logprobs_are_one_for_each_word() -> None:
    answer = as_json(Asked(with_logprobs=True), [ENGLISH, GERMAN], 4.5)
    assert "".join(each["token"] for each in answer["logprobs"]) == answer["text"]
    assert all(bytes(each["bytes"]).decode() == each["token"] for each in answer["logprobs"])
    sure, impossible = Word(0, 1, "a", 1.0), Word(1, 2, " b", 0.0)
    logs = as_json(Asked(with_logprobs=True), [Passage(0, 2, "a b", (sure, impossible))], 1.0)["logprobs"]
    assert logs[0]["logprob"] == 0.0
    assert -20 < logs[1]["logprob"] < -10


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "passages", [[], [ENGLISH], [ENGLISH, GERMAN], JAPANESE], ids=("none", "one", "two", "unspaced")
)
def test_what_is_streamed_is_what_is_not(format: str, passages: list[Passage]) -> None:
    asked = Asked(format=format, with_logprobs=True)
    events = streamed(asked, passages)
    deltas = [each for each in events if each["type"] == "transcript.text.delta"]
    done = events[-1]
    assert "".join(each["delta"] for each in deltas) == done["text"] == text_of(passages)
    assert [entry for each in deltas for entry in each["logprobs"]] == done["logprobs"]
    assert done["text"] == as_json(asked, passages, 1.0)["text"]
    segments = [each for each in events if each["type"] == "transcript.text.segment"]
    if format == "diarized_json":
        assert segments == as_json(asked, passages, 1.0)["segments"]
        assert [each["segment_id"] for each in deltas] == [each["id"] for each in segments]
    else:
        assert not segments
    # A client takes any event with this name for a failure.
    assert not any("error" in each for each in events)


def test_no_space_in_scripts_without() -> None:
    assert text_of(JAPANESE) == "今日は。東京。"


def test_an_event_as_it_is_sent() -> None:
    sent = packed({"type": "transcript.text.delta", "delta": "Grüße\n\n"})
    assert sent.startswith(b"data: {")
    assert sent.endswith(b"}\n\n")
    assert sent.count(b"\n") == 2
    assert json.loads(sent[6:])["delta"] == "Grüße\n\n"
