from typing import Any

import pytest

from captions.dialects.openai_realtime.configuration import Configuration, words_of_prompt
from captions.dialects.openai_realtime.errors import ClientError
from captions.protocol.endpointing import Endpointing

LANGUAGES = ("en", "de")


def configuration(**audio_input: Any) -> Configuration:
    return Configuration("base", LANGUAGES).merged({"audio": {"input": audio_input}}, flat=False)


def merged(before: Configuration, **audio_input: Any) -> Configuration:
    return before.merged({"audio": {"input": audio_input}}, flat=False)


def test_what_holds_before_anything_is_said() -> None:
    fresh = Configuration("base", LANGUAGES)
    assert (fresh.encoding, fresh.rate, fresh.model, fresh.is_live) == ("s16", 24_000, "base", True)
    assert fresh.wishes.endpointing == Endpointing(threshold=0.5, prefix_ms=300, silence_ms=500)
    assert fresh.shown("sess_1", 100, flat=False) == {
        "id": "sess_1",
        "expires_at": 100,
        "object": "realtime.transcription_session",
        "type": "transcription",
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": 24_000},
                "transcription": {"model": "base"},
                "noise_reduction": None,
                "turn_detection": {
                    "type": "server_vad",
                    "threshold": 0.5,
                    "prefix_padding_ms": 300,
                    "silence_duration_ms": 500,
                },
            }
        },
        "include": None,
    }


def test_the_flat_form_of_the_beta() -> None:
    flat = Configuration("base", LANGUAGES).merged(
        {
            "model": "whisper-1",
            "intent": "transcription",
            "input_audio_format": "g711_ulaw",
            "input_audio_transcription": {"model": "gpt-4o-transcribe", "language": "de", "prompt": "Cats."},
            "input_audio_noise_reduction": "near_field",
            "turn_detection": {"type": "server_vad", "silence_duration_ms": 900},
        },
        flat=True,
    )
    assert (flat.encoding, flat.rate, flat.model, flat.language) == (
        "mulaw",
        8_000,
        "gpt-4o-transcribe",
        "de",
    )
    assert flat.shown("sess_1", None, flat=True) == {
        "id": "sess_1",
        "object": "realtime.transcription_session",
        "input_audio_format": "g711_ulaw",
        "input_audio_transcription": {"model": "gpt-4o-transcribe", "language": "de", "prompt": "Cats."},
        "input_audio_noise_reduction": None,
        "turn_detection": {
            "type": "server_vad",
            "threshold": 0.5,
            "prefix_padding_ms": 300,
            "silence_duration_ms": 900,
        },
        "include": None,
    }
    named = Configuration("base", LANGUAGES).merged({"model": "whisper-1"}, flat=True)
    assert (named.model, named.is_live) == ("whisper-1", False)


def test_what_is_left_out_stays_and_null_clears() -> None:
    first = configuration(
        transcription={"model": "whisper-1", "language": "de"},
        turn_detection={"type": "server_vad", "threshold": 0.7, "silence_duration_ms": 700},
        format={"type": "audio/pcm", "rate": 16_000},
    )
    second = merged(first, transcription={"language": "en"}, turn_detection={"silence_duration_ms": 900})
    assert (second.model, second.language, second.rate) == ("whisper-1", "en", 16_000)
    assert second.wishes.endpointing == Endpointing(threshold=0.7, prefix_ms=300, silence_ms=900)
    third = merged(second, transcription=None, turn_detection=None, format={"type": "audio/pcma"})
    assert (third.model, third.language, third.turns, third.rate) == ("base", "", None, 8_000)
    assert third.wishes.endpointing == Endpointing()
    again = merged(third, transcription={"language": "de"})
    assert again.turns is None
    assert (first.language, first.rate) == ("de", 16_000), "nothing is changed in place"


def test_it_can_be_made_again_from_what_was_wanted() -> None:
    first = configuration(transcription={"language": "de"}, turn_detection=None, colour="blue")
    again = Configuration("base", LANGUAGES, first.wanted)
    assert again.shown("s", 1, flat=False) == first.shown("s", 1, flat=False)
    assert "colour" not in str(first.wanted)


