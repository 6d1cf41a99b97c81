"""`POST /v1/audio/transcriptions`, with a scripted worker in place of the real one; the rest is real."""

import asyncio
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile

from captions.asr.engine.base import EngineError
from captions.asr.offline.listener import Ended
from captions.clients.openai.files import answers, views
from captions.clients.roads import short_road
from captions.dialects.openai_files.asking import FORMATS
from captions.models import ApiToken, FileRequest, Scope, Session, User
from captions.protocol import messages
from captions.protocol.feed_frames import Listen
from captions.protocol.messages import MessageError
from captions.protocol.registry import Registry, WorkerState
from captions.speech.passage import Passage
from captions.speech.turns import Turn
from captions.tokens import limits
from captions.uploads.requests import pace
from tests.asr.offline.files import voice, write
from tests.clients.tokens import Program, program, token_of
from tests.factories import make_user, words_of
from tests.jobs.support import script
from tests.speech_data import to_wav

pytestmark = pytest.mark.django_db(transaction=True)

TRANSCRIPTIONS, TRANSLATIONS = "/v1/audio/transcriptions", "/v1/audio/translations"
TEXT = "Good morning. It is late."


def final(seq: int, text: str, start_ms: int) -> dict[str, Any]:
    words = words_of(text, start_ms)
    return messages.final(
        seq=seq,
        utterance=str(uuid.uuid4()),
        start_ms=start_ms,
        end_ms=words[-1].end_ms,
        text=text,
        words=[
            {"text": w.text, "start_ms": w.start_ms, "end_ms": w.end_ms, "probability": w.probability}
            for w in words
        ],
        confidence=0.9,
        language="en",
    )


def ended(reason: str = "stopped") -> dict[str, Any]:
    return messages.media("ended", gen=1, clock_ms=2_000, reason=reason)


SAID = (final(1, "Good morning.", 0), final(2, "It is late.", 1_000))


@dataclass
class FedSession:
    kept: bool
    listen: Listen
    id: uuid.UUID = field(default_factory=uuid.uuid4)


class Worker:
    """A `SoundStream` that tells what a test has written, once it has all sound."""

    events: ClassVar[list[Any]] = []
    refusals: ClassVar[list[MessageError]] = []
    opened: ClassVar[list["Worker"]] = []
    goes_on: ClassVar[asyncio.Event | None] = None
    came: ClassVar[asyncio.Event]

    def __init__(self, listen: Listen, kept: bool, title: str) -> None:
        self.session = FedSession(kept, listen)
        self.title = title
        self.heard: list[Any] = []
        self.told: list[Listen] = []
        self.over = asyncio.Event()
        self.closed = asyncio.Event()

    @classmethod
    async def open(
        cls, token: ApiToken, listen: Listen, *, kept: bool, title: str, wait_seconds: float
    ) -> "Worker":
        if cls.refusals:
            raise cls.refusals.pop(0)
        cls.opened.append(cls(listen, kept, title))
        cls.came.set()
        return cls.opened[-1]

    async def __aenter__(self) -> "Worker":
        return self

    async def __aexit__(self, *error: object) -> None:
        self.closed.set()

    async def push(self, samples: Any) -> None:
        self.heard.append(samples)

    async def listen(self, listen: Listen) -> None:
        self.told.append(listen)

    async def end(self) -> None:
        self.over.set()

    async def __aiter__(self) -> Any:
        await self.over.wait()
        for event in self.events:
            if self.goes_on is not None:
                await self.goes_on.wait()
            yield event


