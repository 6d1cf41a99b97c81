"""openai's client for Python: Realtime transcription over WebSocket, in both dialects, and client secrets."""

from pathlib import Path
from typing import Any

import pytest

from tests.interop import clients
from tests.interop.history import History
from tests.interop.product import Product
from tests.interop.realtime import Event, assert_in_order, deltas_of, items_of, text_of, transcripts_of
from tests.interop.recordings import Recording

pytestmark = pytest.mark.door("WS /v1/realtime?intent=transcription")

RATE = 24_000
# Silence in which the server ends the last item.
SILENCE = 3.0
VOICE = {"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500}
INTENT = {"extra_query": {"intent": "transcription"}}
BY_COMMIT: dict[str, Any] = {"connect": INTENT, "end": "commit"}
BY_VOICE: dict[str, Any] = {"connect": INTENT, "end": "voice"}
NONE_YET = "input_audio_buffer_commit_empty"


def transcription(model: str, turn_detection: Any, **others: Any) -> dict[str, Any]:
    """A session as today's clients describe it."""
    sound = {"format": {"type": "audio/pcm", "rate": RATE}, "turn_detection": turn_detection, **others}
    return {"type": "transcription", "audio": {"input": {**sound, "transcription": {"model": model}}}}


class Realtime:
    def __init__(self, product: Product, token: str) -> None:
        self.base_url, self.token = f"{product.url}/v1", token

    def run(self, sound: Path, *, dialect: str = "ga", **ask: Any) -> list[Event]:
        answer = self.try_to(sound, dialect=dialect, **ask)
        assert "error" not in answer, answer["error"]
        events: list[Event] = answer["events"]
        return events

    def try_to(self, sound: Path, *, dialect: str = "ga", **ask: Any) -> Any:
        return clients.python(
            "openai",
            "openai_realtime",
            base_url=self.base_url,
            token=self.token,
            sound=sound,
            dialect=dialect,
            **ask,
        )


@pytest.fixture
def realtime(product: Product, token: str) -> Realtime:
    return Realtime(product, token)


@pytest.fixture
def sound(said_with_pauses: Recording, tmp_path: Path) -> Path:
    return said_with_pauses.raw(tmp_path, rate=RATE, silence=SILENCE)


@pytest.fixture
def bare_sound(said: Recording, tmp_path: Path) -> Path:
    return said.raw(tmp_path, rate=RATE)


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_the_server_ends_items(
    realtime: Realtime, sound: Path, said_with_pauses: Recording, is_async: bool
) -> None:
    session = transcription("gpt-4o-transcribe", VOICE)
    events = realtime.run(sound, session=session, is_async=is_async, **BY_VOICE)
    assert_in_order(events)
    assert events[1]["type"] == "session.updated"
    assert events[1]["session"]["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 500
    assert len(items_of(events)) > 1
    said_with_pauses.assert_heard_as(text_of(events))


def test_every_event_has_a_number_of_its_own(realtime: Realtime, bare_sound: Path) -> None:
    session = transcription("whisper-1", None)
    numbers = [event["event_id"] for event in realtime.run(bare_sound, session=session, **BY_COMMIT)]
    assert all(number.startswith("event_") for number in numbers)
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("model", ["gpt-realtime-whisper", "gpt-live-transcribe"])
def test_a_live_model_speaks_before_the_commit(
    realtime: Realtime, bare_sound: Path, said: Recording, model: str
) -> None:
    events = realtime.run(bare_sound, session=transcription(model, None), **BY_COMMIT)
    assert_in_order(events, is_live=True)
    said.assert_heard_as(text_of(events))


@pytest.mark.parametrize("model", ["gpt-4o-mini-transcribe", "gpt-realtime-whisper"])
def test_deltas_say_what_was_said(realtime: Realtime, bare_sound: Path, said: Recording, model: str) -> None:
    events = realtime.run(bare_sound, session=transcription(model, None), **BY_COMMIT)
    assert deltas_of(events).keys() <= transcripts_of(events).keys()
    # What was sent cannot be taken back where the model has changed its mind, so the two may differ.
    said.assert_heard_as(" ".join(deltas_of(events).values()), 0.6)


def test_one_commit_is_one_item(realtime: Realtime, bare_sound: Path, said: Recording) -> None:
    events = realtime.run(bare_sound, session=transcription("gpt-4o-transcribe", None), **BY_COMMIT)
    assert_in_order(events)
    assert len(items_of(events)) == 1
    said.assert_heard_as(text_of(events))


def test_a_session_that_nobody_described(
    realtime: Realtime, sound: Path, said_with_pauses: Recording
) -> None:
    events = realtime.run(sound, **BY_VOICE)
    assert_in_order(events, is_live=True)
    said_with_pauses.assert_heard_as(text_of(events))


def test_the_model_in_the_address(realtime: Realtime, bare_sound: Path, said: Recording) -> None:
    session = transcription("gpt-4o-transcribe", None)
    ask: dict[str, Any] = {"connect": {"model": "gpt-4o-transcribe"}, "end": "commit"}
    events = realtime.run(bare_sound, session=session, **ask)
    assert_in_order(events)
    said.assert_heard_as(text_of(events))


@pytest.mark.parametrize("eagerness", ["low", "medium", "high", "auto"])
def test_semantic_turns(realtime: Realtime, sound: Path, said_with_pauses: Recording, eagerness: str) -> None:
    turns = {"type": "semantic_vad", "eagerness": eagerness}
    events = realtime.run(sound, session=transcription("gpt-4o-transcribe", turns), **BY_VOICE)
    assert_in_order(events)
    said_with_pauses.assert_heard_as(text_of(events))


def test_what_was_given_can_be_read_back(realtime: Realtime, bare_sound: Path) -> None:
    session = transcription("gpt-4o-transcribe", None, noise_reduction={"type": "near_field"})
    session["audio"]["input"]["transcription"]["language"] = "en"
    updated = realtime.run(bare_sound, session=session, **BY_COMMIT)[1]["session"]
    sound = updated["audio"]["input"]
    assert updated["type"] == "transcription"
    assert sound["format"] == {"type": "audio/pcm", "rate": RATE}
    assert sound["transcription"]["model"] == "gpt-4o-transcribe"
    assert sound["transcription"]["language"] == "en"
    assert sound["turn_detection"] is None
    assert sound["noise_reduction"] is None


@pytest.mark.parametrize("kind", ["pcmu", "pcma"])
def test_telephone_sound(realtime: Realtime, said: Recording, tmp_path: Path, kind: str) -> None:
    codec = {"pcmu": "pcm_mulaw", "pcma": "pcm_alaw"}[kind]
    wav = said.encoded(tmp_path, ".wav", codec, 8000).read_bytes()
    sound = tmp_path / "telephone.raw"
    sound.write_bytes(wav[wav.index(b"data") + 8 :])
    session = transcription("gpt-4o-transcribe", None, format={"type": f"audio/{kind}"})
    events = realtime.run(sound, session=session, **BY_COMMIT)
    assert_in_order(events)
    said.assert_heard_as(text_of(events))


def test_the_beta_dialect(realtime: Realtime, sound: Path, said_with_pauses: Recording) -> None:
    session = {
        "input_audio_format": "pcm16",
        "input_audio_transcription": {"model": "gpt-4o-transcribe", "language": "en", "prompt": ""},
        "turn_detection": VOICE,
    }
    connect = {"model": "gpt-4o-transcribe", **INTENT}
    events = realtime.run(sound, dialect="beta", session=session, connect=connect, end="voice")
    assert_in_order(events, dialect="beta")
    assert events[1]["type"] == "transcription_session.updated"
    said_with_pauses.assert_heard_as(text_of(events))


def test_a_commit_of_nothing(realtime: Realtime, bare_sound: Path, said: Recording) -> None:
    commit = {"type": "input_audio_buffer.commit", "event_id": "mine"}
    session = transcription("gpt-4o-transcribe", None)
    events = realtime.run(bare_sound, session=session, after=[commit], **BY_COMMIT)
    (error,) = [event["error"] for event in events if event["type"] == "error"]
    assert (error["code"], error["event_id"]) == (NONE_YET, "mine")
    said.assert_heard_as(text_of(events))


def test_clear_after_a_commit_loses_nothing(realtime: Realtime, bare_sound: Path, said: Recording) -> None:
    session = transcription("gpt-4o-transcribe", None)
    clear = {"type": "input_audio_buffer.clear"}
    events = realtime.run(bare_sound, session=session, after=[clear], **BY_COMMIT)
    kinds = [event["type"] for event in events]
    assert kinds.index("input_audio_buffer.committed") < kinds.index("input_audio_buffer.cleared")
    said.assert_heard_as(text_of(events))


def test_what_belongs_to_conversations_is_refused_and_nothing_ends(
    realtime: Realtime, bare_sound: Path, said: Recording
) -> None:
    session = transcription("gpt-4o-transcribe", None)
    events = realtime.run(bare_sound, session=session, after=[{"type": "response.create"}], **BY_COMMIT)
    (error,) = [event["error"] for event in events if event["type"] == "error"]
    assert error["type"] == "invalid_request_error"
    said.assert_heard_as(text_of(events))


def test_a_wrong_key(realtime: Realtime, bare_sound: Path) -> None:
    realtime.token = "wsp_wrong"
    answer = realtime.try_to(bare_sound, **BY_COMMIT)
    assert "error" in answer
    assert not answer["events"]


def test_a_dictation_is_in_the_history_if_the_token_says_so(
    realtime: Realtime, bare_sound: Path, said: Recording, history: History, keeping_token: str
) -> None:
    before = history.ids()
    realtime.token = keeping_token
    realtime.run(bare_sound, session=transcription("gpt-4o-transcribe", None), **BY_COMMIT)
    session = history.new_since(before)
    history.wait_for_end(session)
    said.assert_heard_as(history.text(session))


def test_a_client_secret_opens_a_session(realtime: Realtime, bare_sound: Path, said: Recording) -> None:
    made = clients.python(
        "openai",
        "openai_http",
        base_url=realtime.base_url,
        token=realtime.token,
        call="realtime.client_secrets.create",
        arguments={
            "expires_after": {"anchor": "created_at", "seconds": 60},
            "session": transcription("gpt-4o-transcribe", None),
        },
    )
    assert "error" not in made, made
    secret = made["result"]["value"]
    assert secret.startswith("ek_")
    realtime.token = secret
    events = realtime.run(bare_sound, **BY_COMMIT)
    assert_in_order(events)
    assert events[0]["session"]["audio"]["input"]["turn_detection"] is None
    said.assert_heard_as(text_of(events))
