"""The Wyoming protocol: frames, what is asked for, and text that only grows."""

import json
from typing import Any

import pytest

from captions.dialects import wyoming
from captions.dialects.wyoming import (
    MOST_DATA_BYTES,
    MOST_PAYLOAD_BYTES,
    Event,
    SoundFormat,
    Transcript,
    Wish,
    WyomingError,
    head,
    packed,
)

LANGUAGES = frozenset({"en", "de", "pt"})


def partial(stable: str, utterance: str = "a") -> dict[str, Any]:
    return {"type": "partial", "utterance": utterance, "stable": stable, "tentative": "and perhaps"}


def final(text: str, utterance: str = "a", language: str = "en") -> dict[str, Any]:
    return {"type": "final", "utterance": utterance, "text": text, "language": language}


def test_an_event_with_data_in_its_line_and_after_it() -> None:
    line = {"type": "transcribe", "data": {"a": 1, "b": 1}, "data_length": 7, "payload_length": 2}
    found = head(json.dumps(line).encode() + b"\n")
    assert (found.data_bytes, found.payload_bytes) == (7, 2)
    assert found.complete(b'{"b":2}', b"ab") == Event("transcribe", {"a": 1, "b": 2}, b"ab")


@pytest.mark.parametrize(
    "line", [{"type": "describe"}, {"type": "describe", "data": None, "data_length": None}]
)
def test_an_event_of_nothing_but_its_type(line: dict[str, Any]) -> None:
    found = head(json.dumps(line).encode())
    assert (found.data_bytes, found.payload_bytes) == (0, 0)
    assert found.complete(b"", b"") == Event("describe")


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"describe\n",
        b"[]\n",
        b"\xff\xfe{\n",
        b"[" * 60_000,
        b'{"type": 1}',
        b'{"data": {}}',
        b'{"type": "a", "data": [1]}',
        b'{"type": "a", "data_length": -1}',
        b'{"type": "a", "data_length": true}',
        b'{"type": "a", "data_length": 1.5}',
        b'{"type": "a", "data_length": "1"}',
        b'{"type": "a", "payload_length": 1e999}',
        f'{{"type": "a", "data_length": {MOST_DATA_BYTES + 1}}}'.encode(),
        f'{{"type": "a", "payload_length": {MOST_PAYLOAD_BYTES + 1}}}'.encode(),
        b'{"type": "a", "payload_length": ' + b"9" * 5_000 + b"}",
    ],
)
def test_what_is_no_event(line: bytes) -> None:
    with pytest.raises(WyomingError):
        head(line)


def test_data_that_is_no_object() -> None:
    with pytest.raises(WyomingError):
        head(b'{"type": "a", "data_length": 2}').complete(b"[]", b"")


def test_the_longest_event() -> None:
    found = head(f'{{"type": "a", "data_length": {MOST_DATA_BYTES}, "payload_length": 0}}'.encode())
    assert found.data_bytes == MOST_DATA_BYTES


@pytest.mark.parametrize("text", ["Grüße", "line\nbreak", ""])
def test_what_is_packed_can_be_read(text: str) -> None:
    line, _newline, data = packed("transcript", text=text, kind="x").partition(b"\n")
    assert head(line).complete(data, b"") == Event("transcript", {"text": text, "kind": "x"})
    assert head(line).data_bytes == len(data)


def test_without_data() -> None:
    assert json.loads(packed("transcript-stop")).keys() == {"type", "version"}


def test_the_description() -> None:
    line, _newline, data = wyoming.info(["base"], {"en", "de"}).partition(b"\n")
    (program,) = head(line).complete(data, b"").data["asr"]
    assert program["supports_transcript_streaming"] is True
    (model,) = program["models"]
    assert (model["name"], model["languages"]) == ("base", ["de", "en"])
    for each in (program, model):
        assert each["installed"] is True
        assert each["attribution"].keys() == {"name", "url"}
        assert {"name", "description", "version"} <= each.keys()


def test_the_format_of_sound() -> None:
    assert SoundFormat.of({}) == SoundFormat(16_000, 2, 1)
    assert SoundFormat.of({"rate": 44_100, "width": 4, "channels": 2, "timestamp": None}) == SoundFormat(
        44_100, 4, 2
    )
    for wrong in ("16000", 16_000.5, None, True):
        with pytest.raises(WyomingError):
            SoundFormat.of({"rate": wrong})


@pytest.mark.parametrize(
    ("said", "language"),
    [(None, ""), ("", ""), ("de", "de"), ("DE", "de"), ("de-DE", "de"), ("pt_BR", "pt")],
)
def test_the_language(said: str | None, language: str) -> None:
    assert Wish.of({"name": "base", "language": said}, LANGUAGES).language == language


@pytest.mark.parametrize("said", ["fr", "d", "deutsch", 5, ["de"]])
def test_a_language_that_is_not_known(said: Any) -> None:
    with pytest.raises(WyomingError):
        Wish.of({"language": said}, LANGUAGES)


def test_words_to_expect() -> None:
    data = {"transcript_terms": ["lamp"], "transcript_names": ["Wieland"], "vad_sensitivity": "relaxed"}
    assert Wish.of(data, LANGUAGES).words == ("Wieland", "lamp")
    assert "Wieland" not in repr(Wish.of(data, LANGUAGES))
    for wrong in ("lamp", [1], {"a": 1}):
        with pytest.raises(WyomingError):
            Wish.of({"transcript_terms": wrong}, LANGUAGES)


def test_what_is_told_adds_up_to_the_transcript() -> None:
    transcript = Transcript("")
    told = [
        transcript.hear(message)
        for message in [
            {"type": "speech", "state": "started", "at_ms": 0},
            partial("Turn"),
            partial("Turn on"),
            partial("Turn on"),
            final("Turn on the light."),
            partial("And", "b"),
            final("And the heating.", "b", "de"),
            final("Now.", "c"),
        ]
    ]
    assert told == ["", "Turn", " on", "", " the light.", " And", " the heating.", " Now."]
    assert transcript.text == "".join(told)
    assert transcript.language == "en", "that of the first sentence"


def test_a_sentence_that_comes_otherwise_than_it_was_told() -> None:
    transcript = Transcript("de")
    told = [transcript.hear(each) for each in [partial("Turn on"), partial(""), final("Turn off.")]]
    assert told == ["Turn on", "", ""]
    assert transcript.hear(final("Now.", "b")) == " Now."
    assert (transcript.text, transcript.language) == ("Turn off. Now.", "de")


def test_a_sentence_that_begins_before_the_final_of_the_one_before() -> None:
    transcript = Transcript("en")
    told = [
        transcript.hear(message)
        for message in [
            partial("Turn on the light"),
            partial("And", "b"),
            final("Turn on the light."),
            partial("And the heating.", "b"),
            partial("Now", "c"),
            final("And the heating.", "b"),
            final("Now.", "c"),
        ]
    ]
    assert told == ["Turn on the light", " And", "", " the heating.", " Now", "", "."]
    assert transcript.text == "Turn on the light. And the heating. Now."


def test_a_script_without_spaces() -> None:
    transcript = Transcript("ja")
    assert [transcript.hear(final(text, text)) for text in ("電気。", "消して。")] == ["電気。", "消して。"]
    assert transcript.text == "電気。消して。"


def test_nothing_said() -> None:
    assert Transcript("").text == ""
