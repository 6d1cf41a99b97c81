"""Each alert fires in the fault that it is for, and none while all is well."""

import asyncio
import errno
import os
import shutil
import signal
from datetime import timedelta
from io import FileIO
from pathlib import Path
from queue import Queue
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from captions import metrics
from captions.asr.process.recogniser import Recogniser
from captions.audio import ogg
from captions.live.signaling.dispatch import Dispatcher
from captions.models import Proposal, TranscriptGap, Upload
from captions.outputs.answers import Outcome
from captions.recordings.audio_recorder import AudioRecorder
from captions.web import operations
from tests.asr.process.test_recogniser import TOY, States
from tests.deploy.alerts import alerts, firing, scraped
from tests.factories import make_session, make_user
from tests.live.signaling.test_dispatch import ScriptedRegistry, watched
from tests.recordings.test_audio_recorder import put
from tests.web.test_operations import announce, worker

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not shutil.which("promtool"), reason="there is no promtool here (Debian: prometheus)"),
]


@pytest.fixture(autouse=True)
def all_is_well(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stores, a worker that is ready, and no hurry on a busy machine."""
    settings.HEARTBEAT_LOST_SECONDS = 600
    monkeypatch.setattr(operations, "_PATIENCE_SECONDS", 60)
    metrics.SESSIONS.set(1)
    metrics.ROOM.set(2)
    announce(worker())


def test_no_alert_fires_while_all_is_well(tmp_path: Path) -> None:
    before = scraped()
    metrics.QUEUE_SECONDS.labels("urgent").observe(0.02)
    metrics.LOOP_LAG_SECONDS.observe(0.002)
    metrics.CAPTION_POSTS.labels("youtube", Outcome.OK.value).inc()
    metrics.API_REQUESTS.labels("openai", "2xx").inc()
    make_gap(overdue=timedelta(seconds=30))
    found = firing(before, scraped(), tmp_path)
    assert len(found) == len(alerts()) > 10
    assert not any(found.values()), found


def fires(alert: str, before: dict[str, float], scratch: Path, **options: Any) -> bool:
    return firing(before, scraped(), scratch, **options)[alert]


def make_gap(*, overdue: timedelta, **fields: Any) -> TranscriptGap:
    session = make_session(make_user())
    return TranscriptGap.objects.create(
        session=session, start_ms=0, end_ms=5, due_at=timezone.now() - overdue, **fields
    )


def test_a_store_that_is_away(tmp_path: Path, settings: Any) -> None:
    before = scraped()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    found = firing(before, scraped(), tmp_path)
    assert found["WhisperStreamStoreAway"]
    assert not found["WhisperStreamNoWorker"], "nothing is known of it"
    settings.DATABASE_URL = ""
    assert scraped()['whisperstream_store_up{store="database"}'] == 0


def test_no_worker(tmp_path: Path, settings: Any) -> None:
    before = scraped()
    announce(worker(state="failed", room=0))
    assert fires("WhisperStreamNoWorker", before, tmp_path)


async def test_a_worker_that_is_lost(tmp_path: Path) -> None:
    before = await asyncio.to_thread(scraped)
    registry: Any = ScriptedRegistry()
    dispatcher = Dispatcher("session", "reply", None, registry, offer_seconds=3, lost_seconds=5)
    await dispatcher.find(0)
    registry.held_by = None
    assert await watched(dispatcher, 1, 60) is not None
    assert await asyncio.to_thread(fires, "WhisperStreamWorkerLost", before, tmp_path)


async def test_a_recogniser_that_dies(tmp_path: Path) -> None:
    states = States()
    recogniser = Recogniser(TOY, on_state=states)
    await recogniser.start()
    await states.reach("ready")
    before = await asyncio.to_thread(scraped)
    assert recogniser.pid
    os.kill(recogniser.pid, signal.SIGKILL)
    await states.reach("ready", 2)
    assert await asyncio.to_thread(fires, "WhisperStreamRecogniserRestarts", before, tmp_path)
    await recogniser.close()


def test_a_disk_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class FullFile(FileIO):
        def write(self, data: Any) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(ogg, "FileIO", FullFile)
    before = scraped()
    told: Queue[bool] = Queue()
    recorder = AudioRecorder(tmp_path / "live")
    track = recorder.track(str(uuid4()), told.put)
    recorder.start()
    put(track, 0)
    assert told.get(timeout=30) is False
    assert recorder.close(30)
    assert fires("WhisperStreamSoundNotKept", before, tmp_path)


@pytest.mark.parametrize(
    ("alert", "overdue", "fields"),
    [
        ("WhisperStreamGapsWait", timedelta(minutes=11), {}),
        ("WhisperStreamGapsWait", timedelta(minutes=11), {"delivery": uuid4()}),
    ],
    ids=["gaps", "deliveries"],
)
def test_speech_that_nobody_recovers(
    tmp_path: Path, alert: str, overdue: timedelta, fields: dict[str, Any]
) -> None:
    before = scraped()
    make_gap(overdue=overdue, **fields)
    assert fires(alert, before, tmp_path)


def test_files_that_nobody_writes_down(tmp_path: Path) -> None:
    before = scraped()
    since = timezone.now() - timedelta(minutes=61)
    upload = Upload.objects.create(user=make_user(), name="memo", size=1, due_at=since)
    assert fires("WhisperStreamJobsWait", before, tmp_path)
    upload.delete()
    Proposal.objects.create(session=make_session(), due_at=since)
    assert fires("WhisperStreamJobsWait", before, tmp_path)


def _no_room() -> None:
    metrics.ROOM.set(0)


def _decodes_wait() -> None:
    metrics.QUEUE_SECONDS.labels("urgent").observe(3)


def _loop_lags() -> None:
    metrics.LOOP_LAG_SECONDS.observe(0.4)


def _finals_wait() -> None:
    metrics.SPOOLED.set(3)


def _words_are_dropped() -> None:
    metrics.DROPS.labels("utterance").inc()


def _captions_are_refused() -> None:
    metrics.CAPTION_POSTS.labels("youtube", Outcome.GONE.value).inc()


def _programs_get_errors() -> None:
    metrics.API_REQUESTS.labels("openai", "5xx").inc()


@pytest.mark.parametrize(
    ("alert", "fault"),
    [
        ("WhisperStreamNoRoom", _no_room),
        ("WhisperStreamDecodesWait", _decodes_wait),
        ("WhisperStreamLoopLags", _loop_lags),
        ("WhisperStreamFinalsSpooled", _finals_wait),
        ("WhisperStreamWordsDropped", _words_are_dropped),
        ("WhisperStreamCaptionsFail", _captions_are_refused),
        ("WhisperStreamProgramsFail", _programs_get_errors),
    ],
)
def test_what_a_process_counts(alert: str, fault: Any, tmp_path: Path) -> None:
    before = scraped()
    try:
        fault()
        found = firing(before, scraped(), tmp_path)
    finally:
        metrics.SPOOLED.set(0)
    assert {name for name, fires in found.items() if fires} == {alert}


def test_a_target_that_is_down(tmp_path: Path) -> None:
    now = scraped()
    up = {'up{job="whisperstream-audioworker",instance="audio-1:9464"}': "1+0x20 0+0x60"}
    assert firing(now, now, tmp_path, others=up)["WhisperStreamTargetDown"]
