import asyncio
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.utils import timezone
from pytest_django.fixtures import Settings

from captions.asr.engine.base import EngineError
from captions.asr.offline.listener import Ended
from captions.clients.deepgram import prerecorded
from captions.clients.roads import allowed, choice, short_road
from captions.models import ApiToken, FileRequest, Scope, User
from captions.protocol.messages import MessageError
from captions.speech.passage import Passage
from captions.speech.turns import Turn
from captions.uploads import tasks
from captions.uploads.requests import pace
from tests.clients.tokens import Program, token_of
from tests.dialects.deepgram.telling import final
from tests.factories import words_of
from tests.jobs.support import script
from tests.speech_data import DATA

from .conftest import FakeStream

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.UPLOAD_DIR = tmp_path / "uploads"
    yield
    # Nothing of a file is left, whatever happened.
    assert not [each for each in (tmp_path / "uploads").rglob("*") if each.is_file()]
    assert not FileRequest.objects.exists()


NOTE = (DATA / "note-en-us.flac").read_bytes()
LISTEN = "/v1/listen"


async def post(token: str, body: bytes = NOTE, query: str = "", kind: str = "audio/flac") -> Any:
    return await Program(authorization=f"Token {token}").post(f"{LISTEN}?{query}", body, content_type=kind)


def said(answer: Any) -> tuple[int, str, str]:
    error = answer.json()
    assert error["request_id"].startswith("req_")
    return answer.status_code, error["err_code"], error["err_msg"]


async def test_a_file_becomes_its_text(streams: type[FakeStream], token: str) -> None:
    streams.finals = [final("What time is it?", 300, 2_000), final("Noon.", 2_500, 3_000)]
    answer = await post(token, query="model=nova-3&language=en&utterances=true&keyterm=Kiel")
    assert answer.status_code == 200
    [stream] = streams.opened
    told = answer.json()
    assert told["metadata"]["request_id"] == str(stream.session.id)
    assert told["metadata"]["sha256"] == hashlib.sha256(NOTE).hexdigest()
    assert told["metadata"]["duration"] == pytest.approx(20.1, abs=0.1)
    assert told["results"]["channels"][0]["alternatives"][0]["transcript"] == "What time is it? Noon."
    assert len(told["results"]["utterances"]) == 2
    assert stream.samples == pytest.approx(20.1 * 16_000, abs=1_600)
    assert stream.is_closed
    assert (stream.listens[0].language, stream.listens[0].vocabulary) == ("en", ("Kiel",))


async def test_raw_samples_need_their_encoding(streams: type[FakeStream], token: str) -> None:
    raw = bytes(2 * 16_000)
    answer = await post(token, raw, "encoding=linear16&sample_rate=8000", "application/octet-stream")
    assert answer.json()["metadata"]["duration"] == pytest.approx(2, abs=0.01)
    status, code, sentence = said(await post(token, raw))
    assert (status, code) == (400, "DATA-0000")
    assert sentence == "The file is not an audio or video file that can be read."


async def test_a_container_counts_more_than_the_encoding(streams: type[FakeStream], token: str) -> None:
    answer = await post(token, query="encoding=linear16&sample_rate=8000")
    assert answer.json()["metadata"]["duration"] == pytest.approx(20.1, abs=0.1)


async def test_opus_packets_are_no_file(token: str) -> None:
    assert said(await post(token, b"\x08abc", "encoding=opus"))[:2] == (400, "DATA-0000")


@pytest.mark.parametrize("kind", ["application/json", "audio/wav"])
async def test_no_url_is_fetched(streams: type[FakeStream], token: str, kind: str) -> None:
    body = json.dumps({"url": "http://127.0.0.1/private.wav"}).encode()
    status, code, sentence = said(await post(token, body, kind=kind))
    assert (status, code) == (400, "Bad Request")
    assert "URL" in sentence
    assert not streams.opened


async def test_an_empty_body(token: str) -> None:
    assert said(await post(token, b""))[:2] == (400, "Bad Request")


async def test_what_is_too_large_is_refused(
    streams: type[FakeStream], token: str, settings: Settings
) -> None:
    settings.LIMIT_UPLOAD_MB = 1
    status, code, sentence = said(await post(token, bytes(1_000_001)))
    assert (status, code) == (413, "PAYLOAD_TOO_LARGE")
    assert "1 MB" in sentence
    assert not streams.opened


