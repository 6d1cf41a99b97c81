from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from captions.models import Recording, User
from captions.models.recording import sound_storage
from captions.recordings import retention, tasks
from tests.factories import make_session, make_user
from tests.recordings.test_joining import files

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture(autouse=True)
def _sound(sound: Path, settings) -> None:
    settings.SOUND_KEEP_DAYS = 30


def record(user: User, *, days: float) -> Recording:
    """A session with sound that ended so many days ago."""
    ended = NOW - timedelta(days=days)
    session = make_session(user, ["kept words"], ended_at=ended, keep_sound=True)
    name = sound_storage().save(f"{session.pk}.opus", ContentFile(b"sound"))
    return Recording.objects.create(
        session=session, file=name, duration_ms=1_000, size=5, peaks=b"\1", kept_at=ended
    )


def test_sound_is_deleted_from_the_disk_after_its_time_and_text_is_not(sound: Path) -> None:
    usual, brief, longer = make_user(), make_user(sound_days=7), make_user(sound_days=300)
    kept = [record(usual, days=29), record(brief, days=6), record(longer, days=29)]
    gone = [record(usual, days=31), record(brief, days=8), record(longer, days=31)]
    tasks.delete_old_sound.apply(throw=True)
    assert {path.name for path in files(sound)} == {recording.file.name for recording in kept}
    for recording in gone:
        recording.refresh_from_db()
        assert recording.deleted_at is not None
        assert (recording.file.name, recording.size, bytes(recording.peaks)) == ("", 0, b"")
        assert recording.session.utterances.get().text == "kept words"
    assert retention.expire(NOW) == 0


def test_a_site_that_keeps_none_deletes_all(sound: Path, settings) -> None:
    record(make_user(), days=0.1)
    settings.SOUND_KEEP_DAYS = 0
    assert retention.expire(NOW) == 1
    assert files(sound) == []


def test_what_cannot_be_deleted_is_not_said_to_be(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(make_user(), days=31)

    def refuse(name: str) -> None:
        raise PermissionError(name)

    monkeypatch.setattr(sound_storage(), "delete", refuse)
    assert retention.expire(NOW) == 0
    assert Recording.objects.kept().count() == 1


@pytest.mark.parametrize("what", ["session", "account", "recording"])
def test_sound_goes_with_what_it_belongs_to(
    what: str, sound: Path, django_capture_on_commit_callbacks
) -> None:
    user, other = make_user(), make_user()
    mine, others = record(user, days=1), record(other, days=1)
    live = sound / "live" / str(mine.session_id)
    live.mkdir(parents=True)
    (live / "000000000000-aa.opus").write_bytes(b"sound")
    with django_capture_on_commit_callbacks(execute=True):
        match what:
            case "session":
                mine.session.erase()
            case "account":
                user.delete()
            case _:
                mine.delete()
    left = {path.name for path in files(sound)} - {"000000000000-aa.opus"}
    assert left == {others.file.name}
    assert live.exists() == (what == "recording")


def test_files_that_belong_to_nobody_are_swept_up(sound: Path) -> None:
    mine = record(make_user(), days=1)
    gone = record(make_user(), days=1)
    # As if by hand, or in a database that was restored from a backup.
    Recording.objects.filter(pk=gone.pk).update(file="")
    lost = sound / "live" / "00000000-0000-4000-8000-000000000001"
    lost.mkdir(parents=True)
    (lost / "000000000000-aa.opus").write_bytes(b"sound")
    (sound / "live" / "notes").mkdir()
    assert retention.sweep(NOW) == 1, "a file that is new may get its row in a moment"
    assert retention.sweep(timezone.now() + timedelta(hours=2)) == 1
    assert files(sound) == [Path(mine.file.path)]
