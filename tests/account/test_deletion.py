"""Whoever deletes their account leaves nothing behind: looked for in every table there is, and on the disk."""

import asyncio
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session as Login
from django.core.files.base import ContentFile
from django.db import models
from django.db.models.functions import Cast
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from captions.account import tasks
from captions.account.deletion import erase, erase_leaving, leave
from captions.models import (
    Access,
    Archive,
    Note,
    Proposal,
    ProposalItem,
    Recording,
    Review,
    Session,
    Tag,
    Upload,
    User,
    Utterance,
)
from captions.models.archive import archive_storage
from captions.models.recording import sound_storage
from captions.protocol.commands import Control, unpack
from captions.protocol.registry import Registry
from captions.transcripts import editing
from captions.uploads.folder import UploadFolder
from tests.factories import make_ended_session, make_session, make_user
from tests.storages import store_below

pytestmark = pytest.mark.django_db

# In everything of theirs that is text.
MARK = "zqxmark"


@pytest.fixture
def kept(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of this test's own for all that is kept beside the database."""
    settings.VAR_DIR = tmp_path
    settings.SOUND_DIR = tmp_path / "sound" / "live"
    settings.UPLOAD_DIR = tmp_path / "uploads"
    store_below(tmp_path / "sound" / "kept", "sound", Recording, monkeypatch)
    store_below(tmp_path / "archives", "archives", Archive, monkeypatch)
    return tmp_path


def somebody(name: str) -> User:
    """A person with something of everything."""
    user = make_user(name, first_name=name, vocabulary=[name], replacements=[[name, name]])
    EmailAddress.objects.create(user=user, email=f"{name}@example.org")
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": name})
    SocialAccount.objects.create(user=user, provider="oidc", uid=name, extra_data={"name": name})
    Client().force_login(user)
    session = make_ended_session(user, [f"{name} said so.", "And so."], title=name)
    editing.edit(session.utterances.get(seq=1), f"{name} wrote so.", 1, user)
    session.tags.add(Tag.objects.create(user=user, name=name))
    Note.objects.create(session=session, at_ms=0, text=name)
    Review.objects.get_or_create(session=session)
    Access.objects.create(owner=str(user.pk), session=str(session.pk), reader="1", reader_name="admin")
    sound = sound_storage().save(f"{session.pk}.opus", ContentFile(name.encode()))
    Recording.objects.create(session=session, file=sound, size=7)
    proposal = Proposal.objects.create(session=session, message=name)
    ProposalItem.objects.create(proposal=proposal, number=1, start_ms=0, end_ms=1, parts=[{"before": name}])
    upload = Upload.objects.create(user=user, name=f"{name}.wav", size=1)
    UploadFolder(Path(settings.UPLOAD_DIR)).write(upload.pk, 0, name.encode())
    archive = archive_storage().save(f"{name}.zip", ContentFile(name.encode()))
    Archive.objects.create(user=user, file=archive, size=7, finished_at=timezone.now())
    return user


def looked_at_by(admin: User, user: User) -> None:
    """What an administrator does leaves a line with the name of what it was done to."""
    for row in (user, user.sessions.get()):
        LogEntry.objects.create(
            user=admin,
            content_type=ContentType.objects.get_for_model(row),
            object_id=str(row.pk),
            object_repr=str(row),
            action_flag=CHANGE,
        )


def rows() -> dict[type[models.Model], set[Any]]:
    every = apps.get_models(include_auto_created=True)
    return {
        model: set(model._base_manager.values_list("pk", flat=True)) for model in every if model._meta.managed
    }


def mentions() -> list[str]:
    """Every field of every table in which the mark stands."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if field.get_internal_type() in ("BinaryField", "BooleanField"):
                continue
            text = Cast(field.attname, models.TextField())
            query = model._base_manager.order_by().annotate(as_text=text)
            if query.filter(as_text__icontains=MARK).exists():
                found.append(f"{model._meta.label}.{field.name}")
    return found


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_nothing_is_left_in_any_table_nor_on_the_disk(kept: Path, django_capture_on_commit_callbacks) -> None:
    admin, other = make_user("admin", is_staff=True), somebody("other")
    looked_at_by(admin, other)
    before, files_before = rows(), files(kept)

    user = somebody(MARK)
    looked_at_by(admin, user)
    number, sessions = str(user.pk), [str(pk) for pk in user.sessions.values_list("pk", flat=True)]
    looks = set(Access.objects.values_list("pk", flat=True))
    live = kept / "sound" / "live" / sessions[0]
    live.mkdir(parents=True)
    (live / "000000000000-aa.opus").write_bytes(b"sound")
    assert len(mentions()) > 15, "the test would find what is left"

    with django_capture_on_commit_callbacks(execute=True):
        leave(user, timezone.now())
        tasks.delete_accounts.apply(throw=True)

    assert mentions() == []
    after = rows()
    # Nobody can change that log, and it has but numbers.
    assert after.pop(Access) == looks
    before.pop(Access)
    assert after == before
    assert all(login.get_decoded().get("_auth_user_id") != number for login in Login.objects.all())
    assert files(kept) == files_before
    assert not live.exists()


@pytest.mark.parametrize("at_once", [False, True])
def test_an_account_that_administrators_delete_goes_in_the_same_way(
    kept: Path, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks, at_once: bool
) -> None:
    def work() -> None:
        tasks.delete_accounts.apply(throw=True)

    monkeypatch.setattr(tasks.delete_accounts, "delay", work)
    boss, stays = make_user("boss", is_staff=True, is_superuser=True), somebody("stays")
    client = Client()
    client.force_login(boss)
    before, files_before = rows(), files(kept)
    users = [somebody(f"{MARK}{number}") for number in range(2 if at_once else 1)]
    with django_capture_on_commit_callbacks(execute=True):
        if at_once:
            chosen = {"action": "delete_selected", "_selected_action": [user.pk for user in users]}
            answer = client.post(reverse("admin:captions_user_changelist"), {**chosen, "post": "yes"})
        else:
            answer = client.post(reverse("admin:captions_user_delete", args=[users[0].pk]), {"post": "yes"})
    assert answer.status_code == 302
    assert set(User.objects.all()) == {boss, stays}
    after = rows()
    for model in (Access, Login):
        before.pop(model)
        after.pop(model)
    assert after == before
    assert files(kept) == files_before


def test_until_it_is_gone_nobody_meets_a_deleted_account(monkeypatch: pytest.MonkeyPatch) -> None:
    client, user = Client(), make_user("maren")
    client.force_login(make_user("boss", is_staff=True, is_superuser=True))
    theirs = Client()
    theirs.force_login(user)
    client.post(reverse("admin:captions_user_delete", args=[user.pk]), {"post": "yes"})
    user.refresh_from_db()
    assert user.leaving_at
    assert not user.is_active
    assert theirs.get(reverse("history")).status_code == 302
    people = reverse("admin:captions_user_changelist")
    # The first page still says that it was deleted.
    client.get(people)
    assert "maren" not in client.get(people).content.decode()
    assert client.get(reverse("admin:captions_user_change", args=[user.pk])).status_code == 302


def test_no_relation_to_a_person_keeps_them_or_their_rows() -> None:
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model in (User, Session, Utterance):
                relation: Any = field.remote_field
                on_delete = relation.on_delete
                # What others own and this person has touched stays theirs. Versions go with their session in the
                # database itself.
                allowed = on_delete is models.CASCADE or (
                    on_delete is models.SET_NULL and field.related_model is User and field.null
                )
                versions = model is Utterance.history.model and on_delete is models.DO_NOTHING
                places = not allowed and on_delete is models.DO_NOTHING and model.__name__ == "ReviewedPlace"
                assert allowed or versions or places, f"{model.__name__}.{field.name}"


def test_only_those_who_left_are_deleted_and_one_that_fails_does_not_keep_the_others(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stays, first, second = make_user(), make_user(), make_user()
    for user in (first, second):
        leave(user, timezone.now())
    delete = User.delete

    def fail(self: User, *args: Any) -> Any:
        if self.pk == first.pk:
            raise OSError
        return delete(self, *args)

    with monkeypatch.context() as patch:
        patch.setattr(User, "delete", fail)
        assert erase_leaving() == 1
    assert set(User.objects.all()) == {stays, first}
    assert erase_leaving() == 1
    assert list(User.objects.all()) == [stays]


class Worker:
    """Holds a session as an audio worker does, and lets go of it when it is told to end it."""

    def __init__(self, session: Session) -> None:
        self.name = f"worker-{uuid.uuid4().hex}"
        self.told: list[Any] = []
        self._session = str(session.pk)
        async_to_sync(self._hold)()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._obey()), daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self) -> None:
        self._thread.join(120)

    async def _hold(self) -> None:
        registry = Registry()
        assert await registry.hold(self._session, self.name)
        await registry.close()

    async def _obey(self) -> None:
        self.told.append(unpack(await get_channel_layer().receive(self.name)))
        registry = Registry()
        await registry.release(self._session, self.name)
        await registry.close()


@pytest.fixture
def live(kept: Path) -> Worker:
    return Worker(make_session(make_user("speaker"), ["Still speaking."], gen=1))


def test_a_dictation_that_is_live_is_ended_first(live: Worker) -> None:
    session = Session.objects.get()
    live.start()
    erase(User.objects.get(username="speaker"), timeout_seconds=20)
    live.join()
    assert live.told == [Control(str(session.pk), "stop", "", "deleted")]
    assert not Session.objects.exists()
    assert not User.objects.filter(username="speaker").exists()


def test_a_worker_that_does_not_answer_is_not_waited_for_for_ever(live: Worker) -> None:
    erase(User.objects.get(username="speaker"), timeout_seconds=0.3)
    assert not Session.objects.exists()