async def test_damage_in_the_middle_is_told_without_waiting(streams: type[FakeStream], token: str) -> None:
    status, code, _sentence = said(await post(token, b"fLaC" + bytes(10_000)))
    assert (status, code) == (400, "DATA-0000")
    assert all(stream.is_closed for stream in streams.opened)


@pytest.mark.parametrize(
    ("query", "named"),
    [("callback=http://127.0.0.1/", "callback"), ("redact=pci", "redact"), ("language=xx", "en")],
)
async def test_what_cannot_be_done_is_said(token: str, query: str, named: str) -> None:
    status, code, sentence = said(await post(token, query=query))
    assert (status, code) == (400, "Bad Request")
    assert named in sentence


async def test_no_worker_has_room(streams: type[FakeStream], token: str) -> None:
    streams.refusal = MessageError("busy", "The server is busy.", retryable=True)
    answer = await post(token)
    assert said(answer)[:2] == (503, "BUSY")
    assert answer.headers["Retry-After"]


async def test_an_account_with_enough_under_way_waits(
    streams: type[FakeStream], token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    opened = streams.open

    async def open(*args: Any, **options: Any) -> FakeStream:
        asked.append(args)
        if len(asked) < 3:
            raise MessageError("too_many_sessions", "Too many.", retryable=True)
        return await opened(*args, **options)

    monkeypatch.setattr(streams, "open", open)
    monkeypatch.setattr(short_road, "_ASK_AGAIN_SECONDS", 0.01)
    assert (await post(token)).status_code == 200
    monkeypatch.setattr(short_road, "_WAIT_SECONDS", 0)
    asked.clear()
    assert said(await post(token))[:2] == (429, "TOO_MANY_REQUESTS")


async def test_a_long_file_is_transcribed_by_a_celery_worker(
    streams: type[FakeStream],
    user: User,
    minutes: bytes,
    celery: list[str],
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
) -> None:
    settings.SOUND_KEEP_DAYS = 0
    passage = Passage(300, 2_000, "Noon.", words_of("Noon.", 300), 0.9, "en")
    jobs = script(monkeypatch, passage, Ended(120_000))
    keeping = await database_sync_to_async(token_of)(user, Scope.TRANSCRIBE, keep_history=True)
    told = (await post(keeping, minutes, "language=en&keyterm=Kiel&utterances=true")).json()
    assert told["metadata"]["duration"] == 120
    assert told["metadata"]["sha256"] == hashlib.sha256(minutes).hexdigest()
    assert [each["transcript"] for each in told["results"]["utterances"]] == ["Noon."]
    assert (jobs[0].language, jobs[0].hotwords) == ("en", ("Kiel",))
    assert not streams.opened
    session = await user.sessions.aget()
    assert (told["metadata"]["request_id"], session.title) == (str(session.pk), "")


@pytest.mark.parametrize("is_installed", [True, False])
async def test_voices_are_told_apart_where_the_server_can(
    token: str,
    streams: type[FakeStream],
    celery: list[str],
    monkeypatch: pytest.MonkeyPatch,
    is_installed: bool,
) -> None:
    monkeypatch.setattr(prerecorded, "is_installed", lambda: is_installed)
    streams.finals = [final("Noon.", 300, 2_000)]
    heard = (
        Passage(0, 700, "Good morning.", words_of("Good morning.", 0), 0.9, "en"),
        Passage(900, 2_000, "It is late.", words_of("It is late.", 900), 0.9, "en"),
    )
    jobs = script(monkeypatch, *heard, Ended(2_000, turns=(Turn(0, 700, 1), Turn(900, 2_000, 0))))
    told = (await post(token, query="diarize=true&utterances=true")).json()
    if is_installed:
        assert [each["speaker"] for each in told["results"]["utterances"]] == [0, 1]
        assert jobs[0].speakers is not None
        assert "warnings" not in told["metadata"]
    else:
        assert not jobs
        assert [each["parameter"] for each in told["metadata"]["warnings"]] == ["diarize"]


async def test_long_raw_samples_reach_the_celery_worker(
    user: User, token: str, celery: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = script(monkeypatch, Ended(61_000))
    answer = await post(token, b"\xff" * 61 * 8_000, "encoding=mulaw", "application/octet-stream")
    assert answer.json()["metadata"]["duration"] == 61
    assert len(jobs) == len(celery) == 1


async def test_a_model_that_fails(
    token: str, minutes: bytes, celery: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    script(monkeypatch, EngineError("It is broken."))
    assert said(await post(token, minutes))[:2] == (503, "UNAVAILABLE")


async def test_one_that_would_take_too_long_is_refused_at_once(
    token: str, minutes: bytes, celery: list[str]
) -> None:
    await sync_to_async(pace.measured)(120, 100_000)
    status, code, sentence = said(await post(token, minutes))
    assert (status, code) == (413, "FILE_TOO_LONG")
    assert "/uploads/" in sentence
    assert "stream=true" not in sentence
    assert not celery


async def test_a_worker_that_is_lost_is_told(
    streams: type[FakeStream], token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def end(stream: FakeStream) -> None:
        stream.events.put_nowait({"type": "error", "code": "worker_lost", "message": "Try again."})

    monkeypatch.setattr(streams, "end", end)
    assert said(await post(token)) == (503, "UNAVAILABLE", "Try again.")


async def test_a_file_that_is_not_heard_to_its_end(
    streams: type[FakeStream], token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def end(stream: FakeStream) -> None:
        stream.ended("limit")

    monkeypatch.setattr(streams, "end", end)
    assert said(await post(token))[:2] == (503, "UNAVAILABLE")


async def test_who_may_not(streams: type[FakeStream], user: User) -> None:
    live = await database_sync_to_async(token_of)(user, Scope.LIVE)
    assert said(await post(live))[:2] == (403, "INSUFFICIENT_PERMISSIONS")
    assert said(await post("wsp_" + "a" * 42))[:2] == (401, "INVALID_AUTH")
    assert said(await post(""))[:2] == (401, "INVALID_AUTH")
    assert not streams.opened


async def test_other_methods_and_flux(token: str) -> None:
    client = Program(authorization=f"Bearer {token}")
    assert said(await client.get(LISTEN))[:2] == (405, "WRONG_METHOD")
    assert said(await client.post("/v2/listen", NOTE, content_type="audio/flac"))[:2] == (404, "NOT_FOUND")


async def test_one_that_is_not_heard_in_time(
    streams: type[FakeStream], token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def end(stream: FakeStream) -> None:
        """Nothing comes any more."""

    monkeypatch.setattr(streams, "end", end)
    monkeypatch.setattr(choice, "ANSWER_SECONDS", 0.05)
    assert said(await post(token))[:2] == (503, "TOO_LATE")
    assert streams.opened[0].is_closed


@pytest.mark.parametrize("is_long", [False, True])
async def test_one_whose_token_is_revoked_meanwhile(
    streams: type[FakeStream], token: str, minutes: bytes, monkeypatch: pytest.MonkeyPatch, is_long: bool
) -> None:
    def revoke(*_: Any) -> None:
        ApiToken.objects.update(revoked_at=timezone.now())

    monkeypatch.setattr(allowed, "_CHECK_SECONDS", 0.05)
    monkeypatch.setattr(streams, "end", sync_to_async(revoke))
    monkeypatch.setattr(tasks.answer_request, "delay", revoke)
    answer = await asyncio.wait_for(post(token, minutes if is_long else NOTE), 60)
    assert said(answer)[:2] == (401, "INVALID_AUTH")
    assert [stream.is_closed for stream in streams.opened] == ([] if is_long else [True])


async def test_samples_that_begin_like_a_frame_of_mp3(streams: type[FakeStream], token: str) -> None:
    silence = b"\xff" * 8_000
    answer = await post(token, silence, "encoding=mulaw", "application/octet-stream")
    assert answer.json()["metadata"]["duration"] == 1
    assert streams.opened[0].samples == 16_000


async def test_a_rate_that_raw_samples_cannot_have(token: str) -> None:
    answer = await post(token, bytes(100), "encoding=linear16&sample_rate=96000", "application/octet-stream")
    assert said(answer)[:2] == (400, "Bad Request")
