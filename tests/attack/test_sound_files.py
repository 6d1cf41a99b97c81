"""Files with sound from people who mean no good: small ones that claim or yield very much, and spoilt ones.

Whatever comes of one, it takes a bounded time and memory, is answered with a sentence, and leaves nothing behind.
"""

import io
import os
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from captions.asr.offline.bounded import BoundedSound
from captions.asr.offline.chains import beginnings
from captions.asr.offline.decoder import DecodeRequest
from captions.asr.offline.media_error import MediaError
from captions.asr.offline.media_file import MediaFile
from captions.live.tape import delivering
from captions.models import Session
from captions.models.upload import DONE, FAILED
from captions.recordings import delivered
from captions.uploads import writing
from captions.uploads.folder import UploadFolder
from tests.attack.bombs import BOMBS, WHOLE, opus_of_nothing, spoilt
from tests.factories import make_session
from tests.processes import until
from tests.recordings.conftest import sound
from tests.toy import TOY_MODEL
from tests.uploads.conftest import MakeUpload, folder, make_upload

__all__ = ["folder", "make_upload", "sound"]

_MOST_SECONDS = 7_200
LENGTH_MS = 2_000


def heard(content: bytes, folder: Path) -> float | str:
    """How many seconds are heard of a file, or why none are."""
    path = folder / "upload"
    path.write_bytes(content)
    try:
        with BoundedSound(DecodeRequest(os.fsencode(path), "note", _MOST_SECONDS)) as media:
            assert (media.about.seconds or 0) >= 0
            assert len(media.about.tracks) <= 1_000
            for piece in media.sound():
                assert isinstance(piece, int) or piece.size <= 16_000
            return media.position
    except MediaError as error:
        return str(error)


@pytest.mark.parametrize("name", BOMBS)
def test_what_claims_or_yields_very_much_is_bounded(name: str, tmp_path: Path) -> None:
    content = BOMBS[name](tmp_path)
    assert len(content) < 2_500_000
    found = heard(content, tmp_path)
    if isinstance(found, str):
        assert found.endswith(".")
        assert "note" in found
    else:
        # So much sound, and as much that is missing.
        assert found <= _MOST_SECONDS + 3_601


def test_what_is_too_long_is_not_counted_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "long.ogg"
    path.write_bytes(opus_of_nothing(1))
    with MediaFile(path, count_to=60) as media:
        assert media.seconds is not None
        assert 60 < media.seconds < 62
    with MediaFile(path) as media:
        assert media.seconds == pytest.approx(3_600, abs=40)


