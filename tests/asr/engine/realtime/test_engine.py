"""The engine, before a Realtime service that behaves badly."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from django.conf import settings

from captions.asr.engine.base import EngineError, Request, Task
from captions.asr.engine.openai import trying
from captions.asr.engine.openai.budget import budget_of
from captions.asr.engine.openai.circuit import Circuit
from captions.asr.engine.openai.service import Service
from captions.asr.engine.openai.trying import Attempts, Clock
from captions.asr.engine.realtime.engine import RealtimeEngine
from tests.asr.engine.realtime.fake import Answering, Call, FakeRealtime, said
from tests.speech_data import load_pcm

SOUND = load_pcm("note-en-us")[:32_000].astype(np.float32) / np.float32(32768)
TASK = Task("partial", "en")

Make = Callable[..., RealtimeEngine]


@pytest.fixture
def make(service: FakeRealtime) -> Make:
    def make(asked: Service | None = None, *, hops: int = 0, **options: Any) -> RealtimeEngine:
        asked = asked or service.service()
        clock = Clock(now=lambda: 0.0, sleep=lambda seconds: None, chance=lambda: 0.0)
        options = {"patience": 22.0, "clock": clock, **options}
        return RealtimeEngine(asked, Attempts(asked, Circuit(), budget_of(asked), **options), hops=hops)

    return make


def failure(engine: RealtimeEngine) -> EngineError:
    with pytest.raises(EngineError) as error:
        engine.decode(SOUND, TASK)
    # What is said of it is logged.
    assert "sk-" not in repr(error.value)
    assert error.value.__cause__ is None
    assert error.value.elsewhere
    return error.value


def test_a_sound_is_sent_and_its_text_comes_back(service: FakeRealtime, make: Make) -> None:
    service.answers = [said("One two.", languages=[{"code": "en"}])]
    heard = make().decode(SOUND, Task("partial", hotwords=("Valkey",)))
    assert heard.text == "One two."
    assert (heard.language, heard.language_probability) == ("en", 0.0)
    assert (heard.writer, heard.sent_ms) == ("whisper (127.0.0.1)", 2_000)
    assert 0 < heard.words[0].start_ms < heard.words[-1].end_ms <= 2_000
    (handshake,), (call,) = service.handshakes, service.calls
    assert handshake.path == "/v1/realtime?intent=transcription"
    assert handshake.headers["Authorization"] == "Bearer sk-secret"
    assert handshake.headers["X-WhisperStream-Hops"] == "1"
    (update,) = call.of("session.update")
    assert update["session"] == {
        "type": "transcription",
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": 24_000},
                "transcription": {"model": "whisper", "keywords": ["Valkey"]},
                "turn_detection": None,
            }
        },
    }
    # 2 s of 24 kHz in pieces of 100 ms, but for what the conversion holds back.
    assert len(call.of("input_audio_buffer.append")) == 20
    assert 95_000 < len(call.sound) <= 96_000


def test_a_service_without_keys_gets_none(service: FakeRealtime, make: Make) -> None:
    make(replace(service.service(), key="")).decode(SOUND, TASK)
    assert "Authorization" not in service.handshakes[0].headers


def test_an_older_model_of_openai_is_told_in_a_prompt(service: FakeRealtime, make: Make) -> None:
    task = Task("partial", "de-AT", prompt="Zero.", hotwords=("Valkey",))
    logprobs = [{"token": "One two.", "logprob": -0.5, "bytes": []}]
    service.answers = [said("One two.", logprobs=logprobs)]
    heard = make(service.service("gpt-4o-transcribe")).decode(SOUND, task)
    session = service.calls[0].of("session.update")[0]["session"]
    assert session["audio"]["input"]["transcription"] == {
        "model": "gpt-4o-transcribe",
        "language": "de",
        "prompt": "Valkey. Zero.",
    }
    assert session["include"] == ["item.input_audio_transcription.logprobs"]
    assert heard.mean_log_probability == pytest.approx(-0.5)


def test_hops_are_counted(service: FakeRealtime, make: Make) -> None:
    make().decode(SOUND, replace(TASK, hops=1))
    make(hops=2).decode(SOUND, TASK)
    assert [each.headers["X-WhisperStream-Hops"] for each in service.handshakes] == ["2", "3"]


def test_each_sound_is_a_conversation_of_its_own(service: FakeRealtime, make: Make) -> None:
    heard = make().decode_together([Request(SOUND, TASK)] * 6)
    assert [each.text for each in heard] == ["One two."] * 6
    assert len(service.calls) == 6


def beta(service: FakeRealtime) -> None:
    service.on_begin = lambda call: call.say("transcription_session.created", session={})
    service.on_update = lambda call, event: call.say("transcription_session.updated", session={})

    def answer(call: Call) -> None:
        call.say("input_audio_buffer.committed", item_id="item_1")
        call.say("conversation.item.created", item={"id": "item_1"})
        call.say("conversation.item.input_audio_transcription.delta", item_id="item_1", delta="One")
        call.completed("One two.", "item_1")

    service.answers = [answer]


def test_a_service_of_the_beta(service: FakeRealtime, make: Make) -> None:
    beta(service)
    assert make().decode(SOUND, TASK).text == "One two."
    (update,) = service.calls[0].of("transcription_session.update")
    assert update["session"] == {
        "input_audio_format": "pcm16",
        "input_audio_transcription": {"model": "whisper", "language": "en"},
        "turn_detection": None,
    }


def test_what_is_not_known_is_passed_over(service: FakeRealtime, make: Make) -> None:
    def answer(call: Call) -> None:
        call.say("rate_limits.updated", rate_limits=[])
        call.say("input_audio_buffer.speech_started", item_id=None)
        call.completed("One two.", "item_that_nobody_has_committed")

    service.answers = [answer]
    assert make().decode(SOUND, TASK).text == "One two."


def test_items_that_the_service_ends_by_itself_are_parts(service: FakeRealtime, make: Make) -> None:
    def answer(call: Call) -> None:
        first, second = call.committed(), call.committed()
        call.completed("Two.", second)
        call.completed("One.", first)

    service.answers = [answer]
    assert make().decode(SOUND, TASK).text == "One. Two."


def test_silence_has_no_text(service: FakeRealtime, make: Make) -> None:
    service.answers = [said(""), lambda call: call.error("input_audio_buffer_commit_empty")]
    engine = make()
    assert engine.decode(SOUND, TASK).words == ()
    assert engine.decode(SOUND[:800], TASK).words == ()


def close_with(code: int) -> Answering:
    return lambda call: call.socket.close(code)


def half(call: Call) -> None:
    call.delta("One", call.committed())
    call.socket.close(1012)


def failed(call: Call) -> None:
    error = {"type": "server_error", "code": "not_transcribed", "message": "sk-secret"}
    item = call.committed()
    call.say("conversation.item.input_audio_transcription.failed", item_id=item, error=error)


@pytest.mark.parametrize(
    "answer",
    [
        half,
        failed,
        close_with(1000),
        close_with(1013),
        lambda call: call.error("rate_limit_exceeded"),
        lambda call: call.error("overloaded", "server_error"),
        lambda call: call.error("", "server_error"),
        lambda call: call.socket.send("<html>"),
        lambda call: call.socket.send("[1]"),
        lambda call: call.socket.send(b"\xff\xfe"),
        lambda call: call.completed(0, call.committed()),
    ],
)
def test_what_goes_wrong_by_chance_is_tried_again(
    service: FakeRealtime, make: Make, answer: Answering
) -> None:
    service.answers = [answer, answer, said()]
    heard = make().decode(SOUND, TASK)
    assert heard.text == "One two."
    assert heard.sent_ms == 6_000, "each try costs something"


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_so_is_a_handshake(service: FakeRealtime, make: Make, status: int) -> None:
    service.statuses = [(status, ""), (status, "")]
    assert make().decode(SOUND, TASK).text == "One two."


def test_no_more_than_three_times(service: FakeRealtime, make: Make) -> None:
    service.answers = [half]
    error = failure(make())
    assert error.retryable
    assert str(error) == "The speech service at 127.0.0.1 cannot be reached, or is busy."
    assert len(service.calls) == 3


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        (401, "invalid_api_key", "refuses the key. Check OPENAI_API_KEY"),
        (403, "", "does not let this key transcribe"),
        (404, "", "no such service or model. Check OPENAI_BASE_URL and OPENAI_MODEL"),
        (400, "too_many_hops", "may lead back to this one"),
        (429, "insufficient_quota", "has no credit left"),
        (307, "", "answers with status 307. Check OPENAI_BASE_URL"),
    ],
)
def test_handshakes_that_only_an_operator_can_change(
    service: FakeRealtime, make: Make, status: int, code: str, sentence: str
) -> None:
    service.statuses = [(status, code)] * 3
    error = failure(make())
    assert not error.retryable
    with pytest.raises(EngineError, match=sentence):
        raise error
    assert len(service.handshakes) == 1


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("invalid_api_key", "refuses the key"),
        ("insufficient_permissions", "does not let this key transcribe"),
        ("model_not_found", "no such service or model"),
        ("too_many_hops", "may lead back to this one"),
        ("insufficient_quota", "has no credit left"),
        ("invalid_value", r"does not accept what is sent \(an error\)"),
    ],
)
def test_so_are_events(service: FakeRealtime, make: Make, code: str, sentence: str) -> None:
    service.on_begin = lambda call: call.error(code)
    error = failure(make())
    assert not error.retryable
    with pytest.raises(EngineError, match=sentence):
        raise error
    assert len(service.calls) == 1


def test_a_service_that_wants_to_know_less_is_told_less(service: FakeRealtime, make: Make) -> None:
    def update(call: Call, event: dict[str, Any]) -> None:
        if "keywords" in event["session"]["audio"]["input"]["transcription"]:
            call.error("invalid_value")
        else:
            call.updated(event)

    service.on_update = update
    engine, task = make(), replace(TASK, hotwords=("Valkey",))
    assert engine.decode(SOUND, task).text == "One two."
    engine.decode(SOUND, task)
    assert len(service.calls) == 3


@pytest.mark.parametrize("where", ["on_begin", "on_update"])
def test_a_service_that_is_silent(
    service: FakeRealtime, make: Make, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setattr(trying, "FIRST_BYTE_SECONDS", -1.5)
    usual = getattr(service, where)

    def stall(*arguments: Any) -> None:
        if len(service.calls) > 1:
            usual(*arguments)

    setattr(service, where, stall)
    assert make().decode(SOUND, TASK).text == "One two."


def test_a_service_that_never_answers(
    service: FakeRealtime, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "FIRST_BYTE_SECONDS", -1.5)
    service.answers = [lambda call: None]
    assert failure(make()).retryable


def test_a_service_that_is_not_there(service: FakeRealtime, make: Make) -> None:
    gone = Service("http://127.0.0.1:9/v1", "whisper-1", "sk-secret", speaks="realtime")
    assert failure(make(gone)).retryable


def test_after_five_failures_it_is_left_alone(service: FakeRealtime, make: Make) -> None:
    service.answers = [half]
    engine = make()
    for _ in range(2):
        failure(engine)
    with pytest.raises(EngineError, match="asked again in half a minute"):
        engine.decode(SOUND, TASK)
    assert len(service.calls) == 5


def test_no_more_than_a_day_may_cost(service: FakeRealtime, make: Make) -> None:
    engine = make(service.service(seconds_per_day=5, valkey_url=settings.REDIS_URL))
    for _ in range(2):
        engine.decode(SOUND, TASK)
    assert "REMOTE_SECONDS_PER_DAY" in str(failure(engine))
    assert len(service.calls) == 2
