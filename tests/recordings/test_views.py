import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from captions.models import Recording, Session, User
from captions.models.recording import sound_storage
from tests.factories import make_session, make_user
from tests.recordings.conftest import sound

__all__ = ["sound"]

pytestmark = pytest.mark.usefixtures("sound")

BYTES = bytes(range(256)) * 1_000


def record(user: User) -> Recording:
    session = make_session(user, ["one"], keep_sound=True)
    name = sound_storage().save(f"{session.pk}-aa.opus", ContentFile(BYTES))
    return Recording.objects.create(session=session, file=name, duration_ms=60_000, size=len(BYTES))


def url(recording: Recording) -> str:
    return reverse("session-sound", args=[recording.session_id])


def body(answer) -> bytes:
    return b"".join(answer.streaming_content)


def test_the_whole_of_it(visitor: Client, user: User) -> None:
    answer = visitor.get(url(record(user)))
    assert answer.status_code == 200
    assert body(answer) == BYTES
    assert answer["Content-Type"] == "audio/ogg"
    assert answer["Content-Length"] == str(len(BYTES))
    assert answer["Accept-Ranges"] == "bytes"
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-", 0, 255_999),
        ("bytes=0-0", 0, 0),
        ("bytes=1000-1999", 1_000, 1_999),
        ("bytes=255999-", 255_999, 255_999),
        ("bytes=255000-999999", 255_000, 255_999),
        ("bytes=-500", 255_500, 255_999),
        ("bytes=-999999", 0, 255_999),
    ],
)
def test_a_part_of_it(visitor: Client, user: User, asked: str, first: int, last: int) -> None:
    answer = visitor.get(url(record(user)), headers={"Range": asked})
    assert answer.status_code == 206
    assert answer["Content-Range"] == f"bytes {first}-{last}/256000"
    assert answer["Content-Length"] == str(last - first + 1)
    assert body(answer) == BYTES[first : last + 1]


@pytest.mark.parametrize("asked", ["bytes=256000-", "bytes=256000-256001", "bytes=-0"])
def test_a_part_that_is_not_there(visitor: Client, user: User, asked: str) -> None:
    answer = visitor.get(url(record(user)), headers={"Range": asked})
    assert answer.status_code == 416
    assert answer["Content-Range"] == "bytes */256000"


@pytest.mark.parametrize(
    "asked",
    ["", "bytes", "bytes=-", "bytes=5-2", "bytes=a-b", "items=0-1", "bytes=0-1,5-6", f"bytes={'9' * 5000}-"],
)
def test_what_is_not_understood_is_answered_with_the_whole(visitor: Client, user: User, asked: str) -> None:
    answer = visitor.get(url(record(user)), headers={"Range": asked})
    assert answer.status_code == 200
    assert len(body(answer)) == len(BYTES)


def test_parts_of_one_version_are_not_mixed_with_those_of_another(visitor: Client, user: User) -> None:
    recording = record(user)
    etag = visitor.head(url(recording))["ETag"]
    asked = {"Range": "bytes=5-9", "If-Range": etag}
    assert visitor.get(url(recording), headers=asked).status_code == 206
    Recording.objects.update(file=sound_storage().save("new.opus", ContentFile(BYTES)))
    assert visitor.get(url(recording), headers=asked).status_code == 200


def test_head_tells_and_sends_nothing(visitor: Client, user: User) -> None:
    answer = visitor.head(url(record(user)), headers={"Range": "bytes=5-9"})
    assert (answer.status_code, answer["Content-Length"], answer.content) == (200, "256000", b"")
    assert visitor.post(url(Recording.objects.get())).status_code == 405


def test_nobody_elses(visitor: Client, user: User, client: Client) -> None:
    theirs = record(make_user())
    assert visitor.get(url(theirs)).status_code == 404
    assert visitor.head(url(theirs)).status_code == 404
    assert Client().get(url(theirs)).status_code == 302
    assert visitor.get(reverse("session-player", args=[theirs.session_id])).status_code == 404


def test_only_the_sound_is_deleted_and_the_page_says_so(visitor: Client, user: User) -> None:
    recording = record(user)
    path = Path(recording.file.path)
    session = recording.session
    Session.objects.update(ended_at=timezone.now())
    action = reverse("session-sound-delete", args=[session.pk])
    for headers in ({}, {"HX-Request": "true"}):
        asked = visitor.get(reverse("session-delete", args=[session.pk]), headers=headers)
        assert f'formaction="{action}"' in asked.content.decode()
    html = visitor.post(action, follow=True).content.decode()
    assert not path.exists()
    assert "The recording was deleted. The text stays." in html
    assert re.search(r"The recording was deleted on \d+ \w+ \d{4}\. The text stays\.", html)
    assert '<section class="dock player"' not in html
    assert session.utterances.get().text in html
    assert visitor.get(url(recording)).status_code == 404
    assert action not in visitor.get(reverse("session-delete", args=[session.pk])).content.decode()


def test_why_sound_is_not_deleted_is_said(visitor: Client, user: User) -> None:
    recording = record(user)
    action = reverse("session-sound-delete", args=[recording.session_id])
    html = visitor.post(action, follow=True).content.decode()
    assert "The recording can be deleted when this dictation has ended." in html
    assert Path(recording.file.path).exists()
    assert visitor.get(action).status_code == 405
    theirs = record(make_user())
    assert visitor.post(reverse("session-sound-delete", args=[theirs.session_id])).status_code == 404
    assert Path(theirs.file.path).exists()


def test_none_and_none_any_more(visitor: Client, user: User) -> None:
    assert visitor.get(reverse("session-sound", args=[make_session(user).pk])).status_code == 404
    recording = record(user)
    sound_storage().delete(recording.file.name or "")
    assert visitor.get(url(recording)).status_code == 404


def test_it_is_saved_as_a_file_with_the_name_of_its_transcript(visitor: Client, user: User) -> None:
    recording = record(user)
    session = recording.session
    session.created_at = datetime(2025, 11, 18, 9, tzinfo=UTC)
    session.title = "Grüße von der Fähre"
    session.save()
    download = reverse("session-sound-download", args=[session.pk])
    answer = visitor.get(download)
    assert body(answer) == BYTES
    assert answer["Content-Type"] == "audio/ogg"
    name = quote("2025-11-18-grüsse-von-der-fähre.en.opus")
    assert answer["Content-Disposition"].startswith("attachment; ")
    assert answer["Content-Disposition"].endswith(f"filename*=UTF-8''{name}")
    session.rename("")
    assert "2025-11-18-one.en.opus" in visitor.get(download)["Content-Disposition"]
    assert visitor.get(download, headers={"Range": "bytes=5-9"}).status_code == 206
    for page in (session.get_absolute_url(), reverse("session-export-options", args=[session.pk])):
        assert f'href="{download}" download' in visitor.get(page).content.decode()


def test_only_its_owner_saves_it(visitor: Client, user: User) -> None:
    theirs, mine = record(make_user()), record(user)
    assert visitor.get(reverse("session-sound-download", args=[theirs.session_id])).status_code == 404
    Recording.objects.update(deleted_at=timezone.now())
    assert visitor.get(reverse("session-sound-download", args=[mine.session_id])).status_code == 404
    assert Client().get(reverse("session-sound-download", args=[mine.session_id])).status_code == 302
