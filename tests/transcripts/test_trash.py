"""What was deleted: only the trash shows it, and it returns from there whole or goes for good with its sound."""

import io
import uuid
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from captions.account.archive.making import write
from captions.account.deletion import belongings, erase
from captions.models import (
    Archive,
    Proposal,
    Recording,
    Review,
    Session,
    Tag,
    TranscriptGap,
    Upload,
    User,
    Utterance,
)
from captions.protocol.commands import Control, group, unpack
from captions.protocol.registry import Registry
from captions.recordings import joining, retention
from captions.review import queue
from captions.review.statistics import figures
from captions.speech.types import Word
from captions.transcripts import editing, tagging, trash
from captions.transcripts.final_writer.records import FinalRecord, SessionUpdate
from captions.transcripts.final_writer.saving import Saved, save, update
from captions.transcripts.search import Search
from captions.transcripts.session_list import Choices, Folders
from captions.transcripts.tasks import empty_trash
from tests.factories import make_ended_session, make_session, make_user

NOW = datetime(2025, 11, 18, 9, tzinfo=UTC)


@pytest.fixture
def ferry(user: User) -> Session:
    return make_ended_session(
        user, ["The last ferry left.", "I know about the piano."], title="The night ferry", at=NOW
    )


def put(session: Session, at: datetime | None = None) -> datetime:
    moment = trash.delete(session.user, [session.pk], at or timezone.now())
    assert moment is not None
    return moment


def with_sound(session: Session) -> Recording:
    session.keep_sound = True
    session.save()
    recording = Recording(session=session, duration_ms=1000, size=4)
    recording.file.save(f"{session.pk}.opus", ContentFile(b"OggS"))
    return recording


def test_no_lookup_of_sessions_has_what_is_in_the_trash(user: User, ferry: Session) -> None:
    tagging.add(user, [ferry], "work")
    put(ferry)
    tag = Tag.objects.get()
    assert not Session.objects.exists()
    assert not user.sessions.exists()
    assert not tag.sessions.exists()
    assert not Session._default_manager.exists()
    assert Session.all_objects.get().tags.get() == tag
    assert Search(user, "piano").results().total == 0
    assert Search(user, "ferry").results().total == 0
    assert Choices.of(user) == Choices((), ())
    assert Folders.of(user).tags == ()
    assert Folders.of(user).trashed


def test_statistics_show_none_of_its_corrections(user: User, ferry: Session) -> None:
    row = ferry.utterances.get(seq=1)
    editing.edit(row, "The last fairy left.", row.version, user)
    day = timedelta(days=1)
    now = timezone.now()
    assert [each.written for each in figures(now - day, now + day).words] == ["fairy"]
    put(ferry)
    assert figures(now - day, now + day).words == ()


def test_what_is_no_longer_in_the_trash_cannot_be_deleted_from_it(visitor: Client) -> None:
    answer = visitor.post(reverse("session-trash-erase"), {"everything": "1", "sure": "1"}, follow=True)
    assert "It has been permanently deleted, or restored already." in answer.content.decode()
    assert "0 transcripts" not in answer.content.decode()


def test_its_titles_are_read_in_their_direction_and_language(visitor: Client, user: User) -> None:
    session = make_ended_session(user, ["הפגישה נדחתה."], title="שלום", language="he")
    put(session)
    page = visitor.get(reverse("session-trash")).content.decode()
    assert f'dir="auto"><label lang="he" for="chosen-{session.pk}">שלום' in page
    assert '<p class="snippet first-line" dir="auto" lang="he">' in page