class _Counted(io.BytesIO):
    """Counts what is read of it."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.count += len(data)
        return data


@pytest.mark.parametrize(
    "content",
    [
        # A page without sound, a byte of damage, and so on.
        (b"OggS\0" + bytes(22) + b"\xff") * 8_000,
        b"OggS\0\2" + bytes(21) + (b"\xffOggS\1" + bytes(22)) * 8_000,
        (b"\x1a\x45\xdf\xa3" + bytes(60)) * 4_000,
        (b"fLaC\0\0\0\x22" + bytes(34)) * 6_000,
        (b"RIFF\0\0\0\0WAVE") * 20_000,
        (b"\0\0\0\x08ftyp") * 30_000,
    ],
)
def test_looking_for_parts_costs_no_more_than_the_file_is_long(content: bytes) -> None:
    file = _Counted(content)
    assert len(beginnings(file)) <= 1_001
    assert file.count < 40 * len(content)


@pytest.mark.parametrize("name", WHOLE)
def test_spoilt_files_are_heard_or_refused(name: str, tmp_path: Path) -> None:
    whole = WHOLE[name](tmp_path)
    assert heard(whole, tmp_path) == pytest.approx(2, abs=0.2)
    for seed in range(5):
        found = heard(spoilt(whole, seed), tmp_path)
        assert not isinstance(found, str) or found.endswith("."), seed


# --- What pages deliver ----------------------------------------------------------------------------


@pytest.fixture
def session(db: None, sound: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setattr("captions.live.tape.views.recover_soon", lambda: None)
    session = make_session(clock_ms=100_000, gen=1)
    Session.objects.update(settled_ms=100_000)
    return session


def deliver(session: Session, body: bytes, *, start_ms: int = 0) -> Any:
    client = Client(raise_request_exception=False)
    client.force_login(session.user)
    times = f"start_ms={start_ms}&end_ms={start_ms + LENGTH_MS}"
    address = f"/sessions/{session.pk}/tape/?id={uuid.uuid4()}&{times}"
    return client.post(address, body, content_type="application/octet-stream")


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.usefixtures("quiet_log")
def test_spoilt_sound_of_a_page_is_taken_or_refused(session: Session, tmp_path: Path, sound: Path) -> None:
    whole = WHOLE["a.ogg"](tmp_path)
    kept = set(_files(sound / "live"))
    for seed in range(12):
        answer = deliver(session, spoilt(whole, seed), start_ms=seed * LENGTH_MS)
        assert answer.status_code in (200, 400), seed
        new = {*_files(sound / "live")} - kept
        kept |= new
        assert len(new) == (answer.status_code == 200), seed
        assert answer.status_code == 200 or answer.json()["message"].endswith("."), seed


@pytest.mark.usefixtures("quiet_log")
@pytest.mark.parametrize(
    "name", ["opus: three hours of nothing", "mp4: packets of years", "zip: nested", "wav: a sample a second"]
)
def test_a_page_delivers_no_bomb(name: str, session: Session, tmp_path: Path, sound: Path) -> None:
    content, before = BOMBS[name](tmp_path), _files(sound / "live")
    answer = deliver(session, content)
    assert answer.status_code == 400
    assert answer.json()["message"].endswith(".")
    assert _files(sound / "live") == before


@pytest.mark.django_db(transaction=True)
def test_what_is_delivered_is_decoded_by_few_at_once_and_keeps_no_connection_from_others(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, may_end = threading.Lock(), threading.Event()
    counts = {"asked": 0, "now": 0, "most": 0, "connected": 0}

    def noted(session: Session) -> None:
        with lock:
            counts["asked"] += 1

    def take(*args: Any, **options: Any) -> int:
        with lock:
            counts["now"] += 1
            counts["most"] = max(counts["most"], counts["now"])
            counts["connected"] += connection.connection is not None
        may_end.wait(60)
        with lock:
            counts["now"] -= 1
        return LENGTH_MS

    monkeypatch.setattr(delivering, "_require_room", noted)
    monkeypatch.setattr(delivered, "take", take)

    def one(number: int) -> int:
        try:
            return int(deliver(session, b"sound", start_ms=number * LENGTH_MS).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(7) as threads:
        answers = [threads.submit(one, number) for number in range(7)]
        try:
            until(lambda: counts["asked"] == 7 and counts["now"] == 4, "four decode and three wait")
        finally:
            may_end.set()
    assert [answer.result() for answer in answers] == [200] * 7
    assert (counts["most"], counts["connected"]) == (4, 0)


def test_sound_that_nobody_can_decode_in_time_is_not_waited_for(
    session: Session, tmp_path: Path, sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivered, "_PATIENCE_SECONDS", -1)
    answer = deliver(session, WHOLE["a.ogg"](tmp_path))
    # The page keeps it, and tries again later: perhaps it is the machine that had no time.
    assert answer.status_code == 503
    assert _files(sound / "live") == []


# --- Files that people add ---------------------------------------------------------------------------


@pytest.mark.usefixtures("quiet_log", "sound")
def test_spoilt_uploads_are_transcribed_or_fail_with_a_sentence(
    make_upload: MakeUpload, folder: UploadFolder, tmp_path: Path, settings: Settings
) -> None:
    settings.WHISPER_MODEL, settings.WHISPER_DEVICE = TOY_MODEL, "cpu"
    contents = [spoilt(WHOLE["a.mp4"](tmp_path), seed) for seed in range(3)]
    contents += [
        BOMBS[name](tmp_path) for name in ("wav: a sample a second", "mp4: packets backwards", "zip: nested")
    ]
    for number, content in enumerate(contents):
        upload = make_upload(content, name="../../x\r\n<b>.mp4", keep_sound=True)
        writing.write(upload.pk)
        upload.refresh_from_db()
        assert upload.state in (DONE, FAILED), number
        assert upload.state == DONE or upload.sentence.endswith("."), number
        assert not list(folder.uploads()), number
        assert (upload.session is not None) == (upload.state == DONE), number
    assert not [path for path in tmp_path.parent.glob("*") if path.name.startswith("x")]
