from typing import Any
from urllib.parse import parse_qsl

import pytest

from captions.dialects.deepgram.asking import Ask, ask
from captions.dialects.deepgram.replacing import Replacement
from captions.dialects.field_error import FieldError
from captions.protocol.endpointing import Endpointing

LANGUAGES = {"en", "de", "no", "jw", "tl", "he", "zh"}


def asked(query: str) -> Ask:
    return ask(parse_qsl(query, keep_blank_values=True), LANGUAGES)


def test_what_is_not_asked_for_is_as_the_account_has_it() -> None:
    assert asked("") == Ask()


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("model=nova-3", {"model": "nova-3"}),
        ("diarize=true", {"diarize": True}),
        ("diarize=false", {}),
        ("diarize_model=latest", {"diarize": True}),
        (
            "encoding=linear16&sample_rate=44100&channels=2",
            {"encoding": "s16", "rate": 44_100, "channels": 2},
        ),
        ("encoding=linear32&sample_rate=48000", {"encoding": "f32", "rate": 48_000}),
        ("encoding=mulaw", {"encoding": "mulaw", "rate": 8_000}),
        ("encoding=alaw&sample_rate=16000", {"encoding": "alaw", "rate": 16_000}),
        ("encoding=opus", {"encoding": "opus", "rate": 48_000}),
        ("encoding=ogg-opus", {"encoding": "container"}),
        ("encoding=flac", {"encoding": "container"}),
        ("encoding=Linear16&sample_rate=8000", {"encoding": "s16", "rate": 8_000}),
        ("interim_results=true&vad_events=True", {"interim_results": True, "vad_events": True}),
        ("interim_results=false&vad_events=0", {}),
        ("utterances=true&paragraphs=1", {"utterances": True, "paragraphs": True}),
        (
            "keyterm=Maren&keyterm=Kiel+Canal&keywords=Ravensburg:2.5&keywords=a:b&keywords=x:-1&keywords=y&keyterm=",
            {"terms": ("Maren", "Kiel Canal", "Ravensburg", "a:b", "x", "y")},
        ),
        (
            "replace=maren:Maren&replace=uh",
            {"replacements": (Replacement("maren", "Maren"), Replacement("uh", ""))},
        ),
    ],
)
def test_a_query_is_read(query: str, fields: dict[str, Any]) -> None:
    assert asked(query) == Ask(**fields)


@pytest.mark.parametrize(
    ("query", "language"),
    [
        ("language=en-US", "en"),
        ("language=DE_ch", "de"),
        ("language=zh-Hant-TW", "zh"),
        ("language=nb", "no"),
        ("language=jv", "jw"),
        ("language=fil", "tl"),
        ("language=iw", "he"),
        ("language=multi", ""),
        ("language=en&detect_language=true", ""),
        ("language=en&detect_language=de", ""),
        ("language=en&detect_language=false", "en"),
        ("language_hint=de", "de"),
        ("language_hint=de&language_hint=en", ""),
        ("language=multi&language_hint=de", ""),
    ],
)
def test_the_language_is_one_of_whispers(query: str, language: str) -> None:
    assert asked(query).language == language


@pytest.mark.parametrize(
    ("query", "silence_ms"),
    [
        ("endpointing=25", 200),
        ("endpointing=0", 200),
        ("endpointing=500", 500),
        ("endpointing=9000", 3_000),
        ("endpointing=false", 5_000),
        ("endpointing=true", None),
        ("utterance_end_ms=1000", 1_000),
        ("utterance_end_ms=4000", 3_000),
        ("utterance_end_ms=1000&endpointing=300", 300),
    ],
)
def test_endpointing_is_kept_within_what_makes_sense(query: str, silence_ms: int | None) -> None:
    assert asked(query).endpointing == Endpointing(silence_ms=silence_ms)


def test_what_livekit_sends_is_understood() -> None:
    query = (
        "model=nova-3&punctuate=true&smart_format=false&no_delay=true&interim_results=true&encoding=linear16"
        "&vad_events=true&sample_rate=16000&channels=1&endpointing=25&filler_words=true&profanity_filter=false"
        "&numerals=false&mip_opt_out=false&language=en-US"
    )
    assert asked(query) == Ask(
        model="nova-3",
        language="en",
        encoding="s16",
        endpointing=Endpointing(silence_ms=200),
        interim_results=True,
        vad_events=True,
    )


def test_what_pipecat_sends_is_understood() -> None:
    query = (
        "encoding=linear16&channels=1&multichannel=false&sample_rate=16000&interim_results=true&punctuate=true"
        "&smart_format=false&profanity_filter=false&diarize=false&dictation=false&numerals=false"
        "&detect_entities=false&model=nova-3-general&language=en&redact=false"
    )
    assert asked(query) == Ask(model="nova-3-general", language="en", encoding="s16", interim_results=True)


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("encoding=g729&sample_rate=8000", "encoding"),
        ("encoding=amr-nb", "encoding"),
        ("encoding=speex", "encoding"),
        ("encoding=linear16", "sample_rate"),
        ("encoding=linear32", "sample_rate"),
        ("sample_rate=16k", "sample_rate"),
        ("sample_rate=-1", "sample_rate"),
        ("sample_rate=99999999999999999999", "sample_rate"),
        ("channels=²", "channels"),
        ("language=xx", "language"),
        ("endpointing=soon", "endpointing"),
        ("interim_results=maybe", "interim_results"),
        ("utterance_end_ms=900", "utterance_end_ms"),
        ("utterance_end_ms=1.5", "utterance_end_ms"),
        ("callback=https://example.org", "callback"),
        ("redact=pci", "redact"),
        ("multichannel=true", "multichannel"),
        ("multichannel=true&channels=2", "multichannel"),
        ("replace=:x", "replace"),
        ("&".join(["replace=a:b"] * 101), "replace"),
    ],
)
def test_what_is_not_done_is_refused_by_its_name(query: str, param: str) -> None:
    with pytest.raises(FieldError) as caught:
        asked(query)
    assert caught.value.param == param
    assert param in str(caught.value)


def test_one_channel_of_several_is_all_of_it() -> None:
    assert asked("multichannel=true&channels=1") == Ask()