def test_no_page_shows_it_and_its_owner_restores_it_whole(
    visitor: Client, user: User, ferry: Session
) -> None:
    with_sound(ferry)
    tagging.add(user, [ferry], "work")
    put(ferry)
    for name in (
        "session",
        "session-versions",
        "session-sound",
        "session-sound-download",
        "session-player",
        "session-export-options",
        "session-delete",
        "session-unsure",
        "second-pass",
    ):
        assert visitor.get(reverse(name, args=[ferry.pk])).status_code == 404, name
    assert visitor.get(f"/?session={ferry.pk}").status_code == 404
    assert visitor.get(reverse("session-export", args=[ferry.pk, "txt"])).status_code == 404
    for name in ("session-rename", "session-tags", "notes", "session-replace", "session-favourite"):
        assert (
            visitor.post(
                reverse(name, args=[ferry.pk]), {"title": "x", "text": "x", "kind": "note", "at_ms": "0"}
            ).status_code
            == 404
        ), name
    html = visitor.get("/sessions/").content.decode()
    assert "The night ferry" not in html
    assert reverse("session-trash") in html
    html = visitor.get(reverse("session-trash")).content.decode()
    assert "The night ferry" in html
    assert "30 days left" in html
    response = visitor.post(reverse("session-trash-restore"), {"session": [str(ferry.pk)]}, follow=True)
    assert "1 transcript was restored." in response.content.decode()
    assert user.sessions.get() == ferry
    assert tagging.names(ferry) == ["work"]
    assert visitor.get(reverse("session-sound", args=[ferry.pk])).status_code == 200
    assert Search(user, "piano").results().total == 1


def test_a_deletion_is_undone_from_its_message(visitor: Client, user: User, ferry: Session) -> None:
    earlier = make_ended_session(user, ["Gone before."], title="Before", at=NOW)
    put(earlier)
    other = make_ended_session(user, ["Another."], title="Other", at=NOW)
    response = visitor.post(
        reverse("selection-delete"), {"session": [str(ferry.pk), str(other.pk)], "sure": "1"}, follow=True
    )
    html = response.content.decode()
    assert "2 transcripts were deleted." in html
    assert "Undo" in html
    (moment,) = {
        each.trashed_at for each in Session.all_objects.filter(title__in=["Other", "The night ferry"])
    }
    assert moment is not None
    assert f'name="at" value="{moment.isoformat()}"' in html
    visitor.post(reverse("session-trash-restore"), {"at": moment.isoformat()})
    assert set(user.sessions.all()) == {ferry, other}
    response = visitor.post(reverse("session-delete", args=[ferry.pk]), follow=True)
    html = response.content.decode()
    assert "“The night ferry” was deleted." in html
    assert 'name="at"' in html
    # Undone twice, or with a moment that is none, it changes nothing and says so.
    for wrong in ("2025-13-01", "", "2025-11-18T09:00:00", moment.isoformat()):
        response = visitor.post(reverse("session-trash-restore"), {"at": wrong}, follow=True)
        assert "restored already" in response.content.decode()
    assert Session.all_objects.trashed().count() == 2


def test_nobody_else_restores_or_erases_it(visitor: Client, ferry: Session) -> None:
    moment = put(ferry)
    other = make_user()
    visitor.force_login(other)
    for fields in ({"session": [str(ferry.pk)]}, {"at": moment.isoformat()}):
        visitor.post(reverse("session-trash-restore"), fields)
    for fields in ({"session": [str(ferry.pk)]}, {"everything": "1"}):
        visitor.post(reverse("session-trash-erase"), {"sure": "1", **fields})
    assert "The night ferry" not in visitor.get(reverse("session-trash")).content.decode()
    assert Session.all_objects.trashed().get() == ferry


@pytest.mark.parametrize("everything", [True, False])
def test_it_is_deleted_for_good_with_its_sound(
    visitor: Client, ferry: Session, everything: bool, django_capture_on_commit_callbacks: Any
) -> None:
    recording = with_sound(ferry)
    put(ferry)
    fields = {"everything": "1"} if everything else {"session": [str(ferry.pk)]}
    html = visitor.post(reverse("session-trash-erase"), fields).content.decode()
    assert "Permanently delete 1 transcript?" in html
    assert "all of it will be permanently deleted, with 1 recording." in html
    assert Session.all_objects.count() == 1
    with django_capture_on_commit_callbacks(execute=True):
        visitor.post(reverse("session-trash-erase"), {"sure": "1", **fields})
    assert not Session.all_objects.exists()
    assert not Utterance.objects.exists()
    assert not recording.file.storage.exists(recording.file.name or "")


