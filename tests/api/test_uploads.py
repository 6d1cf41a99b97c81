import io
from pathlib import Path

import pytest
from django.test import Client
from kombu.exceptions import OperationalError

from captions.models import Scope, Upload, User
from captions.uploads import tasks
from captions.uploads.folder import upload_folder
from tests.clients.tokens import token_of
from tests.factories import make_user

UPLOADS = "/api/v1/uploads"


@pytest.fixture(autouse=True)
def asked(tmp_path: Path, settings, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What Celery is asked to transcribe; the files are in a folder of this test's own."""
    settings.UPLOAD_DIR = tmp_path
    found: list[str] = []
    monkeypatch.setattr(tasks.write_upload, "delay", found.append)
    return found


@pytest.fixture
def program(user: User) -> Client:
    return Client(headers={"authorization": f"Bearer {token_of(user, Scope.READ, Scope.WRITE)}"})


def sound(name: str = "Ein Memo.m4a", size: int = 3_000_000) -> io.BytesIO:
    file = io.BytesIO(b"x" * size)
    file.name = name
    return file


def test_a_file_is_received_whole_and_queued(
    program: Client, user: User, asked: list[str], django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = program.post(UPLOADS, {"file": sound(), "language": "de"})
    assert answer.status_code == 201, answer.content
    upload = Upload.objects.get()
    assert (upload.user, upload.name, upload.language, upload.state) == (
        user,
        "Ein Memo.m4a",
        "de",
        "waiting",
    )
    assert asked == [str(upload.pk)] == [answer.json()["id"]]
    assert upload_folder().file(upload.pk).stat().st_size == 3_000_000
    assert program.get(f"{UPLOADS}/{upload.pk}").json()["state"] == "waiting"
    assert [each["name"] for each in program.get(UPLOADS).json()] == ["Ein Memo.m4a"]
    Upload.objects.update(state="done", duration_ms=1, heard_ms=0)
    assert program.get(f"{UPLOADS}/{upload.pk}").json()["percent"] == 100
    assert program.delete(f"{UPLOADS}/{upload.pk}").status_code == 204
    assert not Upload.objects.exists()


def test_a_file_that_is_refused_leaves_nothing(program: Client, settings) -> None:
    settings.LIMIT_UPLOAD_MB = 1
    answer = program.post(UPLOADS, {"file": sound()})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert "larger than 1 MB" in answer.json()["message"]
    assert program.post(UPLOADS, {"file": sound(size=10), "language": "xx"}).status_code == 400
    assert program.post(UPLOADS, {}).status_code == 400
    assert not Upload.objects.exists()


def test_too_many_files_wait(program: Client, user: User, settings) -> None:
    settings.LIMIT_UPLOADS_PER_USER = 1
    assert program.post(UPLOADS, {"file": sound(size=10)}).status_code == 201
    answer = program.post(UPLOADS, {"file": sound("other.mp3", 10)})
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")


def test_a_broker_that_is_away_loses_no_file(
    program: Client, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks
) -> None:
    def away(pk: str) -> None:
        raise OperationalError

    monkeypatch.setattr(tasks.write_upload, "delay", away)
    with django_capture_on_commit_callbacks(execute=True):
        assert program.post(UPLOADS, {"file": sound(size=10)}).status_code == 201
    assert Upload.objects.get().due_at is not None


def test_nobody_elses(program: Client, asked: list[str]) -> None:
    program.post(UPLOADS, {"file": sound(size=10)})
    pk = Upload.objects.get().pk
    stranger = Client(headers={"authorization": f"Bearer {token_of(make_user(), *Scope)}"})
    assert stranger.get(f"{UPLOADS}/{pk}").status_code == 404
    assert stranger.delete(f"{UPLOADS}/{pk}").status_code == 404
    assert stranger.get(UPLOADS).json() == []