@pytest.mark.parametrize(
    ("eagerness", "silence_ms"), [(None, 800), ("auto", 800), ("low", 1_500), ("medium", 800), ("high", 500)]
)
def test_eagerness_is_a_silence(eagerness: str | None, silence_ms: int) -> None:
    found = configuration(turn_detection={"type": "semantic_vad", "eagerness": eagerness})
    assert found.silence_ms == silence_ms
    shown = found.shown("s", 1, flat=True)["turn_detection"]
    assert shown == {"type": "semantic_vad", "eagerness": eagerness or "auto"}


def test_another_kind_of_turns_replaces_the_one_before() -> None:
    before = configuration(turn_detection={"type": "server_vad", "silence_duration_ms": 3_000})
    assert merged(before, turn_detection={"type": "semantic_vad"}).silence_ms == 800


@pytest.mark.parametrize("model", ["gpt-realtime-whisper", "gpt-live-transcribe"])
def test_models_that_find_no_turns_unless_they_are_asked_to(model: str) -> None:
    assert configuration(transcription={"model": model}).turns is None
    assert configuration(transcription={"model": model}).is_live
    wanted = configuration(transcription={"model": model}, turn_detection={"type": "server_vad"})
    assert wanted.turns is not None


def test_numbers_are_brought_within_what_is_possible() -> None:
    found = configuration(
        turn_detection={"threshold": 1, "prefix_padding_ms": 9_000, "silence_duration_ms": 10}
    )
    assert found.wishes.endpointing == Endpointing(threshold=0.95, prefix_ms=2_000, silence_ms=200)


@pytest.mark.parametrize(
    ("named", "code"),
    [("de", "de"), ("en-US", "en"), ("EN_gb", "en"), ("", ""), (None, "")],
)
def test_languages(named: str | None, code: str) -> None:
    assert configuration(transcription={"language": named}).language == code


def test_one_of_a_list_of_languages_is_it_and_several_are_none() -> None:
    assert configuration(transcription={"languages": ["de"]}).language == "de"
    assert configuration(transcription={"languages": ["de", "en"]}).language == ""


@pytest.mark.parametrize(
    ("audio_input", "param"),
    [
        ({"transcription": {"language": "xx"}}, "session.audio.input.transcription.language"),
        ({"format": {"type": "audio/opus"}}, "session.audio.input.format.type"),
        ({"format": {"type": "audio/pcm", "rate": 96_000}}, "session.audio.input.format.rate"),
        ({"turn_detection": {"threshold": "high"}}, "session.audio.input.turn_detection.threshold"),
        ({"transcription": "base"}, "session.audio.input.transcription"),
    ],
)
def test_what_is_refused_names_the_place(audio_input: dict[str, Any], param: str) -> None:
    with pytest.raises(ClientError) as refused:
        configuration(**audio_input)
    assert (refused.value.code, refused.value.param) == ("invalid_value", param)


@pytest.mark.parametrize(
    "patch", [None, [], "session", {"audio": 1}, {"audio": {"input": []}}, {"include": 3}]
)
def test_what_is_no_session(patch: object) -> None:
    if patch == {"audio": {"input": []}}:
        Configuration("base", LANGUAGES).merged(patch, flat=False)
        return
    with pytest.raises(ClientError):
        Configuration("base", LANGUAGES).merged(patch, flat=False)


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        (
            "Kubernetes, Grüner Veltliner; aiortc\nPostgres.",
            ["Kubernetes", "Grüner Veltliner", "aiortc", "Postgres"],
        ),
        ("expect words related to technology", []),
        ("He said, that this was what he had always wanted to say.", []),
        ("", []),
    ],
)
def test_a_prompt_that_is_a_list_is_words_to_expect(prompt: str, words: list[str]) -> None:
    assert words_of_prompt(prompt) == words


def test_keywords_come_before_the_prompt_once_each_and_stay_private() -> None:
    wishes = configuration(
        transcription={"keywords": ["aiortc", "Daphne"], "prompt": "Daphne, Valkey"}
    ).wishes
    assert wishes.words == ("aiortc", "Daphne", "Valkey")
    assert "Daphne" not in repr(wishes)
