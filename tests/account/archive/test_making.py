import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import fastjsonschema
import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.utils import timezone

from captions.account import tasks
from captions.account.archive import contents, expire, make, making, sweep
from captions.models import Archive, Note, NoteKind, Recording, Session, Share, Tag, User
from captions.models.archive import archive_storage
from captions.models.recording import sound_storage
from captions.transcripts import editing
from tests.factories import make_ended_session, make_session, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept")]

SCHEMA = Path(django_settings.BASE_DIR) / "docs" / "transcript.schema.json"
AT = datetime(2025, 11, 18, 22, 30, tzinfo=UTC)


def with_sound(session: Session, sound: bytes = b"OggS sound") -> Session:
    name = sound_storage().save(f"{session.pk}.opus", ContentFile(sound))
    Recording.objects.create(session=session, file=name, duration_ms=2_000, size=len(sound))
    return session


def made(user: User) -> Archive:
    archive = Archive.objects.create(user=user)
    tasks.make_archive.apply([str(archive.pk)], throw=True)
    archive.refresh_from_db()
    return archive


def opened(archive: Archive) -> zipfile.ZipFile:
    with archive.file.open("rb") as file:
        return zipfile.ZipFile(io.BytesIO(file.read()))


def test_everything_that_somebody_owns_is_in_it_and_nothing_of_others() -> None:
    user = make_user(
        "maren",
        vocabulary=["Ishbel"],
        replacements=[["maren", "Maren"]],
        snippets=[["my address", "Leeds\nUK"]],
        time_zone="Asia/Tokyo",
        theme="dark",
    )
    EmailAddress.objects.create(user=user, email="maren@example.com", verified=True, primary=True)
    session = with_sound(make_ended_session(user, ["Two dogs.", "A piano."], at=AT, title="The night ferry"))
    shared = Share.objects.create(
        session=session,
        digest=b"a digest",
        shown="abcd",
        frame_ancestors="https://example.org",
        created_at=AT,
    )
    shared.revoke(AT + timedelta(hours=1))
    session.tags.add(Tag.objects.create(user=user, name="travel"))
    Note.objects.create(session=session, at_ms=0, kind=NoteKind.HEADING, text="The crossing")
    editing.edit(session.utterances.get(seq=2), "A pianist.", 1, user)
    make_session(user)
    with_sound(make_ended_session(make_user(), ["Not mine."]), b"not mine")

    archive = made(user)
    assert (archive.state, archive.done, archive.total) == ("ready", 2, 2)
    files = opened(archive)
    assert files.testzip() is None
    folder = f"dictations/2025-11-19-the-night-ferry-{str(session.pk)[:8]}"
    names = [name for name in files.namelist() if name.startswith(folder)]
    assert [name.rpartition("/")[2] for name in names] == [
        "about.json",
        "transcript.json",
        "transcript.txt",
        "versions.json",
        "sound.opus",
    ]
    assert len({name.rpartition("/")[0] for name in files.namelist() if "/" in name}) == 2
    assert b"ot mine" not in b"".join(files.read(name) for name in files.namelist())

    transcript = json.loads(files.read(f"{folder}/transcript.json"))
    fastjsonschema.compile(json.loads(SCHEMA.read_text()))(transcript)
    assert [each["text"] for each in transcript["utterances"]] == ["Two dogs.", "A pianist."]
    assert transcript["notes"][0]["text"] == "The crossing"
    assert transcript["created_at"] == AT.astimezone(ZoneInfo("Asia/Tokyo")).isoformat()
    assert "A pianist." in files.read(f"{folder}/transcript.txt").decode()
    assert files.read(f"{folder}/sound.opus") == b"OggS sound"
    about = json.loads(files.read(f"{folder}/about.json"))
    assert (about["title"], about["tags"], about["source"]) == ("The night ferry", ["travel"], "live")
    # Nothing of its key.
    assert about["share_links"] == [
        {
            "created_at": "2025-11-19T07:30:00+09:00",
            "revoked_at": "2025-11-19T08:30:00+09:00",
            "shows_words_while_spoken": True,
            "may_be_embedded_by": ["https://example.org"],
        }
    ]
    versions = json.loads(files.read(f"{folder}/versions.json"))["versions"]
    assert [(each["utterance"], each["text"], each["by_you"]) for each in versions] == [
        (2, "A piano.", False),
        (2, "A pianist.", True),
    ]
    account = json.loads(files.read("account.json"))
    assert account["username"] == "maren"
    assert account["emails"][0]["email"] == "maren@example.com"
    assert account["settings"]["vocabulary"] == ["Ishbel"]
    assert account["settings"]["replacements"] == [{"heard": "maren", "written": "Maren"}]
    assert account["settings"]["snippets"] == [{"heard": "my address", "written": "Leeds\nUK"}]
    assert "account.json" in files.read("README.txt").decode()
    assert user.password not in files.read("account.json").decode()


def test_of_an_account_with_nothing() -> None:
    archive = made(make_user())
    assert opened(archive).namelist() == ["README.txt", "account.json"]


def test_it_speaks_the_language_of_its_person() -> None:
    readme = opened(made(make_user(interface_language="de"))).read("README.txt").decode()
    assert readme.startswith("Alle deine Daten in WhisperStream, Stand 20")
    assert "\ndictations/ " in readme