def test_nothing_selected_is_said(visitor: Client, ferry: Session) -> None:
    put(ferry)
    for name in ("session-trash-restore", "session-trash-erase"):
        html = visitor.post(reverse(name), follow=True).content.decode()
        assert "Select a transcript first." in html


def test_after_thirty_days_it_is_gone_with_its_sound(
    ferry: Session, django_capture_on_commit_callbacks: Any
) -> None:
    recording = with_sound(ferry)
    put(ferry, NOW)
    assert trash.empty(NOW + timedelta(days=30, seconds=-1)) == 0
    with django_capture_on_commit_callbacks(execute=True):
        # Long after NOW.
        empty_trash()
    assert not Session.all_objects.exists()
    assert not recording.file.storage.exists(recording.file.name or "")


def test_one_that_was_restored_meanwhile_is_not_erased(ferry: Session) -> None:
    put(ferry)
    chosen = list(trash.of(ferry.user).values_list("pk", flat=True))
    trash.restore(trash.of(ferry.user))
    assert trash.erase(Session.all_objects.filter(pk__in=chosen)) == 0
    assert Session.objects.get() == ferry


def test_without_a_trash_a_deletion_is_for_good_and_says_so(
    visitor: Client, ferry: Session, settings: Any
) -> None:
    html = visitor.get(reverse("session-delete", args=[ferry.pk])).content.decode()
    assert "For 30 days you can restore it" in html
    assert "will be permanently deleted." not in html
    settings.TRASH_KEEP_DAYS = 0
    html = visitor.get(reverse("session-delete", args=[ferry.pk])).content.decode()
    assert "all of it will be permanently deleted." in html
    html = visitor.post(reverse("session-delete", args=[ferry.pk]), follow=True).content.decode()
    assert "Undo" not in html
    assert not Session.all_objects.exists()


def test_what_a_worker_still_has_to_say_is_kept_for_a_restoration(user: User) -> None:
    session = make_session(user, ["Begun."], title="Running", keep_sound=True)
    put(session)
    assert Session.all_objects.get().ended_at is None
    record = FinalRecord(
        session_id=session.pk,
        key=uuid.uuid4(),
        start_ms=3_000,
        end_ms=4_000,
        text="And ended.",
        words=(Word(3_000, 4_000, "And ended.", 0.9),),
        confidence=0.9,
        language="en",
    )
    assert isinstance(save([record])[0], Saved)
    update([SessionUpdate(session.pk, 5_000, None, False, ended_at=NOW)], NOW)
    assert not Session.objects.exists()
    trash.restore(trash.of(user))
    restored = Session.objects.get()
    assert restored.ended_at == NOW
    assert [row.text for row in restored.utterances.in_time()] == ["Begun.", "And ended."]


def test_the_pages_and_the_worker_of_a_running_one_are_told_to_end_it(
    user: User, django_capture_on_commit_callbacks: Any
) -> None:
    session = make_session(user, ["Begun."])
    worker = f"worker-{uuid.uuid4().hex}"

    async def hold() -> None:
        registry = Registry()
        assert await registry.hold(str(session.pk), worker)
        await registry.close()

    async_to_sync(hold)()
    layer = get_channel_layer()
    async_to_sync(layer.group_add)(group(str(session.pk)), page := f"page-{uuid.uuid4().hex}")
    with django_capture_on_commit_callbacks(execute=True):
        put(session)
    payload = async_to_sync(layer.receive)(page)["payload"]
    assert (payload["state"], payload["reason"]) == ("ended", "trashed"), (
        "its pages need not wait for the worker"
    )
    told = unpack(async_to_sync(get_channel_layer().receive)(worker))
    assert told == Control(str(session.pk), "stop", "", "trashed")


def test_one_without_a_worker_ends_like_any_other(user: User) -> None:
    session = make_session(user, ["Begun."], active_at=NOW, clock_at=NOW, keep_sound=True)
    put(session)
    with pytest.raises(Session.DoesNotExist):
        Session.objects.take_over(session.pk, NOW)
    Session.all_objects.close_abandoned(timezone.now())
    closed = Session.all_objects.get()
    assert closed.ended_at == NOW
    assert TranscriptGap.objects.filter(session=closed).exists()


