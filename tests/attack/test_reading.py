"""What strangers send is understood, or refused with the one error that its reader names. Nothing else is raised."""

import json
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captions.clients.whip.candidates import candidates_in
from captions.core.json_text import decoded
from captions.dialects import vosk, wyoming
from captions.dialects.deepgram import asking as deepgram
from captions.dialects.deepgram import commands as deepgram_commands
from captions.dialects.field_error import FieldError
from captions.dialects.openai_files import asking as openai_files
from captions.dialects.openai_realtime import Realtime
from captions.dialects.openai_realtime.configuration import Configuration
from captions.protocol import messages, sound_frames
from captions.protocol.messages import MessageError
from captions.tokens.admission import Refusal
from captions.webrtc import offer, red_offer, sections
from captions.webrtc.candidates import CandidateError, CandidateGate
from captions.webrtc.offer import OfferError
from tests.attack.nonsense import ODD_TEXTS, as_text, broken, broken_text, nearly, texts, values
from tests.attack.test_sockets import MESSAGES, OPEN
from tests.webrtc.test_offer import CHROMIUM

FEW, MANY = settings(max_examples=40), settings(max_examples=80)

_OFFER: dict[str, Any] = {
    "type": "offer",
    "gen": 1,
    "sdp": "v=0\r\n",
    "settings": {
        "language": "en",
        "endpointing": {"threshold": 0.5, "silence_ms": 500, "prefix_ms": 300},
        "vocabulary": ["Quentin"],
        "shared": False,
        "taped": False,
    },
}
_OTHERS = [{"type": kind, **fields} for kind, fields in MESSAGES.items() if kind != "offer"]
_WHOLE: list[dict[str, Any]] = [_OFFER, *_OTHERS]
_REALTIME: list[dict[str, Any]] = [
    {
        "type": "session.update",
        "event_id": "event_1",
        "session": {
            "type": "transcription",
            "audio": {
                "input": {
                    "format": {"type": "audio/pcm", "rate": 24_000},
                    "transcription": {
                        "model": "whisper-1",
                        "language": "en",
                        "prompt": "",
                        "keywords": ["a"],
                    },
                    "turn_detection": {"type": "server_vad", "threshold": 0.5, "silence_duration_ms": 500},
                }
            },
            "include": ["item.input_audio_transcription.logprobs"],
        },
    },
    {
        "type": "transcription_session.update",
        "session": {
            "input_audio_format": "pcm16",
            "input_audio_transcription": {"model": "whisper-1", "language": "en"},
            "turn_detection": {"type": "server_vad", "threshold": 0.5},
        },
    },
    {"type": "input_audio_buffer.append", "audio": "AAAA", "event_id": "e"},
    {"type": "input_audio_buffer.commit"},
    {"type": "input_audio_buffer.clear"},
    {"type": "conversation.item.retrieve", "item_id": "item_1"},
    {"type": "conversation.item.delete", "item_id": "item_1"},
]
_VOSK: list[dict[str, Any]] = [
    {"config": {"sample_rate": 16_000, "phrase_list": ["a", "b"], "words": True}},
    {"eof": 1},
    {"reset": 1},
]
_DEEPGRAM: list[dict[str, Any]] = [{"type": "Configure", "keyterms": ["a"]}, {"type": "Finalize"}]
_QUERY = (
    "model=nova-3&language=en&encoding=linear16&sample_rate=16000&channels=1&endpointing=300&interim_results=true"
    "&utterance_end_ms=1000&keyterm=a&keywords=b:2&replace=c:d&vad_events=true&utterances=true&paragraphs=true"
)
_FORM = {
    "model": ["whisper-1"],
    "language": ["en"],
    "prompt": ["Quentin."],
    "response_format": ["verbose_json"],
    "temperature": ["0"],
    "timestamp_granularities[]": ["word", "segment"],
    "chunking_strategy": ['{"type": "server_vad", "threshold": 0.5}'],
    "stream": ["true"],
    "include[]": ["logprobs"],
}


def _one_of(whole: list[dict[str, Any]]) -> st.SearchStrategy[str]:
    return st.one_of(st.one_of(*map(nearly, whole)).map(as_text), values.map(as_text), texts)


def _is_sendable(answer: Any) -> None:
    """Whatever is told can be written to a socket."""
    json.dumps(answer, ensure_ascii=False).encode()


@MANY
@given(_one_of(_WHOLE))
def test_a_message_of_a_page(text: str) -> None:
    try:
        messages.parse(text)
    except MessageError as error:
        _is_sendable(messages.error(error.code, error.message))