def test_sound_that_is_missing_is_said_to_be() -> None:
    user = make_user()
    session = with_sound(make_ended_session(user, ["Two dogs."]))
    sound_storage().delete(f"{session.pk}.opus")
    files = opened(made(user))
    assert not [name for name in files.namelist() if name.endswith(".opus")]
    [about] = [name for name in files.namelist() if name.endswith("about.json")]
    assert json.loads(files.read(about))["sound_is_missing"] is True


def test_nothing_is_left_beside_the_file_and_only_the_product_may_read_it(kept: Path) -> None:
    made(make_user())
    [path] = [each for each in (kept / "archives").rglob("*") if each.is_file()]
    assert path.stat().st_mode & 0o777 == 0o600
    assert list((kept / "archives" / "making").iterdir()) == []


def test_whoever_was_taken_for_dead_makes_nothing(monkeypatch: pytest.MonkeyPatch, kept: Path) -> None:
    user = make_user()
    make_session(user, ["Two dogs."])
    archive = Archive.objects.create(user=user)
    members = contents.of_account

    def overtaken(owner: User) -> Iterator[contents.Member]:
        monkeypatch.setattr(making, "of_account", members)
        make(archive.pk)
        archive.refresh_from_db()
        assert archive.attempts == 1, "while somebody makes it, nobody else does"
        Archive.objects.update(due_at=timezone.now())
        make(archive.pk)
        yield from members(owner)

    monkeypatch.setattr(making, "of_account", overtaken)
    make(archive.pk)
    archive.refresh_from_db()
    assert (archive.state, archive.attempts) == ("ready", 2)
    make(archive.pk)
    assert len([each for each in (kept / "archives").rglob("*") if each.is_file()]) == 1


def test_whoever_asks_anew_or_leaves_ends_the_making(monkeypatch: pytest.MonkeyPatch, kept: Path) -> None:
    user = make_user()
    archive = Archive.objects.create(user=user)
    members = contents.of_account

    def deleted(owner: User) -> Iterator[contents.Member]:
        Archive.objects.all().delete()
        yield from members(owner)

    monkeypatch.setattr(making, "of_account", deleted)
    make(archive.pk)
    assert [each for each in (kept / "archives").rglob("*") if each.is_file()] == []


def test_what_goes_wrong_is_told_and_what_kills_its_maker_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failed = Archive.objects.create(user=make_user())

    def fail(name: str, content: object) -> str:
        raise OSError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(archive_storage(), "save", fail)
        make(failed.pk)
    failed.refresh_from_db()
    assert failed.state == "failed"

    deadly = Archive.objects.create(user=make_user(), attempts=Archive.MOST_ATTEMPTS)
    make(deadly.pk)
    deadly.refresh_from_db()
    assert deadly.state == "failed"


def test_one_that_nobody_makes_any_more_is_made_after_all(monkeypatch: pytest.MonkeyPatch) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    stalled = Archive.objects.create(user=make_user(), attempts=1, due_at=long_ago)
    Archive.objects.create(user=make_user(), attempts=1, due_at=timezone.now() + Archive.LEASE)
    Archive.objects.create(user=make_user(), attempts=1, due_at=None, finished_at=long_ago)
    asked: list[str] = []
    monkeypatch.setattr(tasks.make_archive, "apply_async", lambda args, **_: asked.extend(args))
    tasks.resume_archives.apply(throw=True)
    assert asked == [str(stalled.pk)]


def test_it_is_deleted_after_its_time_row_and_file(
    kept: Path, settings, django_capture_on_commit_callbacks
) -> None:
    settings.ARCHIVE_KEEP_DAYS = 7
    old, new = made(make_user()), made(make_user())
    Archive.objects.filter(pk=old.pk).update(asked_at=timezone.now() - timedelta(days=7, minutes=1))
    with django_capture_on_commit_callbacks(execute=True):
        assert expire(timezone.now()) == 1
    assert list(Archive.objects.all()) == [new]
    assert [path.name for path in (kept / "archives").glob("*.zip")] == [new.file.name]


def test_files_that_belong_to_nobody_are_swept_up(kept: Path) -> None:
    mine = made(make_user())
    archive_storage().save("nobody.zip", ContentFile(b"zip"))
    left = kept / "archives" / "making" / "killed"
    left.mkdir()
    (left / "archive.zip").write_bytes(b"half")
    assert sweep(timezone.now()) == 0, "one that is new may get its row in a moment"
    assert sweep(timezone.now() + timedelta(hours=2)) == 2
    assert [path.name for path in (kept / "archives").rglob("*.zip")] == [mine.file.name]


def test_a_large_one_takes_no_more_memory_than_a_small_one(tmp_path: Path) -> None:
    user = make_user()
    session = with_sound(make_ended_session(user, ["Two dogs."]), b"\0" * 32_000_000)
    archive = Archive.objects.create(user=user, attempts=1)
    with (tmp_path / "file").open("wb") as file:
        tracemalloc.start()
        making.write(file, archive)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 4_000_000
    assert session.recording.size == 32_000_000
