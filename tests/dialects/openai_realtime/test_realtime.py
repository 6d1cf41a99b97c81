import base64
import json
from typing import Any

import numpy as np
import pytest

from captions.dialects.openai_realtime import Effect, Flush, Push, Realtime, Wishes
from captions.dialects.openai_realtime.configuration import Configuration
from captions.protocol import messages

from .worker import TRANSCRIPTION, counting, final

TONE = (np.sin(np.arange(24_000) / 10) * 8_000).astype("<i2").tobytes()


def session(*, is_beta: bool = False, brings_sound: bool = True, model: str = "base") -> Realtime:
    return Realtime(
        Configuration(model, ("en", "de")),
        expires_at=100,
        is_beta=is_beta,
        brings_sound=brings_sound,
        make_id=counting(),
    )


def say(to: Realtime, kind: str, **fields: Any) -> tuple[list[dict[str, Any]], Effect]:
    return to.take(json.dumps({"type": kind, **fields}))


def append(to: Realtime, sound: bytes) -> int:
    """Appends sound; returns how many samples are passed on."""
    events, effect = say(to, "input_audio_buffer.append", audio=base64.b64encode(sound).decode())
    assert not events
    assert isinstance(effect, Push)
    return int(effect.samples.size)


def test_it_begins_with_its_session() -> None:
    (created,) = session().begin()
    assert created["type"] == "session.created"
    assert created["event_id"].startswith("event_")
    assert created["session"]["id"].startswith("sess_")
    assert created["session"]["audio"]["input"]["turn_detection"]["type"] == "server_vad"
    (created,) = session(is_beta=True).begin()
    assert created["type"] == "transcription_session.created"
    assert created["session"]["input_audio_format"] == "pcm16"


def test_ids_are_like_openais() -> None:
    (created,) = Realtime(Configuration("base", ("en",)), expires_at=1).begin()
    kind, _, rest = created["event_id"].partition("_")
    assert kind == "event"
    assert len(rest) == 21
    assert rest.isalnum()


def test_an_update_is_answered_with_all_that_holds_and_what_is_wished() -> None:
    talk = session()
    (updated,), effect = say(
        talk,
        "session.update",
        session={"type": "transcription", "audio": {"input": {"transcription": {"language": "de"}}}},
    )
    assert updated["type"] == "session.updated"
    assert updated["session"]["audio"]["input"]["transcription"] == {"model": "base", "language": "de"}
    assert isinstance(effect, Wishes)
    assert effect.language == "de"
    (updated,), effect = say(talk, "session.update", session={"type": "realtime", "tracing": "auto"})
    assert updated["session"]["object"] == "realtime.session"
    assert effect is None


def test_a_client_is_answered_in_the_form_that_it_uses() -> None:
    talk = session()
    (updated,), _ = say(
        talk, "transcription_session.update", session={"input_audio_transcription": {"model": "whisper-1"}}
    )
    assert updated["type"] == "transcription_session.updated"
    assert updated["session"]["input_audio_transcription"] == {"model": "whisper-1"}
    talk.tell(messages.speech("started", 400))
    kinds = [event["type"] for event in talk.tell(messages.speech("stopped", 2_000))]
    assert kinds[-1] == "conversation.item.created"


def test_drafts_are_told_to_clients_that_once_were_promised_them_and_to_no_others() -> None:
    talk = session()
    (updated,), _ = say(
        talk,
        "session.update",
        session={
            "model": "whisper-1",
            "input_audio_format": "pcm16",
            "input_audio_noise_reduction": "near_field",
        },
    )
    assert updated["type"] == "session.updated"
    assert updated["session"]["input_audio_noise_reduction"] is None
    told = [
        messages.speech("started", 400),
        messages.partial(utterance="u1", start_ms=300, stable="Good", tentative="day", language="en"),
        messages.speech("stopped", 2_000),
        final(1, 300, 1_500, "Good day."),
        messages.settled(2_000),
    ]
    events = [event for each in told for event in talk.tell(each)]
    drafts = [event["transcript"] for event in events if event["type"] == f"{TRANSCRIPTION}.partial"]
    assert drafts == ["Good day", "Good day."]
    assert (events[-1]["type"], events[-1]["text"]) == (f"{TRANSCRIPTION}.final", "Good day.")
    talk = session()
    say(talk, "session.update", session={})
    kinds = {event["type"] for each in told for event in talk.tell(each)}
    assert f"{TRANSCRIPTION}.partial" not in kinds


