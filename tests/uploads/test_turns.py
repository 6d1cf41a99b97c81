"""A long file and a short one behind it, with one worker."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from captions.asr.offline.listener import Progress, listen
from captions.jobs import transcribing, turns
from captions.models import Session, Upload
from captions.models.upload import DONE, WORKING
from captions.uploads import tasks
from captions.uploads.folder import UploadFolder
from tests.factories import make_user
from tests.speech_data import load_pcm, to_wav
from tests.toy import TOY_MODEL

from .conftest import MakeUpload

pytestmark = pytest.mark.usefixtures("sound")


@pytest.fixture
def queue(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is in the queue of the only worker."""
    settings.WHISPER_MODEL, settings.WHISPER_DEVICE = TOY_MODEL, "cpu"
    queued: list[str] = []
    monkeypatch.setattr(tasks.write_upload, "delay", queued.append)
    return queued


def texts(session: Session | None) -> list[tuple[str, int, int, Any]]:
    assert session
    return [(row.text, row.start_ms, row.end_ms, row.words) for row in session.utterances.in_time()]


def test_the_short_file_is_heard_between_two_turns_of_the_long_one(
    make_upload: MakeUpload,
    two_sentences: bytes,
    tmp_path: Path,
    folder: UploadFolder,
    queue: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    some_minutes = to_wav(np.tile(load_pcm("note-en-us"), 2), tmp_path / "minutes.wav").read_bytes()
    undisturbed = make_upload(some_minutes, name="as ever.wav")
    tasks.write_upload(str(undisturbed.pk))
    undisturbed.refresh_from_db()

    long = make_upload(some_minutes, name="long.wav", keep_sound=True)
    short = make_upload(two_sentences, make_user(), name="short.wav", due_at=None)
    seen: list[tuple[int, int]] = []
    # The turn is over soon after the first progress behind which somebody waits.
    with_turns = turns.Lane.turn_of

    def short_turn(lane: turns.Lane, job: Any, heard_ms: int) -> turns.Turn:
        return turns.Turn(lambda: len(lane.waiting()) > 0, time.monotonic() + 1e6, heard_ms, -1e6)

    monkeypatch.setattr(turns.Lane, "turn_of", short_turn)

    def watched(job: Any) -> Iterator[Any]:
        for event in listen(job):
            if isinstance(event, Progress) and str(long.pk).encode() in job.file.path:
                long.refresh_from_db()
                seen.append((long.heard_ms, long.attempts))
                if event.heard_ms > 0 and long.attempts == 1:
                    Upload.objects.filter(pk=short.pk).update(due_at=timezone.now())
            yield event

    monkeypatch.setattr(transcribing, "listen", watched)
    tasks.write_upload(str(long.pk))
    long.refresh_from_db()
    assert (long.state, long.is_pending, long.is_exhausted) == (WORKING, True, False)
    assert folder.answers(long.pk).exists()
    assert queue == [str(long.pk)]
    heard_ms = long.heard_ms
    assert 0 < heard_ms < undisturbed.duration_ms

    monkeypatch.setattr(turns.Lane, "turn_of", with_turns)
    # Whatever message comes next, the file of the other account has its turn.
    tasks.write_upload(queue.pop())
    short.refresh_from_db()
    long.refresh_from_db()
    assert short.state == DONE
    assert long.state == WORKING
    tasks.write_upload(str(short.pk))
    long.refresh_from_db()
    assert long.state == DONE
    assert min(ms for ms, attempts in seen if attempts > 1_000) >= heard_ms, "the progress never goes back"
    assert texts(long.session) == texts(undisturbed.session)
    assert not folder.answers(long.pk).exists()
    assert queue == []


def test_a_file_that_gave_way_may_still_fail_as_often(make_upload: MakeUpload, queue: list[str]) -> None:
    upload = make_upload(b"x")
    for _ in range(5):
        claimed = Upload.objects.claim(upload.pk, timezone.now())
        assert claimed
        assert not claimed.is_exhausted
        claimed.give_way(timezone.now())
    for number in range(4):
        claimed = Upload.objects.claim(upload.pk, timezone.now())
        assert claimed
        assert claimed.is_exhausted == (number == 3)
        Upload.objects.update(due_at=timezone.now())


def test_a_file_that_was_withdrawn_while_it_waits_is_gone(
    make_upload: MakeUpload, two_sentences: bytes, queue: list[str]
) -> None:
    upload = make_upload(two_sentences)
    claimed = Upload.objects.claim(upload.pk, timezone.now())
    assert claimed
    claimed.give_way(timezone.now())
    Upload.objects.all().delete()
    tasks.write_upload(str(upload.pk))
    assert not Session.objects.exists()
