"""The engine, before a service that behaves badly."""

import json
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
from captions.asr.engine.openai.engine import OpenAiEngine
from captions.asr.engine.openai.service import Service
from captions.asr.engine.openai.trying import Attempts, Clock
from captions.speech.types import Hypothesis
from tests.asr.engine.openai.fake import FakeService, Reply, refused, said
from tests.speech_data import load_pcm

SOUND = load_pcm("note-en-us")[:32_000].astype(np.float32) / np.float32(32768)
TASK = Task("partial", "en")


class FakeClock:
    """Sleeps take no time."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.seconds += seconds

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.seconds, sleep=self.sleep, chance=lambda: 0.0)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


Make = Callable[..., OpenAiEngine]


@pytest.fixture
def make(service: FakeService, clock: FakeClock) -> Make:
    def make(asked: Service | None = None, *, hops: int = 0, **options: Any) -> OpenAiEngine:
        asked = asked or service.service()
        options = {"patience": 22.0, "clock": clock.clock, **options}
        return OpenAiEngine(asked, Attempts(asked, Circuit(), budget_of(asked), **options), hops=hops)

    return make


def failure(engine: OpenAiEngine) -> EngineError:
    with pytest.raises(EngineError) as error:
        engine.decode(SOUND, TASK)
    # What is said of it is logged.
    assert "sk-" not in repr(error.value)
    assert error.value.__cause__ is None
    assert error.value.elsewhere
    return error.value


def text(heard: Hypothesis) -> str:
    return heard.text


def test_a_sound_is_sent_and_its_words_come_back(service: FakeService, make: Make) -> None:
    words = [{"word": "One", "start": 0.2, "end": 0.6}, {"word": "two", "start": 0.7, "end": 1.1}]
    service.replies = [said("One two.", words=words, language="english")]
    heard = make().decode(SOUND, Task("partial", prompt="Zero."))
    assert [(each.text, each.start_ms, each.end_ms) for each in heard.words] == [
        (" One", 200, 600),
        (" two.", 700, 1_100),
    ]
    assert (heard.language, heard.language_probability) == ("en", 0.0)
    assert (heard.writer, heard.sent_ms) == ("whisper-1 (127.0.0.1)", 2_000)
    (asked,) = service.asked
    assert asked.path == "/v1/audio/transcriptions"
    assert asked.headers["Authorization"] == "Bearer sk-secret"
    assert asked.headers["X-WhisperStream-Hops"] == "1"
    assert asked.form["model"] == ["whisper-1"]
    assert asked.form["timestamp_granularities[]"] == ["word", "segment"]
    assert asked.form["prompt"] == ["Zero."]
    assert asked.sound[:4] == b"RIFF"
    assert len(asked.sound) == 44 + 64_000


def test_a_service_without_keys_gets_none(service: FakeService, make: Make) -> None:
    make(replace(service.service(), key="")).decode(SOUND, TASK)
    assert "Authorization" not in service.asked[0].headers


def test_a_text_alone_is_spread_over_the_voice(service: FakeService, make: Make) -> None:
    service.replies = [Reply(body=b"One two three.", headers={"Content-Type": "text/plain"})]
    heard = make().decode(SOUND, TASK)
    assert text(heard) == "One two three."
    assert 0 < heard.words[0].start_ms < heard.words[-1].end_ms <= 2_000
    assert heard.language_probability == 1.0


def test_a_translation_has_an_address_of_its_own(service: FakeService, make: Make) -> None:
    assert make().decode(SOUND, Task("final", "de", translate=True)).language == "en"
    assert service.asked[0].path == "/v1/audio/translations"


def test_hops_are_counted(service: FakeService, make: Make) -> None:
    make().decode(SOUND, replace(TASK, hops=1))
    make(hops=2).decode(SOUND, TASK)
    assert [each.headers["X-WhisperStream-Hops"] for each in service.asked] == ["2", "3"]


def test_sounds_are_sent_together(service: FakeService, make: Make) -> None:
    heard = make().decode_together([Request(SOUND, TASK)] * 6)
    assert [text(each) for each in heard] == ["One two."] * 6


def test_a_service_that_tells_less_is_asked_for_less(service: FakeService, make: Make) -> None:
    service.replies = [refused(400), refused(422), said()]
    engine = make()
    assert text(engine.decode(SOUND, TASK)) == "One two."
    engine.decode(SOUND, TASK)
    asked = [each.form["response_format"][0] for each in service.asked]
    assert asked == ["verbose_json", "verbose_json", "json", "json"]


@pytest.mark.parametrize(
    "reply",
    [
        refused(408),
        refused(409),
        refused(429),
        refused(500),
        refused(503),
        Reply(body=b"<html>"),
        Reply(body=b'{"text": null}'),
        Reply(body=b'{"text": "One two."}', missing=5),
    ],
)
def test_what_goes_wrong_by_chance_is_tried_again(
    service: FakeService, make: Make, clock: FakeClock, reply: Reply
) -> None:
    service.replies = [reply, reply, said()]
    heard = make().decode(SOUND, TASK)
    assert text(heard) == "One two."
    assert heard.sent_ms == 6_000, "each try costs something"
    assert clock.slept == [0.5, 1.0]


def test_no_more_than_three_times(service: FakeService, make: Make) -> None:
    service.replies = [refused(500)]
    error = failure(make())
    assert error.retryable
    assert str(error) == "The speech service at 127.0.0.1 cannot be reached, or is busy."
    assert len(service.asked) == 3


@pytest.mark.parametrize(
    ("headers", "slept"),
    [
        ({"retry_after": "3"}, [3.0]),
        ({"retry_after_ms": "2500"}, [2.5]),
        ({"retry_after_ms": "x", "retry_after": "2"}, [2.0]),
        ({"retry_after": "nonsense"}, [0.5]),
    ],
)
def test_a_service_says_when_to_come_again(
    service: FakeService, make: Make, clock: FakeClock, headers: dict[str, str], slept: list[float]
) -> None:
    service.replies = [refused(429, **headers), said()]
    make().decode(SOUND, TASK)
    assert clock.slept == slept


def test_nobody_waits_longer_than_there_is_patience(
    service: FakeService, make: Make, clock: FakeClock
) -> None:
    service.replies = [refused(429, retry_after="60"), said()]
    assert failure(make()).retryable
    assert clock.slept == []


def test_a_service_may_want_to_be_left_alone(service: FakeService, make: Make) -> None:
    service.replies = [refused(503, x_should_retry="false"), said()]
    assert failure(make()).retryable
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (refused(401), "refuses the key. Check OPENAI_API_KEY"),
        (refused(403), "does not let this key transcribe"),
        (refused(404), "no such service or model. Check OPENAI_BASE_URL and OPENAI_MODEL"),
        (refused(400), r"does not accept what is sent \(status 400\)"),
        (refused(400, "too_many_hops"), "may lead back to this one"),
        (refused(429, "insufficient_quota"), "has no credit left"),
        (refused(307, Location="/elsewhere"), "answers with status 307. Check OPENAI_BASE_URL"),
    ],
)
def test_what_only_an_operator_can_change(
    service: FakeService, make: Make, reply: Reply, sentence: str
) -> None:
    service.replies = [reply]
    error = failure(make(service.service("gpt-transcribe")))
    assert not error.retryable
    with pytest.raises(EngineError, match=sentence):
        raise error
    assert len(service.asked) == 1


def test_a_service_that_is_silent(service: FakeService, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "FIRST_BYTE_SECONDS", -1.9)
    service.replies = [Reply(stall=True), said()]
    assert text(make().decode(SOUND, TASK)) == "One two."


def test_a_service_that_is_not_there(service: FakeService, make: Make) -> None:
    gone = Service("http://127.0.0.1:9/v1", "whisper-1", "sk-secret")
    assert failure(make(gone)).retryable


def test_an_answer_without_an_end(service: FakeService, make: Make) -> None:
    service.replies = [Reply(body=b" " * (5 << 20))]
    assert failure(make()).retryable


def test_after_five_failures_it_is_left_alone(service: FakeService, make: Make, clock: FakeClock) -> None:
    service.replies = [refused(500)] * 5 + [said()]
    engine = make()
    for _ in range(3):
        assert failure(engine).retryable
    assert len(service.asked) == 5
    with pytest.raises(EngineError, match="asked again in half a minute"):
        engine.decode(SOUND, TASK)
    clock.seconds += 30
    assert text(engine.decode(SOUND, TASK)) == "One two."


def test_the_sound_of_a_file_waits_for_it(service: FakeService, make: Make, clock: FakeClock) -> None:
    service.replies = [refused(500)] * 7 + [said()]
    engine = make(patience=600.0, tries=30, waits=True)
    assert text(engine.decode(SOUND, TASK)) == "One two."
    assert clock.seconds > 60


def test_a_wrong_key_opens_the_circuit_too(service: FakeService, make: Make) -> None:
    service.replies = [refused(401)]
    engine = make()
    for _ in range(6):
        failure(engine)
    assert len(service.asked) == 5


def test_sounds_that_are_refused_do_not(service: FakeService, make: Make) -> None:
    service.replies = [refused(400)]
    engine = make(service.service("gpt-transcribe"))
    for _ in range(6):
        failure(engine)
    assert len(service.asked) == 6


def test_no_more_than_a_day_may_cost(service: FakeService, make: Make) -> None:
    engine = make(
        service.service(seconds_per_day=5, valkey_url=settings.REDIS_URL),
    )
    for _ in range(2):
        engine.decode(SOUND, TASK)
    assert "REMOTE_SECONDS_PER_DAY" in str(failure(engine))
    assert len(service.asked) == 2


def test_the_key_is_not_shown(service: FakeService) -> None:
    assert "secret" not in repr(service.service(valkey_url="redis://:secret@host"))


def test_an_answer_in_the_form_of_faster_whisper(service: FakeService, make: Make) -> None:
    words = [{"word": " One", "start": 0.2, "end": 0.6, "probability": 0.5}]
    segment = {"text": " One.", "start": 0.2, "end": 1.0, "words": words, "avg_logprob": -0.3}
    service.replies = [Reply(body=json.dumps({"text": " One.", "segments": [segment]}).encode())]
    heard = make().decode(SOUND, TASK)
    assert [(each.text, each.probability) for each in heard.words] == [(" One.", 0.5)]
    assert heard.mean_log_probability == pytest.approx(-0.3)