def test_nobody_reviews_or_transcribes_it_again(user: User, ferry: Session) -> None:
    reviewer = make_user()
    with_sound(ferry)
    queue.tend(timezone.now())
    Proposal.objects.create(session=ferry, duration_ms=1000)
    put(ferry)
    assert not Review.objects.exists()
    assert queue.next_for(reviewer, timezone.now()) is None
    assert not Proposal.objects.exists()
    trash.restore(trash.of(user))
    found = queue.next_for(reviewer, timezone.now())
    assert found is not None
    assert found.session == ferry


def test_its_upload_is_not_listed(visitor: Client, user: User, ferry: Session) -> None:
    Upload.objects.create(user=user, session=ferry, name="ferry.wav", size=1, state="done")
    Upload.objects.create(user=user, name="other.wav", size=1, state="failed")
    put(ferry)
    listed = visitor.get(reverse("uploads")).json()["uploads"]
    assert [each["name"] for each in listed] == ["other.wav"]


def test_a_tag_of_the_trash_survives(user: User, ferry: Session) -> None:
    kept = make_ended_session(user, ["Kept."], at=NOW)
    tagging.add(user, [ferry, kept], "work")
    put(ferry)
    tagging.remove(user, [kept], "work")
    trash.restore(trash.of(user))
    assert tagging.names(ferry) == ["work"]


def test_a_tag_goes_with_the_last_transcript_that_has_it(user: User, ferry: Session) -> None:
    other = make_ended_session(user, ["Hello."])
    tagging.add(user, [ferry], "work, travel")
    tagging.add(user, [other], "work")
    put(ferry, timezone.now() - timedelta(days=400))
    assert user.tags.count() == 2, "it may come back"
    empty_trash()
    assert [tag.name for tag in user.tags.all()] == ["work"]
    other.erase()
    assert not user.tags.exists()


def test_an_account_takes_its_trash_along(
    user: User, ferry: Session, django_capture_on_commit_callbacks: Any
) -> None:
    recording = with_sound(ferry)
    put(ferry)
    assert (belongings(user).dictations, belongings(user).recordings) == (1, 1)
    with django_capture_on_commit_callbacks(execute=True):
        erase(user, timeout_seconds=0.3)
    assert not Session.all_objects.exists()
    assert not recording.file.storage.exists(recording.file.name or "")


def test_sound_that_is_not_joined_yet_waits_in_the_trash_too(
    ferry: Session, settings: Any, tmp_path: Path
) -> None:
    settings.SOUND_DIR = tmp_path
    parts = tmp_path / str(ferry.pk)
    parts.mkdir()
    gone = tmp_path / str(uuid.uuid4())
    gone.mkdir()
    put(ferry)
    joining.finish_all()
    retention.sweep(timezone.now())
    assert parts.exists()
    assert not gone.exists()


def test_administrators_do_not_see_it(client: Client, ferry: Session) -> None:
    client.force_login(make_user(is_staff=True, is_superuser=True))
    kept = make_ended_session(ferry.user, ["It stays."], title="Kept", at=NOW)
    put(ferry)
    for model, shown in (("session", "Kept"), ("utterance", "It stays.")):
        for query in ("", "?q=ferry", "?q=stays"):
            html = client.get(f"/admin/captions/{model}/{query}").content.decode()
            assert "last ferry" not in html
            assert "night ferry" not in html
            assert (shown in html) == (query != "?q=ferry"), query
    assert client.get(f"/admin/captions/session/{ferry.pk}/change/").status_code == 302
    assert client.get(f"/admin/captions/session/{kept.pk}/change/").status_code == 200


def test_it_is_not_in_an_archive(user: User, ferry: Session) -> None:
    kept = make_ended_session(user, ["It stays."], title="Kept", at=NOW)
    put(ferry)
    archive = Archive.objects.create(user=user)
    file = io.BytesIO()
    write(file, archive)
    with zipfile.ZipFile(file) as target:
        text = "".join(name + target.read(name).decode() for name in target.namelist())
    assert str(kept.pk) in text
    assert "ferry" not in text