@pytest.fixture(autouse=True)
def worker(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Iterator[type[Worker]]:
    settings.UPLOAD_DIR = tmp_path / "uploads"
    monkeypatch.setattr(short_road, "SoundStream", Worker)
    monkeypatch.setattr(views, "is_installed", lambda: False)
    Worker.events, Worker.refusals, Worker.opened, Worker.goes_on = [*SAID, ended()], [], [], None
    Worker.came = asyncio.Event()
    yield Worker
    # Nothing is left, whatever happened.
    assert all(each.closed.is_set() for each in Worker.opened)
    assert not [each for each in (tmp_path / "uploads").rglob("*") if each.is_file()]
    assert not FileRequest.objects.exists()


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return to_wav(voice(2), tmp_path_factory.mktemp("wav") / "two.wav").read_bytes()


@pytest.fixture
def token(user: User) -> str:
    return token_of(user, Scope.TRANSCRIBE)


async def test_it_is_told_how_far_the_sound_has_come(token: str, sound: bytes, worker: type[Worker]) -> None:
    client = Program(authorization=f"Bearer {token}", x_whisperstream_hops="2")
    file = SimpleUploadedFile("speech.wav", sound)
    assert (await client.post(TRANSCRIPTIONS, {"file": file})).status_code == 200
    (stream,) = worker.opened
    assert stream.session.listen.hops == 2


@pytest.mark.parametrize("hops", ["3", "99999", "-1", "many"])
async def test_sound_that_goes_round_in_a_circle_is_refused(token: str, sound: bytes, hops: str) -> None:
    client = Program(authorization=f"Bearer {token}", x_whisperstream_hops=hops)
    for path in (TRANSCRIPTIONS, TRANSLATIONS):
        answer = await client.post(path, {"file": SimpleUploadedFile("speech.wav", sound)})
        assert error_of(answer) == (400, "too_many_hops", None)


async def send(token: str, file: bytes | None, path: str = TRANSCRIPTIONS, **parts: Any) -> Any:
    named = {name.replace("__", "[") + "]" if "__" in name else name: value for name, value in parts.items()}
    if file is not None:
        named["file"] = SimpleUploadedFile("C:\\memos\\Ein Memo.wav", file, "application/octet-stream")
    return await program(token).post(path, named)


async def streamed(answer: Any) -> list[Any]:
    content = b"".join([part async for part in answer.streaming_content]).decode()
    answer.close()
    lines = [line for line in content.split("\n\n") if line]
    assert all(line.startswith(("data: ", ": ")) for line in lines)
    return [line[6:] for line in lines if line.startswith("data: ")]


def error_of(answer: Any) -> tuple[int, str, str | None]:
    error = answer.json()["error"]
    assert error["message"]
    return answer.status_code, error["code"], error["param"]


async def test_a_short_file_is_pushed_to_a_worker(token: str, sound: bytes, worker: type[Worker]) -> None:
    answer = await send(token, sound, model="whisper-1", language="en")
    assert answer.json() == {
        "text": TEXT,
        "languages": [{"code": "en"}],
        "usage": {"type": "duration", "seconds": 2.0},
    }
    assert answer.headers["x-request-id"].startswith("req_")
    assert "X-WhisperStream-Session" not in answer.headers
    (stream,) = worker.opened
    assert (stream.session.kept, stream.session.listen.language, stream.title) == (False, "en", "")
    heard = np.concatenate(stream.heard)
    assert heard.dtype == np.int16
    assert np.abs(heard - voice(2)).max() < 500
    assert not await Session.objects.aexists()


@pytest.mark.parametrize("format", FORMATS)
async def test_each_format(token: str, sound: bytes, format: str) -> None:
    answer = await send(token, sound, response_format=format, timestamp_granularities__="word")
    text = answer.content.decode()
    kind = answer.headers["Content-Type"]
    if format.endswith("json"):
        assert kind == "application/json"
        assert answer.json()["text"] == TEXT
    elif format == "vtt":
        assert kind == "text/vtt; charset=utf-8"
        assert text.startswith("WEBVTT\n\n00:00:00.000 --> ")
        assert "<lang" not in text
    else:
        assert kind == "text/plain; charset=utf-8"
        assert text == f"{TEXT}\n" if format == "text" else text.startswith("1\n00:00:00,000 --> ")


@pytest.mark.parametrize("format", FORMATS)
async def test_what_is_streamed_is_what_is_not(token: str, sound: bytes, format: str) -> None:
    *events, last = await streamed(await send(token, sound, stream="true", response_format=format))
    assert last == "[DONE]"
    *events, done = [json.loads(event) for event in events]
    assert done["type"] == "transcript.text.done"
    assert done["text"] == TEXT
    assert "".join(each["delta"] for each in events if each["type"] == "transcript.text.delta") == TEXT


async def test_words_to_expect_and_the_text_before(token: str, sound: bytes, worker: type[Worker]) -> None:
    await send(token, sound, prompt="Ishbel Rendall, Stromness", keywords__="Valkey")
    await send(token, sound, prompt="They sat at the harbour and spoke of ships, as they often did.")
    first, second = worker.opened
    assert first.session.listen.vocabulary == ("Valkey", "Ishbel Rendall", "Stromness")
    assert not first.told
    assert [each.prompt for each in second.told] == [
        "They sat at the harbour and spoke of ships, as they often did."
    ]


async def test_a_kept_one_is_named(user: User, sound: bytes, worker: type[Worker]) -> None:
    keeping = await database_sync_to_async(token_of)(user, Scope.TRANSCRIBE, keep_history=True)
    answer = await send(keeping, sound)
    (stream,) = worker.opened
    assert (stream.session.kept, stream.title) == (True, "Ein Memo")
    assert answer.headers["X-WhisperStream-Session"] == str(stream.session.id)
    worker.events = [ended()]
    assert "X-WhisperStream-Session" not in (await send(keeping, sound)).headers


async def test_who_may_not(user: User, sound: bytes) -> None:
    reading = await database_sync_to_async(token_of)(user, Scope.READ)
    assert error_of(await send(reading, sound)) == (403, "insufficient_permissions", None)
    assert error_of(await send("wsp_wrong", sound)) == (401, "invalid_api_key", None)
    assert (await program(reading).get(TRANSCRIPTIONS)).status_code == 405


@pytest.mark.parametrize(
    "content",
    [b"", b"RIFF", b"This is a letter.\n" * 400, bytes(range(256)) * 64],
    ids=("empty", "cut off", "text", "bytes"),
)
async def test_what_is_no_sound(token: str, content: bytes) -> None:
    answer = await send(token, content)
    assert error_of(answer) == (400, "invalid_value", "file")
    assert "Ein Memo.wav" in answer.json()["error"]["message"]


async def test_no_sound_in_a_sound_file(token: str, tmp_path: Path) -> None:
    empty = to_wav(voice(0), tmp_path / "empty.wav").read_bytes()
    assert error_of(await send(token, empty)) == (400, "invalid_value", "file")


async def test_a_video(token: str, tmp_path: Path, worker: type[Worker]) -> None:
    video = write(tmp_path / "two.mp4", voice(2), codec="aac").read_bytes()
    assert (await send(token, video)).json()["text"] == TEXT
    assert np.concatenate(worker.opened[0].heard).size == pytest.approx(32_000, abs=3_000)


async def test_silence(token: str, tmp_path: Path, worker: type[Worker]) -> None:
    worker.events = [ended()]
    silence = to_wav(np.zeros(32_000, np.int16), tmp_path / "silence.wav").read_bytes()
    assert (await send(token, silence)).json()["text"] == ""
    assert (await send(token, silence, response_format="text")).content == b"\n"
    events = await streamed(await send(token, silence, stream="true"))
    assert [json.loads(event)["type"] for event in events[:-1]] == ["transcript.text.done"]


async def test_wrong_parts(token: str, sound: bytes) -> None:
    assert error_of(await send(token, None, model="whisper-1")) == (
        400,
        "missing_required_parameter",
        "file",
    )
    assert error_of(await send(token, sound, language="xx")) == (400, "invalid_value", "language")
    assert error_of(await send(token, sound, temperature="2")) == (400, "invalid_value", "temperature")
    assert error_of(await send(token, sound, keywords__="<|en|>")) == (400, "invalid_value", "keywords")
    assert (await send(token, sound, prompt="<|en|>, Ada")).status_code == 200
    broken = await program(token).post(TRANSCRIPTIONS, "no form", content_type="multipart/form-data")
    assert error_of(broken) == (400, "invalid", None)
    other = await program(token).post(TRANSCRIPTIONS, {"model": "a"}, content_type="application/json")
    assert error_of(other) == (400, "missing_required_parameter", "file")


async def test_too_large_is_said_before_it_is_read(token: str, sound: bytes, settings: Any) -> None:
    settings.LIMIT_UPLOAD_MB = 1
    answer = await send(token, bytes(2_500_000))
    assert error_of(answer) == (413, "file_too_large", "file")
    assert answer.headers["x-should-retry"] == "false"
    assert error_of(await send(token, bytes(1_500_000))) == (413, "file_too_large", "file")


async def test_names_of_models(token: str, sound: bytes, settings: Any) -> None:
    assert (await send(token, sound, model="anything")).status_code == 200
    settings.MODELS_STRICT = True
    settings.WHISPER_MODEL = "base"
    for known in ("whisper-1", "base", "gpt-4o-transcribe-diarize", "gpt-4o-mini-transcribe-2025-12-15"):
        assert (await send(token, sound, model=known)).status_code == 200
    assert error_of(await send(token, sound, model="anything")) == (404, "model_not_found", "model")


async def test_a_model_for_one_language(token: str, sound: bytes) -> None:
    registry = Registry()
    await registry.announce(WorkerState("a", "ready", model="tiny.en", room=1, only_language="en"))
    assert error_of(await send(token, sound, language="de")) == (400, "invalid_value", "language")
    assert (await send(token, sound, language="en")).status_code == 200
    assert error_of(await send(token, sound, TRANSLATIONS)) == (400, "unsupported_model", "model")
    await registry.announce(WorkerState("a", "ready", model="large-v3-turbo", room=1))
    assert error_of(await send(token, sound, TRANSLATIONS)) == (400, "unsupported_model", "model")
    await registry.close()


@pytest.mark.parametrize(
    ("code", "status", "told", "may_help"),
    [
        ("busy", 503, "overloaded", True),
        ("loading", 503, "model_loading", True),
        ("model_unavailable", 503, "model_unavailable", False),
    ],
)
async def test_no_worker(
    token: str, sound: bytes, worker: type[Worker], code: str, status: int, told: str, may_help: bool
) -> None:
    worker.refusals = [MessageError(code, "A sentence.")]
    answer = await send(token, sound)
    assert error_of(answer)[:2] == (status, told)
    assert ("Retry-After" in answer.headers) is may_help
    assert (answer.headers.get("x-should-retry") == "false") is not may_help


async def test_an_account_with_enough_under_way_waits(
    token: str, sound: bytes, worker: type[Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(short_road, "_ASK_AGAIN_SECONDS", 0.01)
    worker.refusals = [MessageError("too_many_sessions", "Too many.") for _ in range(3)]
    assert (await send(token, sound)).status_code == 200
    monkeypatch.setattr(short_road, "_WAIT_SECONDS", 0)
    worker.refusals = [MessageError("too_many_sessions", "Too many.")]
    answer = await send(token, sound)
    assert error_of(answer)[:2] == (429, "rate_limit_exceeded")
    assert answer.headers["Retry-After"]


@pytest.mark.parametrize(
    "event",
    [messages.error("worker_lost", "It was lost."), ended("server")],
    ids=("lost", "ended early"),
)
async def test_a_worker_that_is_lost(
    token: str, sound: bytes, worker: type[Worker], event: dict[str, Any]
) -> None:
    worker.events = [SAID[0], event]
    assert error_of(await send(token, sound))[:2] == (503, "overloaded")
    first, last = await streamed(await send(token, sound, stream="true"))
    assert json.loads(first)["delta"] == "Good morning."
    assert json.loads(last)["error"]["code"] == "overloaded"


async def test_a_stream_holds_its_place_and_stays_alive(
    token: str, sound: bytes, worker: type[Worker], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LIMIT_TOKEN_REQUESTS_AT_ONCE = 1
    monkeypatch.setattr(answers, "_KEEP_ALIVE_SECONDS", 0.05)
    worker.goes_on = asyncio.Event()
    answer = await send(token, sound, stream="true")
    assert answer.headers["Content-Type"] == "text/event-stream"
    content = aiter(answer.streaming_content)
    assert await anext(content) == b": keep-alive\n\n"
    assert (await send(token, sound)).status_code == 429
    worker.goes_on.set()
    rest = b"".join([part async for part in content])
    assert rest.endswith(b"data: [DONE]\n\n")
    answer.close()
    assert (await send(token, sound)).status_code == 200


async def test_a_client_that_goes_away_ends_the_work(token: str, sound: bytes, worker: type[Worker]) -> None:
    worker.goes_on = asyncio.Event()
    answer = await send(token, sound, stream="true")
    reading = asyncio.ensure_future(anext(aiter(answer.streaming_content)))
    await worker.opened[0].over.wait()
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    answer.close()
    assert worker.opened[0].closed.is_set()
    worker.came.clear()
    waiting = asyncio.ensure_future(send(token, sound))
    await worker.came.wait()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert worker.opened[1].closed.is_set()
    pk = (await ApiToken.objects.aget()).pk
    for _ in range(4):
        await sync_to_async(limits.take_place)(pk)


async def test_a_stream_that_nobody_reads_ends(
    token: str, sound: bytes, worker: type[Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "_UNREAD_SECONDS", 0.05)
    answer = await send(token, sound, stream="true")
    await worker.opened[0].closed.wait()
    await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()}, return_exceptions=True)
    answer.close()


class TestLongRoad:
    """More than a minute of sound goes to a Celery worker."""

    @pytest.fixture(autouse=True)
    def runs(self, celery: list[str]) -> None: ...

    async def test_its_text(
        self, token: str, minutes: bytes, celery: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        jobs = script(monkeypatch, *self.passages(), Ended(120_000))
        answer = await send(token, minutes, language="de", prompt="Ishbel", chunking_strategy="auto")
        assert answer.json()["text"] == TEXT
        assert answer.json()["usage"]["seconds"] == 120.0
        assert len(celery) == len(jobs) == 1
        assert (jobs[0].language, jobs[0].hotwords, jobs[0].translate) == ("de", ("Ishbel",), False)
        assert not await Session.objects.aexists()
        done = await streamed(await send(token, minutes, stream="true"))
        assert json.loads(done[-2])["text"] == TEXT

    async def test_a_translation_is_heard_there_whatever_its_length(
        self, token: str, sound: bytes, worker: type[Worker], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        jobs = script(monkeypatch, *self.passages(), Ended(2_000))
        answer = await send(token, sound, TRANSLATIONS, response_format="verbose_json", language="de")
        assert (answer.json()["task"], answer.json()["language"]) == ("translate", "english")
        assert (jobs[0].language, jobs[0].translate) == ("", True)
        assert not worker.opened

    async def test_voices_are_told_apart_there_whatever_its_length(
        self, token: str, sound: bytes, worker: type[Worker], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(views, "is_installed", lambda: True)
        turns = (Turn(0, 700, 1), Turn(900, 2_000, 0))
        for stream in ("false", "true"):
            jobs = script(monkeypatch, *self.passages(), Ended(2_000, turns=turns))
            answer = await send(token, sound, response_format="diarized_json", stream=stream)
            if stream == "true":
                events = [json.loads(each) for each in (await streamed(answer))[:-1]]
                segments = [each for each in events if each["type"] == "transcript.text.segment"]
            else:
                segments = answer.json()["segments"]
            assert [each["speaker"] for each in segments] == ["A", "B"]
            assert jobs[0].speakers is not None
        assert not worker.opened

    async def test_one_that_is_kept_is_in_the_history(
        self, user: User, minutes: bytes, monkeypatch: pytest.MonkeyPatch, settings: Any
    ) -> None:
        settings.SOUND_KEEP_DAYS = 0
        script(monkeypatch, *self.passages(), Ended(120_000))
        keeping = await database_sync_to_async(token_of)(user, Scope.TRANSCRIBE, keep_history=True)
        answer = await send(keeping, minutes)
        session = await user.sessions.aget()
        assert answer.headers["X-WhisperStream-Session"] == str(session.pk)
        assert (session.title, session.source, session.clock_ms) == ("Ein Memo", "file", 120_000)
        assert [each.text async for each in session.utterances.in_time()] == ["Good morning.", "It is late."]
        # Another account finds nothing.
        other = await database_sync_to_async(make_user)()
        assert not await other.sessions.aexists()

    async def test_one_that_would_take_too_long_is_refused_at_once(
        self, token: str, minutes: bytes, celery: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await sync_to_async(pace.measured)(120, 100_000)
        answer = await send(token, minutes)
        assert error_of(answer) == (413, "file_too_long", "file")
        assert answer.headers["x-should-retry"] == "false"
        assert "stream=true" in answer.json()["error"]["message"]
        assert not celery
        script(monkeypatch, *self.passages(), Ended(120_000))
        done = await streamed(await send(token, minutes, stream="true"))
        assert json.loads(done[-2])["text"] == TEXT

    async def test_a_model_that_fails(
        self, token: str, minutes: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        script(monkeypatch, EngineError("It is broken."))
        assert error_of(await send(token, minutes))[:2] == (503, "overloaded")

    @staticmethod
    def passages() -> list[Passage]:
        return [
            Passage(
                event["start_ms"],
                event["end_ms"],
                event["text"],
                words_of(event["text"], event["start_ms"]),
                0.9,
                "en",
            )
            for event in SAID
        ]
