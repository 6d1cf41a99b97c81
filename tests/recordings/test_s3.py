"""Sound in a bucket of an S3 server."""

from collections.abc import Iterator
from fractions import Fraction
from io import SEEK_END, BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from captions.models import Recording, Review, User
from captions.models.recording import sound_storage
from captions.recordings import joining, remote, retention, waveform
from captions.recordings.fetched import fetched
from captions.recordings.reading import FileMissingError
from captions.recordings.remote import RemoteFile, seekable
from captions.recordings.waveform_window import waveform_window
from captions.review import queue
from tests.factories import make_session, make_user
from tests.recordings.bucket import Bucket, bucket
from tests.recordings.support import Session as Heard
from tests.recordings.support import keep
from tests.review.support import make_reviewer
from tests.speech_data import load_pcm
from tests.storages import store_in
from tests.webrtc.speech_packets import packets_of
from whisperstream_site import sound_storage as site_sound

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
    assert waveform.draw_missing() == 1
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


def _ten_minutes() -> bytes:
    """Four seconds of which the last one can be heard, again and again."""
    file = BytesIO()
    with av.open(file, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=48_000, layout="mono", options={"b": "64000"})
        once: list[bytes] = []
        for number in range(200):
            at = (np.arange(960) + number * 960) / 48_000
            wave = np.sin(2 * np.pi * 440 * at) * (at >= 3)
            frame = av.AudioFrame.from_ndarray((wave * 16_000).astype(np.int16)[None], "s16", "mono")
            frame.sample_rate, frame.pts = 48_000, number * 960
            once += [bytes(packet) for packet in stream.encode(frame)]
        for number in range(150 * len(once)):
            packet = av.Packet(once[number % len(once)])
            packet.stream, packet.pts, packet.dts, packet.duration = stream, number * 960, number * 960, 960
            packet.time_base = Fraction(1, 48_000)
            container.mux(packet)
    return file.getvalue()


def test_a_few_seconds_of_a_long_recording_are_drawn_without_fetching_it(server: Bucket, user: User) -> None:
    session = make_session(user, ["one"], ended_at=timezone.now(), keep_sound=True)
    content = _ten_minutes()
    name = sound_storage().save("long.opus", ContentFile(content))
    recording = Recording.objects.create(session=session, file=name, size=len(content))
    server.asked.clear()
    with seekable(recording) as file:
        assert not isinstance(file, str)
        drawn = waveform_window(file, 421_000, 425_000, 80)
    assert drawn == waveform_window(BytesIO(content), 421_000, 425_000, 80)
    loud = np.flatnonzero(np.frombuffer(drawn, np.uint8) > 200)
    assert abs(int(loud[0]) - 40) <= 2
    assert abs(int(loud[-1]) - 59) <= 2
    assert len(server.asked) == len(set(server.asked)) < 10
    assert len(content) > 20 * 64 * 1024

    reviewer = make_reviewer()
    Review.objects.create(session=session)
    queue.take(session.pk, reviewer, timezone.now())
    client = Client()
    client.force_login(reviewer, backend="django.contrib.auth.backends.ModelBackend")
    outline = f"{reverse('admin:captions_review_outline', args=[session.pk])}?from=421000&to=425000"
    assert max(client.get(outline).content) > 200
    server.files.clear()
    assert client.get(outline).status_code == 404


def test_of_a_file_that_is_not_as_it_was_nothing_is_read(
    server: Bucket, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = bytes(range(256)) * 1024
    name = sound_storage().save("short.opus", ContentFile(content))
    recording = Recording.objects.create(session=make_session(user), file=name, size=len(content))
    with seekable(recording) as file:
        assert isinstance(file, RemoteFile)
        file.seek(-6, SEEK_END)
        assert (file.tell(), file.read(), file.read(1)) == (len(content) - 6, content[-6:], b"")
        file.seek(65_530)
        assert b"".join(file.read(4) for _ in range(3)) == content[65_530:65_540], "a block ends in between"
    monkeypatch.setattr(remote, "_MOST_BLOCKS", 2)
    with seekable(recording) as file:
        assert isinstance(file, RemoteFile)
        with pytest.raises(FileMissingError, match="more than a part"):
            file.readall()
    server.files[f"sound/{name}"] = content[:-1]
    with seekable(recording) as file:
        assert isinstance(file, RemoteFile)
        file.seek(-6, SEEK_END)
        with pytest.raises(FileMissingError):
            file.read(1)


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
