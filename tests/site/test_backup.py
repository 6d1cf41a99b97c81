"""A backup is taken while the product runs, and restored into an installation that is empty."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from captions.models import Archive, Recording, Session, TranscriptGap, Upload, User, Utterance
from captions.models.archive import archive_storage
from captions.models.recording import sound_storage
from captions.models.upload import WAITING
from captions.recordings.deletion import delete_sound
from captions.recordings.parts import parts_folder
from captions.transcripts.final_writer.spool import Spool
from captions.uploads.folder import upload_folder
from tests.conftest import REPOSITORY
from tests.factories import make_ended_session, make_session, make_user
from tests.recordings.bucket import Bucket, bucket
from tests.storages import store_below, store_in
from whisperstream_site import VERSION
from whisperstream_site import archive_storage as site_archives
from whisperstream_site import sound_storage as site_sound
from whisperstream_site.backup import rows, taking

pytestmark = pytest.mark.django_db(transaction=True)

Meanwhile = Callable[[Callable[[], object]], None]


@pytest.fixture
def var(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of this test's own for everything that is kept outside the database."""
    var = tmp_path / "running"
    settings.VAR_DIR = var
    settings.SOUND_DIR, settings.UPLOAD_DIR = var / "sound" / "live", var / "uploads"
    store_below(var / "sound" / "kept", "sound", Recording, monkeypatch)
    store_below(var / "archives", "archives", Archive, monkeypatch)
    return var


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Lets something happen between the moment of the backup and the copying of the files."""

    def set_up(happens: Callable[[], object]) -> None:
        dump = taking._dump

        def dump_while_it_happens(*arguments: Any) -> None:
            # A thread has a connection of its own, so it is not in the transaction of the backup.
            with ThreadPoolExecutor(1) as thread:
                thread.submit(happens).result()
                thread.submit(lambda: connection.close()).result()
            dump(*arguments)

        monkeypatch.setattr(taking, "_dump", dump_while_it_happens)

    return set_up


def backup(folder: Path) -> str:
    said = StringIO()
    call_command("backup", str(folder), stdout=StringIO(), stderr=said)
    return said.getvalue()


def restore(environment: dict[str, str], folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", "restore", str(folder), *options],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
    )


def recorded(session: Session, content: bytes) -> Recording:
    name = sound_storage().save(f"{session.pk}-abc.opus", ContentFile(content))
    return Recording.objects.create(session=session, file=name, size=len(content), duration_ms=1)


def uploaded(user: User, content: bytes) -> Upload:
    size = len(content)
    upload = Upload.objects.create(
        user=user, name="memo.m4a", size=size, received=size, state=WAITING, due_at=timezone.now()
    )
    upload_folder().write(upload.pk, 0, content)
    return upload


def query(environment: dict[str, str], sql: str) -> list[Any]:
    with psycopg.connect(environment["DATABASE_URL"]) as database:
        return database.execute(sql).fetchall()


def test_all_that_was_there_at_one_moment_is_there_again(
    var: Path, meanwhile: Meanwhile, product_env: dict[str, str], tmp_path: Path
) -> None:
    user = make_user("maren")
    ended = make_ended_session(user, ["what is kept", "and found again"], keep_sound=True)
    recording = recorded(ended, b"kept sound")
    live = make_session(user, ["still speaking"], keep_sound=True)
    part = parts_folder().new_part(str(live.pk), 0)
    part.path.write_bytes(b"first words")
    joined = part.path.with_name("joined.tmp")
    joined.write_bytes(b"half")
    gap = TranscriptGap.objects.create(
        session=live, start_ms=5, end_ms=9, due_at=timezone.now(), delivery=uuid4()
    )
    delivered = var / f"sound/live/delivered/{live.pk}/{gap.delivery}.opus"
    delivered.parent.mkdir(parents=True)
    delivered.write_bytes(b"said on a train")
    upload = uploaded(user, b"a memo").pk
    archive = archive_storage().save("mine.zip", ContentFile(b"zipped"))
    Archive.objects.create(user=user, file=archive, size=6, finished_at=timezone.now(), due_at=None)
    spool = Spool.create(var / "spool")
    spool.path.write_bytes(b'{"a final": 1}\n')

    def goes_on() -> None:
        with part.path.open("ab") as file:
            file.write(b" and more")
        part.path.unlink()
        delivered.unlink()
        delete_sound(ended, timezone.now())
        Upload.objects.get(pk=upload).delete()
        upload_folder().remove(upload)
        spool.path.write_bytes(b"")
        late = make_session(user, ["said too late"])
        parts_folder().new_part(str(late.pk), 0).path.write_bytes(b"too late")

    meanwhile(goes_on)
    folder = tmp_path / "backup"
    said = backup(folder)
    assert "Not there" not in said
    assert not [path for path in var.rglob("*") if path.name == ".backup"], "nothing is held any more"
    assert not Recording.objects.kept().exists(), "it went on"
    checked = subprocess.run(
        ["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=folder, capture_output=True
    )
    assert (checked.returncode, checked.stdout) == (0, b"")
    assert {path.stat().st_mode & 0o077 for path in folder.rglob("*")} == {0}
    assert json.loads((folder / "manifest.json").read_text())["version"] == VERSION
    assert restore(product_env, folder, "--check").returncode == 0

    done = restore(product_env, folder)
    assert done.returncode == 0, done.stderr
    assert "SECRET_KEY is another one" in done.stderr
    there = Path(product_env["VAR_DIR"])
    restored = {
        str(path.relative_to(there)): path.read_bytes()
        for path in there.rglob("*")
        if path.is_file() and path.parent != there
    }
    assert restored == {
        f"sound/kept/{recording.file.name}": b"kept sound",
        f"sound/live/{live.pk}/{part.path.name}": b"first words and more",
        f"sound/live/delivered/{live.pk}/{gap.delivery}.opus": b"said on a train",
        f"uploads/{upload}/file": b"a memo",
        f"archives/{archive}": b"zipped",
        f"spool/{spool.path.name}": b'{"a final": 1}\n',
    }
    assert query(product_env, "SELECT text FROM captions_utterance ORDER BY text") == [
        ("and found again",),
        ("still speaking",),
        ("what is kept",),
    ]
    assert query(product_env, "SELECT file FROM captions_recording WHERE deleted_at IS NULL") == [
        (recording.file.name,)
    ]
    prepared = subprocess.run(
        [sys.executable, "manage.py", "prepare"],
        cwd=REPOSITORY,
        env=product_env,
        capture_output=True,
        text=True,
    )
    assert prepared.returncode == 0, prepared.stderr
    assert "Migrating" not in prepared.stderr

    again = restore(product_env, folder)
    assert again.returncode == 1
    assert "A backup is restored into an empty database only" in again.stderr
    spool.release()


def test_the_manifest_counts_the_rows_of_that_moment(var: Path, meanwhile: Meanwhile, tmp_path: Path) -> None:
    session = make_session(make_user(), [f"word {number}" for number in range(20)])
    meanwhile(lambda: make_session(session.user, ["one more"]))
    folder = tmp_path / "backup"
    backup(folder)
    counted = json.loads((folder / "manifest.json").read_text())["rows"]
    assert (counted["captions_utterance"], counted["captions_session"], counted["captions_user"]) == (
        20,
        1,
        1,
    )
    assert Utterance.objects.count() == 21


def test_a_file_that_is_nowhere_is_told(var: Path, tmp_path: Path) -> None:
    session = make_ended_session(make_user(), ["one"], keep_sound=True)
    recording = recorded(session, b"sound")
    sound_storage().delete(str(recording.file.name))
    said = backup(tmp_path / "backup")
    assert f"the recording of dictation {session.pk}: recordings/{recording.file.name}" in said


def test_what_a_killed_backup_held_is_released(var: Path, tmp_path: Path, meanwhile: Meanwhile) -> None:
    held = var / "sound" / "kept" / ".backup"
    held.mkdir(parents=True)
    (held / "left.opus").write_bytes(b"deleted since")
    backup(tmp_path / "backup")
    assert not held.exists()
    assert not (tmp_path / "backup" / "recordings").exists()


def test_only_one_at_a_time(var: Path, tmp_path: Path, meanwhile: Meanwhile, postgres_url: str) -> None:
    url = psycopg.conninfo.make_conninfo(postgres_url, dbname=connection.settings_dict["NAME"])
    with psycopg.connect(url) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [taking._LOCK])
        with pytest.raises(CommandError, match="Another backup"):
            backup(tmp_path / "backup")
        other.execute("SELECT pg_advisory_unlock_all()")
    backup(tmp_path / "backup")


def test_where_no_backup_goes(var: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match="is not empty"):
        backup(tmp_path)
    with pytest.raises(CommandError, match="which is in the backup itself"):
        backup(var / "uploads" / "backup")


@pytest.fixture
def taken(var: Path, tmp_path: Path) -> Path:
    session = make_ended_session(make_user(), ["one"], keep_sound=True)
    recorded(session, b"sound")
    folder = tmp_path / "backup"
    backup(folder)
    return folder


def _resealed(folder: Path, **changed: Any) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["sums"] = hashlib.sha256((folder / "SHA256SUMS").read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest | changed))


def _unfinished(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def _damaged_sound(folder: Path) -> None:
    next((folder / "recordings").iterdir()).write_bytes(b"noise")


def _damaged_sums(folder: Path) -> None:
    (folder / "SHA256SUMS").write_text("")


def _missing_dump(folder: Path) -> None:
    (folder / "database.dump").unlink()


def _outside(folder: Path) -> None:
    with (folder / "SHA256SUMS").open("a") as file:
        file.write(f"{'0' * 64}  recordings/../../elsewhere\n")
    _resealed(folder)


def _newer(folder: Path) -> None:
    known = json.loads((folder / "manifest.json").read_text())["migrations"]
    _resealed(folder, migrations=[*known, "9999_of_next_year"], version="9.0")


def _newer_format(folder: Path) -> None:
    _resealed(folder, format=2)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_unfinished, "one that was not finished"),
        (_damaged_sound, "is not as it was written"),
        (_damaged_sums, "SHA256SUMS is not as it was written"),
        (_missing_dump, "database.dump is missing"),
        (_outside, "which no backup has"),
        (_newer, "version 9.0, whose database has 9999_of_next_year"),
        (_newer_format, "made by a newer version"),
    ],
)
def test_what_is_not_restored(taken: Path, change: Callable[[Path], None], sentence: str) -> None:
    change(taken)
    with pytest.raises(CommandError) as raised:
        call_command("restore", str(taken), stdout=StringIO(), stderr=StringIO())
    assert sentence in str(raised.value)


def test_files_of_another_installation_are_left_alone(
    taken: Path, var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "tables", list)
    with pytest.raises(CommandError, match=r"files in .*kept already"):
        call_command("restore", str(taken), stdout=StringIO(), stderr=StringIO())


def test_into_the_embedded_database_of_a_product_that_stands(
    taken: Path, product_env: dict[str, str]
) -> None:
    standing = {key: value for key, value in product_env.items() if key not in ("DATABASE_URL", "REDIS_URL")}
    done = restore(standing, taken)
    assert done.returncode == 0, done.stderr
    assert "Restored as of" in done.stdout
    assert len(list((Path(standing["VAR_DIR"]) / "sound" / "kept").iterdir())) == 1
    assert not list(Path(standing["VAR_DIR"]).glob("stores.json"))


@pytest.fixture
def server(var: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """Recordings and archives are in a bucket."""
    with bucket() as server:
        for name, value in _bucket_variables(server, "sound").items():
            monkeypatch.setenv(name, value)
        store_in(storages.create_storage(site_sound.storage(var)), "sound", Recording, monkeypatch)
        store_in(storages.create_storage(site_archives.storage(var)), "archives", Archive, monkeypatch)
        yield server


def _bucket_variables(server: Bucket, prefix: str) -> dict[str, str]:
    return {
        "SOUND_S3_BUCKET": "dictations",
        "SOUND_S3_PREFIX": prefix,
        "SOUND_S3_ENDPOINT": server.url,
        "SOUND_S3_REGION": "eu-central-1",
        "SOUND_S3_KEY": "key",
        "SOUND_S3_SECRET": "secret",
    }


def test_recordings_in_a_bucket(
    server: Bucket, meanwhile: Meanwhile, product_env: dict[str, str], tmp_path: Path
) -> None:
    user = make_user()
    session = make_ended_session(user, ["one"], keep_sound=True)
    recording = recorded(session, b"in a bucket")
    archive = archive_storage().save("mine.zip", ContentFile(b"zipped"))
    Archive.objects.create(user=user, file=archive, size=6, finished_at=timezone.now(), due_at=None)
    meanwhile(lambda: delete_sound(session, timezone.now()))
    folder = tmp_path / "backup"
    assert "Not there" not in backup(folder)
    assert f"sound/{recording.file.name}" not in server.files
    server.files.clear()

    done = restore({**product_env, **_bucket_variables(server, "new")}, folder)
    assert done.returncode == 0, done.stderr
    assert server.files == {
        f"new/{recording.file.name}": b"in a bucket",
        f"new/archives/{archive}": b"zipped",
    }
    assert query(product_env, "SELECT file FROM captions_recording") == [(recording.file.name,)]


def test_a_bucket_that_is_away_is_a_sentence(
    server: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOUND_S3_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setattr("botocore.retries.standard.StandardRetryConditions.is_retryable", lambda *_: False)
    store_in(storages.create_storage(site_sound.storage(tmp_path)), "sound", Recording, monkeypatch)
    with pytest.raises(CommandError, match="The bucket of the sound"):
        backup(tmp_path / "backup")
