from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from captions.dialects.deepgram import answers
from captions.dialects.deepgram.answers import About
from captions.dialects.deepgram.asking import Ask
from captions.dialects.deepgram.prerecorded import answer
from captions.dialects.deepgram.replacing import Replacement
from captions.speech.passage import Passage

from .telling import passage

METADATA = answers.metadata(
    About("r1", "base"),
    sha256="00ff",
    created=datetime(2026, 11, 30, 12, 0, 0, 5000, UTC),
    duration_ms=6_250,
    channels=1,
)
FINALS = [
    passage("Hello, Kiel.", 500, 1_500),
    passage("It rains.", 1_700, 2_700),
    passage("Auf Wiedersehen, bis morgen früh.", 5_000, 6_000, language="de"),
]


def answered(finals: list[Passage] | None = None, **asked: Any) -> dict[str, Any]:
    results: dict[str, Any] = answer(Ask(**asked), FINALS if finals is None else finals, METADATA)["results"]
    return results


def test_metadata() -> None:
    uuid = About("r1", "base").model_uuid
    assert answer(Ask(), [], METADATA)["metadata"] == {
        "transaction_key": "deprecated",
        "request_id": "r1",
        "sha256": "00ff",
        "created": "2026-11-30T12:00:00.005Z",
        "duration": 6.25,
        "channels": 1,
        "models": [uuid],
        "model_info": {uuid: {"name": "base", "version": "", "arch": "whisper"}},
    }


def test_all_that_was_heard_is_one_alternative() -> None:
    results = answered(language="en")
    [alternative] = results["channels"][0]["alternatives"]
    assert alternative["transcript"] == "Hello, Kiel. It rains. Auf Wiedersehen, bis morgen früh."
    assert [word["word"] for word in alternative["words"]][:4] == ["hello", "kiel", "it", "rains"]
    assert alternative["confidence"] == 0.9
    assert set(results) == {"channels"}
    assert set(alternative) == {"transcript", "confidence", "words"}


def test_silence_is_an_empty_alternative() -> None:
    assert answered([], utterances=True, paragraphs=True) == {
        "channels": [
            {
                "alternatives": [
                    {
                        "transcript": "",
                        "confidence": 0.0,
                        "words": [],
                        "paragraphs": {"transcript": "", "paragraphs": []},
                    }
                ]
            }
        ],
        "utterances": [],
    }


def test_the_language_with_most_words_comes_first() -> None:
    channel = answered()["channels"][0]
    assert channel["detected_language"] == "de"
    assert channel["alternatives"][0]["languages"] == ["de", "en"]


def test_utterances_are_the_sentences() -> None:
    utterances = answered(utterances=True)["utterances"]
    assert [(each["start"], each["end"], each["transcript"], each["id"]) for each in utterances] == [
        (0.5, 1.5, "Hello, Kiel.", "r1-1"),
        (1.7, 2.7, "It rains.", "r1-2"),
        (5.0, 6.0, "Auf Wiedersehen, bis morgen früh.", "r1-3"),
    ]
    assert utterances[0]["channel"] == 0
    assert utterances[0]["words"][0]["punctuated_word"] == "Hello,"


def test_a_long_pause_begins_a_paragraph() -> None:
    paragraphs = answered(paragraphs=True)["channels"][0]["alternatives"][0]["paragraphs"]
    assert paragraphs["transcript"] == "Hello, Kiel. It rains.\n\nAuf Wiedersehen, bis morgen früh."
    first, second = paragraphs["paragraphs"]
    assert first == {
        "sentences": [
            {"text": "Hello, Kiel.", "start": 0.5, "end": 1.5},
            {"text": "It rains.", "start": 1.7, "end": 2.7},
        ],
        "num_words": 4,
        "start": 0.5,
        "end": 2.7,
    }
    assert second["start"] == 5.0


def test_replacements_are_made() -> None:
    results = answered(replacements=(Replacement("kiel", "Lübeck"),), utterances=True)
    assert results["channels"][0]["alternatives"][0]["transcript"].startswith("Hello, Lübeck. It rains.")
    assert results["utterances"][0]["transcript"] == "Hello, Lübeck."


VOICES = [
    replace(each, speaker=speaker)
    for each, speaker in zip(
        [
            passage("Hello, Kiel.", 500, 1_500),
            passage("It rains.", 1_700, 2_700),
            passage("Yes.", 2_800, 3_000),
        ],
        (1, 1, 2),
        strict=True,
    )
]


def test_words_utterances_and_paragraphs_have_their_speakers() -> None:
    results = answered(VOICES, diarize=True, utterances=True, paragraphs=True)
    [said] = results["channels"][0]["alternatives"]
    assert [(each["word"], each["speaker"]) for each in said["words"]] == [
        ("hello", 0),
        ("kiel", 0),
        ("it", 0),
        ("rains", 0),
        ("yes", 1),
    ]
    assert [
        (each["speaker"], [word["speaker"] for word in each["words"]]) for each in results["utterances"]
    ] == [
        (0, [0, 0]),
        (0, [0, 0]),
        (1, [1]),
    ]
    assert [(each["speaker"], each["num_words"]) for each in said["paragraphs"]["paragraphs"]] == [
        (0, 4),
        (1, 1),
    ]
    assert said["paragraphs"]["transcript"] == "\nSpeaker 0: Hello, Kiel. It rains.\n\nSpeaker 1: Yes.\n"


def test_nobody_is_told_apart_who_was_not_asked_for() -> None:
    assert "speaker" not in str(answered(VOICES, utterances=True, paragraphs=True))
    whole = answer(Ask(diarize=True), FINALS, METADATA)
    [warning] = whole["metadata"]["warnings"]
    assert warning["parameter"] == "diarize"
    assert "speaker" not in str(whole["results"])
    assert "warnings" not in answer(Ask(diarize=True), VOICES, METADATA)["metadata"]
    assert "warnings" not in answer(Ask(diarize=True), [], METADATA)["metadata"]
