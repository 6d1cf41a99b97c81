from pathlib import Path

import numpy as np
import pytest
from django.utils import timezone

from captions.models import Session
from captions.models.leased_job import LeaseLostError
from captions.recordings import joining
from captions.recordings.cutting import cut
from captions.recordings.parts import RecordingBusyError, parts_folder
from captions.speech.types import TimeRange
from tests.factories import make_session, make_user
from tests.recordings.support import Session as Heard
from tests.recordings.support import keep, offsets_ms, played
from tests.speech_data import load_pcm
from tests.webrtc.speech_packets import packets_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound")]

SPEECH = packets_of(load_pcm("note-en-us"))
BEGAN_MS = 5_000


def _alive() -> None:
    """Nobody waits for a sign of life."""


@pytest.fixture
def heard() -> Heard:
    return Heard(start_ms=BEGAN_MS).take(SPEECH[:500])


@pytest.fixture
def session(heard: Heard) -> Session:
    session = make_session(make_user(), keep_sound=True)
    keep(session, heard)
    return session


@pytest.mark.parametrize("joined", [False, True], ids=["parts", "joined"])
@pytest.mark.parametrize(("start_ms", "end_ms"), [(7_010, 12_000), (3_000, 9_000), (9_000, 60_000)])
def test_a_stretch_begins_where_it_does_on_the_sessions_clock(
    session: Session, heard: Heard, sound: Path, joined: bool, start_ms: int, end_ms: int
) -> None:
    if joined:
        Session.objects.update(ended_at=timezone.now())
        joining.finish_all()
    with cut(session, TimeRange(start_ms, end_ms), _alive) as path:
        assert path is not None
        found = played(path)
    wanted = heard.samples[start_ms * 16 : end_ms * 16]
    assert abs(found.size - wanted.size) <= 16 * 30
    offsets = offsets_ms(wanted, found)
    assert len(offsets) > 2
    assert np.abs(offsets).max() < 20
    assert len([each for each in sound.rglob("*") if each.is_file()]) == 1
    assert bool(list(parts_folder().sessions())) is not joined


def test_what_a_killed_process_left_goes_with_the_next_one(session: Session, sound: Path) -> None:
    with cut(session, TimeRange(6_000, 8_000), _alive) as path:
        assert path is not None
        whole = played(path)
    path.write_bytes(b"OggS")
    with cut(session, TimeRange(6_000, 8_000), _alive) as path:
        assert path is not None
        assert np.array_equal(played(path), whole)
    assert len([each for each in sound.rglob("*") if each.is_file()]) == 1


def test_where_no_sound_is_there_is_no_file(session: Session) -> None:
    with cut(session, TimeRange(1_000, BEGAN_MS - 100), _alive) as path:
        assert path is None
    with pytest.raises(FileNotFoundError), cut(make_session(), TimeRange(0, 1_000), _alive):
        pass


def test_what_grows_is_read_as_far_as_it_must_reach(session: Session) -> None:
    with parts_folder().claimed(str(session.pk)):
        with pytest.raises(RecordingBusyError), cut(session, TimeRange(6_000, 8_000), _alive):
            pass
        with cut(session, TimeRange(6_000, 8_000), _alive, growing=True) as path:
            assert path is not None
        with pytest.raises(RecordingBusyError), cut(session, TimeRange(6_000, 16_000), _alive, growing=True):
            pass


def test_whoever_reads_it_gives_signs_of_life_and_may_be_stopped(session: Session, sound: Path) -> None:
    def lost() -> None:
        raise LeaseLostError

    with pytest.raises(LeaseLostError), cut(session, TimeRange(6_000, 8_000), lost):
        pass
    assert list(sound.rglob("*cut*")) == []