@pytest.mark.parametrize(
    ("sound", "size"),
    [
        ({"type": "audio/pcm", "rate": 24_000}, 48_000),
        ({"type": "audio/pcm", "rate": 16_000}, 32_000),
        ({"type": "audio/pcm", "rate": 48_000}, 96_000),
        ({"type": "audio/pcmu"}, 8_000),
        ({"type": "audio/pcma"}, 8_000),
    ],
)
def test_sound_is_counted_and_passed_on_at_16_khz(sound: dict[str, Any], size: int) -> None:
    talk = session()
    say(talk, "session.update", session={"audio": {"input": {"format": sound}}})
    # In two pieces, the first of which ends within a sample.
    passed = append(talk, bytes(size // 2 + 1)) + append(talk, bytes(size // 2 - 1))
    assert passed == pytest.approx(16_000, abs=100)
    assert talk.clock_ms == 1_000


def test_a_commit_needs_100_ms_of_new_sound() -> None:
    talk = session()
    append(talk, TONE[: 24 * 2 * 99])
    (event,), effect = say(talk, "input_audio_buffer.commit", event_id="mine")
    assert effect is None
    assert event["error"]["type"] == "invalid_request_error"
    assert event["error"]["code"] == "input_audio_buffer_commit_empty"
    assert event["error"]["event_id"] == "mine"
    append(talk, bytes(48))
    (committed, *_), effect = say(talk, "input_audio_buffer.commit")
    assert committed["type"] == "input_audio_buffer.committed"
    assert isinstance(effect, Flush)
    (event,), _ = say(talk, "input_audio_buffer.commit")
    assert event["error"]["code"] == "input_audio_buffer_commit_empty"


def test_clear_after_commit_drops_nothing() -> None:
    talk = session()
    append(talk, TONE)
    say(talk, "input_audio_buffer.commit")
    (cleared,), effect = say(talk, "input_audio_buffer.clear")
    assert (cleared["type"], effect) == ("input_audio_buffer.cleared", None)
    append(talk, TONE)
    _, effect = say(talk, "input_audio_buffer.clear")
    assert isinstance(effect, Flush)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "invalid_json"),
        ("[" * 100_000, "invalid_json"),
        ('{"a": NaN}', "invalid_json"),
        ("\udc80", "invalid_json"),
        ("[]", "invalid_event"),
        ('{"type": 3}', "invalid_event"),
        ('{"type": "conversation.item.create"}', "unknown_event"),
        ('{"type": "response.create"}', "responses_not_supported"),
        ('{"type": "input_audio_buffer.append"}', "invalid_value"),
        ('{"type": "input_audio_buffer.append", "audio": "%%%"}', "invalid_value"),
        ('{"type": "input_audio_buffer.append", "audio": "é"}', "invalid_value"),
    ],
)
def test_what_is_not_understood_is_said_once(text: str, code: str) -> None:
    talk = session()
    (event,), effect = talk.take(text)
    assert (event["type"], event["error"]["code"], effect) == ("error", code, None)
    assert talk.take(text) == ([], None)


def test_complaints_have_an_end() -> None:
    talk = session()
    events = [event for number in range(1_000) for event in say(talk, f"unknown.{number}")[0]]
    assert len(events) == 32


def test_a_wrong_update_changes_nothing_and_is_said_each_time() -> None:
    talk = session()
    for _ in range(2):
        (event,), effect = say(
            talk,
            "session.update",
            event_id="e1",
            session={"audio": {"input": {"transcription": {"language": "xx"}}}},
        )
        assert event["error"]["param"] == "session.audio.input.transcription.language"
        assert (event["error"]["event_id"], effect) == ("e1", None)
    assert talk.wishes.language == ""


def test_sound_that_comes_otherwise_cannot_come_as_events_too() -> None:
    talk = session(brings_sound=False)
    (event,), effect = say(talk, "input_audio_buffer.append", audio="AAAA")
    assert (event["error"]["code"], effect) == ("unknown_event", None)
    talk.clock_ms = 500
    assert isinstance(say(talk, "input_audio_buffer.commit")[1], Flush)


def test_what_is_no_fault_of_the_client_is_said_as_such() -> None:
    (event,) = session().refuse("session_expired", "It was long enough.")
    assert event["error"]["type"] == "server_error"
    assert event["error"]["code"] == "session_expired"
