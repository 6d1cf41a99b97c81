"""Sound in a bucket of an S3 server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from captions.files.fetched import fetched
from captions.models import Recording, User
from captions.sound import joining, peaks, retention
from tests.audio import load_pcm
from tests.factories import make_session, make_user
from tests.rtc.speech_packets import packets_of
from tests.sound.bucket import Bucket, bucket
from tests.sound.support import Session as Heard
from tests.sound.support import keep
from tests.storages import store_in
from whisperstream_site import sound as site_sound

pytestmark = pytest.mark.django_db

SPEECH = packets_of(load_pcm("note-en-us"))[:200]


@pytest.fixture
def user() -> User:
    return make_user()


@pytest.fixture
def visitor(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def server(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """Recordings are in a bucket of this test's own, under `sound/`."""
    with bucket() as server:
        for name, value in {
            "BUCKET": "dictations",
            "PREFIX": "sound",
            "ENDPOINT": server.url,
            "REGION": "eu-central-1",
            "KEY": "key",
            "SECRET": "secret",
        }.items():
            monkeypatch.setenv(f"SOUND_S3_{name}", value)
        settings.SOUND_DIR = tmp_path / "live"
        settings.UPLOAD_DIR = tmp_path / "uploads"
        store_in(storages.create_storage(site_sound.storage(tmp_path)), "sound", Recording, monkeypatch)
        yield server


def test_from_the_worker_to_the_page_and_to_its_end(
    server: Bucket, user: User, visitor: Client, settings
) -> None:
    session = make_session(user, ["one"], ended_at=timezone.now(), keep_sound=True)
    keep(session, Heard().take(SPEECH))
    assert joining.finish_all() == 1
    ((key, content),) = server.files.items()
    recording = session.recording
    assert key == f"sound/{recording.file.name}"
    assert len(content) == recording.size
    assert not list(settings.SOUND_DIR.rglob("*.opus"))
    assert peaks.draw_missing() == 1
    assert len(Recording.objects.get().peaks) > 70

    alive: list[None] = []
    with fetched(recording, "copy", lambda: alive.append(None)) as path:
        assert path.read_bytes() == content
    assert alive
    assert not path.exists()

    server.asked.clear()
    url = reverse("session-sound", args=[session.pk])
    answer = visitor.get(url, headers={"Range": "bytes=1000-2999"})
    assert answer.getvalue() == content[1000:3000]
    assert server.asked == [("GET", "bytes=1000-2999")], "no more is fetched than is asked for"

    settings.SOUND_KEEP_DAYS = 0
    assert retention.expire(timezone.now()) == 1
    assert server.files == {}


def test_what_belongs_to_nobody_is_swept_up_and_a_bucket_that_is_away_is_no_end(
    server: Bucket, user: User, visitor: Client
) -> None:
    session = make_session(make_user(), ["one"], ended_at=timezone.now(), keep_sound=True)
    keep(session, Heard().take(SPEECH[:50]))
    joining.finish_all()
    server.files["sound/nobody.opus"] = b"sound"
    server.files["elsewhere/other.txt"] = b"not ours"
    assert retention.sweep(timezone.now()) == 1
    assert set(server.files) == {f"sound/{session.recording.file.name}", "elsewhere/other.txt"}

    server.files.clear()
    mine = make_session(user, keep_sound=True)
    Recording.objects.filter(session=session).update(session=mine)
    assert visitor.get(reverse("session-sound", args=[mine.pk])).status_code == 404
