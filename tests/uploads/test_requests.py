"""Files for whose text a program waits."""

import asyncio
import os
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from channels.db import database_sync_to_async
from django.utils import timezone
from redis import Redis

from captions.asr.engine.base import EngineError
from captions.asr.offline.listener import Ended, Progress
from captions.asr.offline.media_error import MediaError
from captions.models import FileRequest, Scope, Session, User
from captions.protocol.endpointing import Endpointing
from captions.speech.passage import Passage
from captions.speech.turns import Turn
from captions.tokens.issuing import issue
from captions.uploads import tidying
from captions.uploads.folder import UploadFolder
from captions.uploads.requests import job, pace, told, waiting
from captions.uploads.requests.wish import Wish
from captions.uploads.tasks import resume_uploads
from tests.factories import make_user, words_of
from tests.jobs.support import Worker, script
from tests.recordings.conftest import sound
from tests.toy import TOY_MODEL

__all__ = ["sound"]

pytestmark = pytest.mark.usefixtures("sound")

NOW = timezone.now()
HELLO = Passage(500, 900, "Hello there.", words_of("Hello there.", 500), 0.9, "en")
MakeRequest = Callable[..., FileRequest]


@pytest.fixture
def make_request(db: None, folder: UploadFolder) -> MakeRequest:
    def make(content: bytes = b"sound", user: User | None = None, **fields: Any) -> FileRequest:
        values = {"due_at": timezone.now(), "name": "Memo.wav", "wish": Wish("en").stored()} | fields
        request = FileRequest.objects.create(user=user or make_user(), **values)
        folder.write(request.pk, 0, content)
        return request

    return make


def events(request: FileRequest, settings: Any) -> list[told.Told]:
    with Redis.from_url(settings.REDIS_URL) as redis:
        found: Any = redis.xrange(f"whisperstream:file-request:{request.pk}")
    return [msgspec.msgpack.decode(fields[b"event"], type=told.Told) for _, fields in found]


def test_a_wish_survives_its_storage() -> None:
    wish = Wish("de", ("Valkey",), "So it was.", Endpointing(0.5, None, 400), translate=True)
    assert Wish.of(wish.stored()) == wish
    assert "Valkey" not in repr(wish)
    assert "So it" not in repr(wish)