@MANY
@given(_one_of(_REALTIME))
def test_an_event_of_openais_realtime_api(text: str) -> None:
    for is_beta in (False, True):
        talk = Realtime(Configuration("base", ("en", "de")), expires_at=1, is_beta=is_beta)
        talk.begin()
        events, _effect = talk.take(text)
        _is_sendable(events)


@FEW
@given(_one_of(_VOSK))
def test_a_message_of_vosk(text: str) -> None:
    with suppress(vosk.VoskError):
        found = vosk.command(text)
        if not isinstance(found, vosk.End | vosk.Reset):
            vosk.Config().changed(found)


@FEW
@given(_one_of(_DEEPGRAM))
def test_a_message_of_deepgram(text: str) -> None:
    with suppress(deepgram_commands.CommandError):
        deepgram_commands.command(text)


@MANY
@given(
    st.lists(
        st.tuples(
            st.one_of(st.sampled_from([name for name, _ in parse_qsl(_QUERY)]), texts),
            st.one_of(st.sampled_from(["true", "1", "linear16", "a:b", "en", "multi"]), texts),
        ),
        max_size=6,
    )
)
def test_a_query_of_deepgram(changes: list[tuple[str, str]]) -> None:
    with suppress(FieldError):
        deepgram.ask([*parse_qsl(_QUERY), *changes], ["en", "de"])
    with suppress(FieldError):
        deepgram.ask(changes, ["en", "de"])


@MANY
@given(st.one_of(nearly(_FORM), st.dictionaries(texts, st.lists(texts, max_size=3), max_size=4)))
def test_a_form_of_openai(form: Any) -> None:
    parts = {
        name: [str(each) for each in sent] if isinstance(sent, list) else [str(sent)]
        for name, sent in form.items()
    }
    with suppress(FieldError):
        openai_files.read(parts)


@FEW
@given(st.one_of(broken(wyoming.packed("transcribe", language="en")), st.binary(max_size=60)))
def test_a_line_of_wyoming(line: bytes) -> None:
    with suppress(wyoming.WyomingError):
        wyoming.head(line)


@MANY
@given(st.one_of(broken_text(CHROMIUM), broken(CHROMIUM.encode()).map(lambda data: data.decode("latin-1"))))
def test_an_offer(sdp: str) -> None:
    with suppress(OfferError):
        for with_data in (False, True):
            narrowed = sections.narrow(sdp, with_data=with_data)
            kept = offer.accept(narrowed.sdp, CandidateGate())
            # What is left is what aiortc is given: one section, and nothing that was put into a line.
            assert kept.count("\nm=") == 1
            red_offer.offered(narrowed.sdp, kept)
            assert not {"\0", "\x0b", "\x85", "\u2028"} & {*kept}
    sections.offers_video(sdp)


@MANY
@given(
    st.one_of(
        broken(b"candidate:1 1 udp 2122260223 203.0.113.20 54400 typ host").map(
            lambda data: data.decode("latin-1")
        ),
        texts,
    )
)
def test_a_candidate(line: str) -> None:
    with suppress(CandidateError):
        CandidateGate().check(line)


@FEW
@given(
    broken_text(
        "a=ice-ufrag:x\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host"
    )
)
def test_candidates_of_whip(fragment: str) -> None:
    with suppress(Refusal):
        assert len(candidates_in(fragment)) <= len(fragment)


@FEW
@given(st.one_of(nearly(OPEN).map(as_text), values.map(as_text), texts))
def test_the_opening_of_a_sound_socket(text: str) -> None:
    with suppress(MessageError):
        messages.parse_opening(text)


@MANY
@given(st.one_of(broken(sound_frames.pack(0, 20, [b"\xf8\xff\xfe", b"\x78" * 40])), st.binary(max_size=60)))
def test_a_message_of_sound(data: bytes) -> None:
    with suppress(sound_frames.SoundFrameError):
        frame = sound_frames.parse(data)
        assert frame.packets[-1].end <= 2 * 24 * 3600 * sound_frames.TICK_RATE


@FEW
@given(st.one_of(st.binary(max_size=40), st.sampled_from([b"[" * 100_000, b'{"a":' * 50_000, b'"\\ud800"'])))
def test_json(data: bytes) -> None:
    with suppress(ValueError):
        decoded(data)


@pytest.mark.parametrize("odd", ODD_TEXTS)
def test_oddities_in_every_field(odd: str) -> None:
    for whole in _WHOLE:
        for name in whole:
            with suppress(MessageError):
                messages.parse(as_text({**whole, name: odd}))
