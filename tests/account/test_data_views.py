from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone
from kombu.exceptions import OperationalError

from captions.account import tasks
from captions.models import Archive, Recording, User
from captions.models.archive import archive_storage
from tests.factories import make_ended_session, make_user
from tests.storages import store_below

PAGE = "/settings/data/"
DELETE = "/settings/data/delete/"
FILE = "/settings/data/archive.zip"


@pytest.fixture(autouse=True)
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What Celery is asked to do; archives are in a folder of this test's own."""
    found: list[str] = []
    monkeypatch.setattr(tasks.make_archive, "delay", found.append)
    monkeypatch.setattr(tasks.delete_accounts, "delay", lambda: found.append("delete"))
    store_below(tmp_path, "archives", Archive, monkeypatch)
    return found


def keep(user: User, content: bytes = b"PK zip") -> Archive:
    name = archive_storage().save("mine.zip", ContentFile(content))
    return Archive.objects.create(
        user=user,
        attempts=1,
        done=3,
        total=3,
        file=name,
        size=len(content),
        finished_at=timezone.now(),
        due_at=None,
    )


def body(answer) -> bytes:
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize("path", [PAGE, FILE, DELETE])
def test_only_for_people_with_an_account(client: Client, path: str, db: None) -> None:
    assert client.get(path).headers["Location"] == f"/accounts/login/?next={path}"


def test_an_archive_is_asked_for_once(visitor: Client, user: User, asked: list[str]) -> None:
    assert "Download your data" in visitor.get(PAGE).content.decode()
    for _ in range(2):
        page = visitor.post(f"{PAGE}archive/", follow=True).content.decode()
    archive = Archive.objects.get()
    assert asked == [str(archive.pk)]
    assert "It is waiting in the queue." in page
    assert visitor.get(FILE).status_code == 404
    claimed = Archive.objects.claim(archive.pk, timezone.now())
    assert claimed
    assert "It is waiting in the queue." in visitor.get(PAGE).content.decode()
    claimed.renew(timezone.now(), done=1, total=2)
    part = visitor.get(PAGE, headers={"HX-Request": "true"}).content.decode()
    assert "1 of 2 dictations packed." in part
    assert "<html" not in part


def test_a_broker_that_is_away_is_said_to_be(
    visitor: Client, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(pk: str) -> None:
        raise OperationalError

    monkeypatch.setattr(tasks.make_archive, "delay", refuse)
    page = visitor.post(f"{PAGE}archive/", follow=True).content.decode()
    assert "cannot be reached at the moment" in page
    assert not Archive.objects.exists()


def test_its_owner_can_fetch_it_until_it_expires_and_nobody_else(visitor: Client, user: User) -> None:
    archive = keep(user)
    assert "Download your file" in visitor.get(PAGE).content.decode()
    answer = visitor.get(FILE)
    assert body(answer) == b"PK zip"
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="whisperstream-')
    assert "no-store" in answer.headers["Cache-Control"]
    assert body(visitor.get(FILE, headers={"Range": "bytes=3-"})) == b"zip"

    other = Client()
    other.force_login(make_user())
    assert other.get(FILE).status_code == 404

    Archive.objects.filter(pk=archive.pk).update(asked_at=timezone.now() - timedelta(days=7))
    assert visitor.get(FILE).status_code == 404


def test_a_new_one_takes_the_place_of_the_old(
    visitor: Client, user: User, asked: list[str], tmp_path: Path, django_capture_on_commit_callbacks
) -> None:
    old = keep(user)
    with django_capture_on_commit_callbacks(execute=True):
        visitor.post(f"{PAGE}archive/")
    assert asked == [str(Archive.objects.get().pk)] != [str(old.pk)]
    assert list(tmp_path.glob("*.zip")) == []


def test_one_that_failed_is_said_to_have(visitor: Client, user: User) -> None:
    Archive.objects.create(user=user, attempts=1, finished_at=timezone.now())
    page = visitor.get(PAGE).content.decode()
    assert "Your file could not be created." in page
    assert visitor.get(FILE).status_code == 404


def test_deletion_asks_for_the_password_first_and_says_what_goes(
    visitor: Client, user: User, asked: list[str]
) -> None:
    session = make_ended_session(user, ["Two dogs and a piano."])
    Recording.objects.create(session=session, file="x.opus", size=2_000_000)
    for method in (visitor.post, visitor.get):
        assert method(DELETE).headers["Location"].startswith("/accounts/reauthenticate/")
    assert User.objects.get().is_active

    visitor.logout()
    visitor.force_login(user)
    visitor.post(f"/accounts/reauthenticate/?next={DELETE}", {"password": "a long password"})
    page = visitor.get(DELETE).content.decode()
    for words in ("1 dictation with 5 words", "1 recording, 1.9", "maren@example.com"):
        assert words in page, words

    answer = visitor.post(DELETE, follow=True)
    assert answer.redirect_chain == [("/deleted/", 302)]
    assert "Your account is being deleted" in answer.content.decode()
    assert '<html lang="en"' in answer.content.decode()
    assert asked == ["delete"]
    kept = User.objects.get()
    assert not kept.is_active
    assert kept.leaving_at is not None
    assert visitor.get(PAGE).status_code == 302


def test_what_was_deleted_is_said_in_the_language_of_whoever_left(
    visitor: Client, user: User, asked: list[str]
) -> None:
    User.objects.filter(pk=user.pk).update(interface_language="de")
    visitor.post("/accounts/reauthenticate/", {"password": "a long password"})
    answer = visitor.post(DELETE, follow=True)
    assert '<html lang="de"' in answer.content.decode()
    assert "Dein Konto wird gelöscht" in answer.content.decode()


def test_other_browsers_are_logged_out_at_once(visitor: Client, user: User) -> None:
    other = Client()
    other.force_login(user)
    visitor.force_login(user)
    visitor.post("/accounts/reauthenticate/", {"password": "a long password"})
    visitor.post(DELETE)
    assert other.get(PAGE).status_code == 302
    login = {"login": "maren", "password": "a long password"}
    assert Client().post("/accounts/login/", login).status_code in (200, 302)
    assert User.objects.get().leaving_at is not None