def test_what_is_heard_is_told_and_kept_nowhere(
    make_request: MakeRequest, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    request = make_request(wish=Wish("de", ("Valkey",), "So it was.", translate=True).stored())
    jobs = script(monkeypatch, HELLO, Progress(1_000, 2_000), Ended(2_000))
    job.answer(request.pk)
    job.answer(request.pk)
    assert events(request, settings) == [told.Heard(HELLO), told.Over(2_000)]
    (asked,) = jobs
    assert (asked.language, asked.hotwords, asked.prompt, asked.translate) == (
        "de",
        ("Valkey",),
        "So it was.",
        True,
    )
    assert asked.file.opus == ""
    assert not Session.objects.exists()
    request.refresh_from_db()
    assert request.due_at is None


def test_one_that_is_kept_becomes_a_session_once(
    make_request: MakeRequest, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    request = make_request(kept=True)
    script(monkeypatch, HELLO, Ended(2_000))
    job.answer(request.pk)
    session = Session.objects.get()
    assert (session.pk, session.user, session.title) == (request.pk, request.user, "Memo")
    assert [row.text for row in session.utterances.in_time()] == ["Hello there."]
    # Its worker was killed before it could say so.
    FileRequest.objects.update(due_at=timezone.now())
    script(monkeypatch, EngineError("It is not heard again."))
    job.answer(request.pk)
    assert events(request, settings)[-1] == told.Over(2_000)
    assert Session.objects.count() == 1


def test_passages_are_told_once_their_speakers_are_known(
    make_request: MakeRequest, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    request = make_request(wish=Wish(tell_speakers=True).stored())
    before: list[told.Told] = []
    jobs = script(
        monkeypatch,
        HELLO,
        lambda: before.extend(events(request, settings)),
        Ended(2_000, turns=(Turn(0, 1_000, 5),)),
    )
    job.answer(request.pk)
    assert before == []
    assert events(request, settings) == [told.Heard(replace(HELLO, speaker=1)), told.Over(2_000)]
    assert jobs[0].speakers is not None


def test_where_nothing_was_said_nothing_is_kept(
    make_request: MakeRequest, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    request = make_request(kept=True)
    script(monkeypatch, Ended(2_000))
    job.answer(request.pk)
    assert events(request, settings) == [told.Over(2_000)]
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    ("event", "by_file"),
    [(MediaError("%(name)s is not a file.", name="Memo.wav"), True), (EngineError("secret"), False)],
    ids=("file", "model"),
)
def test_a_failure_is_told(
    make_request: MakeRequest,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    event: Exception,
    by_file: bool,
) -> None:
    request = make_request()
    script(monkeypatch, event)
    job.answer(request.pk)
    (failed,) = events(request, settings)
    assert isinstance(failed, told.Failed)
    assert failed.by_file is by_file
    assert "secret" not in failed.text
    request.refresh_from_db()
    assert request.due_at is None


def test_a_file_that_is_gone_and_one_that_kills_its_workers(
    make_request: MakeRequest, folder: UploadFolder, settings: Any
) -> None:
    gone, deadly = make_request(), make_request(attempts=3)
    folder.remove(gone.pk)
    for request, by_file in ((gone, False), (deadly, True)):
        job.answer(request.pk)
        (failed,) = events(request, settings)
        assert isinstance(failed, told.Failed)
        assert failed.by_file is by_file


def test_nobody_waits_any_more(
    make_request: MakeRequest, monkeypatch: pytest.MonkeyPatch, folder: UploadFolder, settings: Any
) -> None:
    request = make_request(kept=True)
    script(monkeypatch, HELLO, lambda: FileRequest.objects.all().delete(), Progress(1, 2), HELLO, Ended(2))
    job.answer(request.pk)
    assert events(request, settings) == [told.Heard(HELLO)]
    assert not Session.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_leaves_it_to_the_next(
    make_request: MakeRequest, folder: UploadFolder, some_minutes: bytes, settings: Any
) -> None:
    settings.WHISPER_MODEL, settings.WHISPER_DEVICE = TOY_MODEL, "cpu"
    request = make_request(some_minutes)
    worker = Worker("captions.uploads.requests.job.answer", request.pk, UPLOAD_DIR=str(folder.folder))
    worker.kill()
    assert not any(isinstance(event, told.Over) for event in events(request, settings))
    FileRequest.objects.update(due_at=timezone.now())
    job.answer(request.pk)
    assert isinstance(events(request, settings)[-1], told.Over)


@pytest.mark.django_db(transaction=True)
def test_what_a_killed_web_process_leaves_is_found(
    make_request: MakeRequest, folder: UploadFolder, settings: Any, tmp_path: Any
) -> None:
    settings.INCOMING_DIR = tmp_path / "incoming"
    settings.INCOMING_DIR.mkdir()
    old, new = settings.INCOMING_DIR / "tmpold", settings.INCOMING_DIR / "tmpnew"
    old.write_bytes(b"a")
    new.write_bytes(b"a")
    os.utime(old, (time.time() - 100_000,) * 2)
    waiting = make_request()
    left = make_request(wanted_until=NOW - timedelta(seconds=1))
    folder.write(uuid.uuid4(), 0, b"nobody's")
    tidying.sweep(timezone.now())
    assert set(folder.uploads()) == {waiting.pk}
    assert set(FileRequest.objects.values_list("pk", flat=True)) == {waiting.pk}
    assert list(settings.INCOMING_DIR.iterdir()) == [new]
    assert FileRequest.objects.still_wanted(waiting.pk)
    assert not FileRequest.objects.still_wanted(left.pk)
    waiting.user.delete()
    assert list(folder.uploads()) == []


def test_one_whose_task_was_lost_is_queued_again(
    make_request: MakeRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    from captions.uploads import tasks

    queued: list[list[str]] = []
    monkeypatch.setattr(tasks.answer_request, "apply_async", lambda args, **options: queued.append(args))
    request = make_request(due_at=timezone.now() - timedelta(seconds=1))
    make_request(due_at=None)
    resume_uploads()
    assert queued == [[str(request.pk)]]


def test_the_pace_is_learnt_and_those_before_count(make_request: MakeRequest, settings: Any) -> None:
    settings.FILES_CONCURRENCY = 2
    hour = pace.predicted_seconds(3_600)
    assert hour == pytest.approx(10 + 900)
    for _ in range(40):
        pace.measured(3_600, 10 + 1_800)
    assert pace.predicted_seconds(3_600) == pytest.approx(10 + 1_800, rel=0.01)
    make_request(duration_ms=3_600_000, heard_ms=1_800_000)
    assert pace.predicted_seconds(3_600) == pytest.approx(10 + (3_600 + 900) / 2, rel=0.01)


@pytest.mark.django_db(transaction=True)
async def test_nobody_waits_for_what_is_gone(folder: UploadFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_RENEW_SECONDS", 0.05)
    monkeypatch.setattr(waiting, "answer_soon", lambda pk: None)
    user = await database_sync_to_async(make_user)()
    token, _text = await database_sync_to_async(issue)(
        user, name="program", scopes=[Scope.TRANSCRIBE], now=NOW
    )
    async with asyncio.timeout(30), waiting.waiting(token) as file:
        heard = file.hear("Memo.wav", Wish(), 0)
        first = asyncio.ensure_future(anext(heard))
        await asyncio.sleep(0.2)
        assert not first.done()
        await FileRequest.objects.all().adelete()
        assert isinstance(await first, told.Failed)
