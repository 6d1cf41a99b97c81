import stat
from pathlib import Path

import numpy as np
import pytest
from django.utils import timezone

from captions.models import Recording, Session
from captions.recordings import joining, waveform
from captions.recordings.parts import PartsFolder
from tests.factories import make_session, make_user
from tests.recordings.support import Session as Heard
from tests.recordings.support import keep, offsets_ms, played
from tests.speech_data import load_pcm
from tests.webrtc.speech_packets import packets_of

pytestmark = pytest.mark.django_db

SPEECH = packets_of(load_pcm("note-en-us"))


@pytest.fixture(autouse=True)
def _sound(sound: Path) -> None: ...


@pytest.fixture
def session() -> Session:
    return make_session(make_user(), ["one"], ended_at=timezone.now(), keep_sound=True)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_parts_of_several_workers_become_one_file_on_the_sessions_clock(
    session: Session, sound: Path
) -> None:
    first = Heard().take(SPEECH[:400])
    second = Heard(start_ms=12_345).take(SPEECH)
    keep(session, first, second)
    assert joining.finish_all() == 1
    recording = session.recording
    assert recording.duration_ms == pytest.approx(12_345 + len(SPEECH) * 20, abs=20)
    path = Path(recording.file.path)
    assert files(sound) == [path]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert recording.size == path.stat().st_size
    file = played(path)
    offsets = offsets_ms(first.samples, file) + offsets_ms(second.samples, file)
    assert len(offsets) > 8
    assert max(map(abs, offsets)) < 20


def test_joining_twice_changes_nothing(session: Session, sound: Path) -> None:
    heard = Heard().take(SPEECH[:200])
    keep(session, heard)
    joining.finish_all()
    before = played(session.recording.file.path)
    # A process that died before it could delete the parts; and one that comes when all is done.
    keep(session, heard)
    assert joining.finish_all() == 1
    assert joining.finish_all() == 0
    recording = Recording.objects.get()
    assert files(sound) == [Path(recording.file.path)]
    assert np.array_equal(before, played(recording.file.path))


def test_a_session_that_went_on_after_all_gets_the_rest_behind(session: Session, sound: Path) -> None:
    keep(session, Heard().take(SPEECH[:200]))
    joining.finish_all()
    keep(session, Heard(start_ms=10_000).take(SPEECH[:100]))
    joining.finish_all()
    assert Recording.objects.get().duration_ms == pytest.approx(12_000, abs=20)


def test_sound_that_still_comes_in_is_left_alone(session: Session, settings) -> None:
    keep(session, Heard().take(SPEECH[:100]))
    folder = PartsFolder(settings.SOUND_DIR)
    with folder.claimed(str(session.pk)):
        assert joining.finish_all() == 0
    Session.objects.update(ended_at=None)
    assert joining.finish_all() == 0
    assert len(folder.parts(str(session.pk))) == 1


def test_parts_of_a_session_that_is_gone_and_broken_ones_are_deleted(session: Session, sound: Path) -> None:
    folder = sound / "live" / str(session.pk)
    folder.mkdir(parents=True)
    (folder / "000000000000-aa.opus").write_bytes(b"nothing that could be played")
    other = make_session(make_user())
    keep(other, Heard().take(SPEECH[:50]))
    Session.objects.filter(pk=other.pk).delete()
    assert joining.finish_all() == 0
    assert not Recording.objects.exists()
    assert files(sound) == []


def test_the_outline_shows_where_somebody_speaks(session: Session) -> None:
    keep(session, Heard().take(SPEECH[:300]), Heard(start_ms=16_000).take(SPEECH[:200]))
    joining.finish_all()
    assert waveform.draw_missing() == 1
    assert waveform.draw_missing() == 0
    outline = np.frombuffer(Recording.objects.get().peaks, np.uint8)
    assert abs(outline.size - 20_000 // waveform.LEAST_MS) <= 1
    assert outline[10:120].max() > 150
    assert outline[125:315].max() == 0


def test_an_outline_that_cannot_be_computed_is_flat(session: Session) -> None:
    keep(session, Heard().take(SPEECH[:100]))
    joining.finish_all()
    Path(session.recording.file.path).unlink()
    waveform.draw_missing()
    assert bytes(Recording.objects.get().peaks) == b"\0"
