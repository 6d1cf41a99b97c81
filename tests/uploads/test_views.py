import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from redis import Redis

from captions.models import Session, Upload, User
from captions.uploads.folder import upload_folder
from captions.uploads.receiving import CHUNK_BYTES
from tests.factories import make_user

pytestmark = pytest.mark.django_db

URL = "/uploads/"


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.UPLOAD_DIR = tmp_path / "uploads"


def announce(visitor: Client, **fields: Any) -> Any:
    return visitor.post(URL, {"name": "talk.mp3", "size": 10, "modified": 1_700_000_000_000, **fields})


def send(visitor: Client, upload: dict[str, Any], offset: Any, chunk: bytes) -> Any:
    return visitor.patch(
        reverse("upload", args=[upload["id"]]),
        chunk,
        content_type="application/offset+octet-stream",
        headers={"Upload-Offset": str(offset)},
    )


def waiting_tasks() -> list[str]:
    with Redis.from_url(django_settings.REDIS_URL) as redis:
        messages = redis.lrange("whisperstream:files", 0, -1)
    return [json.loads(message)["headers"]["argsrepr"] for message in messages]


def test_a_file_comes_in_pieces_and_waits_to_be_written_down(
    visitor: Client, user: User, django_capture_on_commit_callbacks: Any
) -> None:
    answer = announce(visitor)
    assert answer.status_code == 201
    upload = answer.json()
    assert (upload["state"], upload["received"], upload["name"]) == ("receiving", 0, "talk.mp3")
    assert send(visitor, upload, 0, b"01234").json()["received"] == 5
    assert waiting_tasks() == []
    with django_capture_on_commit_callbacks(execute=True):
        whole = send(visitor, upload, 5, b"56789").json()
    assert (whole["state"], whole["received"]) == ("waiting", 10)
    row = Upload.objects.get(user=user)
    assert upload_folder().file(row.pk).read_bytes() == b"0123456789"
    assert waiting_tasks() == [f"('{row.pk}',)"]
    assert [each["id"] for each in visitor.get(URL).json()["uploads"]] == [upload["id"]]


def test_a_file_that_broke_off_goes_on_where_it_stopped(visitor: Client) -> None:
    upload = announce(visitor).json()
    send(visitor, upload, 0, b"01234")
    again = announce(visitor).json()
    assert (again["id"], again["received"]) == (upload["id"], 5)
    other = announce(visitor, modified=1).json()
    assert other["id"] != upload["id"]


@pytest.mark.parametrize(
    ("offset", "status"), [(4, 409), (6, 409), (0, 409), ("", 400), ("-5", 400), ("5x", 400)]
)
def test_bytes_that_are_not_the_next_ones_change_nothing(
    visitor: Client, user: User, offset: Any, status: int
) -> None:
    upload = announce(visitor).json()
    send(visitor, upload, 0, b"01234")
    answer = send(visitor, upload, offset, b"abcde")
    assert answer.status_code == status
    if status == 409:
        assert answer.json()["received"] == 5
    assert upload_folder().file(Upload.objects.get().pk).read_bytes() == b"01234"


def test_more_than_was_announced_is_refused(visitor: Client) -> None:
    upload = announce(visitor).json()
    assert send(visitor, upload, 0, b"01234567890").status_code == 409
    assert send(visitor, upload, 0, bytes(CHUNK_BYTES + 1)).status_code == 413
    assert not upload_folder().folder.exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"size": 200_000_001}, "talk.mp3 is larger than 200 MB. Split it, or save only its audio."),
        ({"size": 0}, "talk.mp3 is empty."),
        ({"size": "many"}, "A file needs a size in bytes."),
        ({"name": ""}, "A file needs a name."),
        ({"language": "xx"}, "The language xx is not supported."),
    ],
)
def test_what_cannot_be_taken_is_said_before_it_is_sent(
    visitor: Client, fields: dict[str, Any], sentence: str
) -> None:
    answer = announce(visitor, **fields)
    assert (answer.status_code, answer.json()["message"]) == (400, sentence)
    assert not Upload.objects.exists()


def test_there_are_only_so_many_at_once(visitor: Client, settings: Any) -> None:
    settings.LIMIT_UPLOADS_PER_USER = 2
    answers = [announce(visitor, name=f"{number}.mp3") for number in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert answers[2].json()["message"].startswith("2 files are already in progress. Add 2.mp3 when")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\maren\\talk.mp3", "talk.mp3"),
        ("a\u202eb\nc.mp3", "abc.mp3"),
        ("x" * 300 + ".flac", "x" * 195 + ".flac"),
        ("สวัสดี" + "क्षि" * 80 + ".flac", "สวัสดี" + "क्षि" * 47 + ".flac"),
        ("..", "file"),
    ],
)
def test_names_are_only_names(visitor: Client, name: str, kept: str) -> None:
    assert announce(visitor, name=name).json()["name"] == kept


def test_sound_is_kept_as_the_account_says(visitor: Client, user: User, settings: Any) -> None:
    announce(visitor)
    announce(visitor, name="b.mp3", keep_sound="false")
    settings.SOUND_KEEP_DAYS = 0
    announce(visitor, name="c.mp3", keep_sound="true")
    assert [row.keep_sound for row in user.uploads.order_by("name")] == [False, False, True]


def test_a_file_may_be_taken_back(visitor: Client, django_capture_on_commit_callbacks: Any) -> None:
    upload = announce(visitor).json()
    send(visitor, upload, 0, b"01234")
    with django_capture_on_commit_callbacks(execute=True):
        assert visitor.delete(reverse("upload", args=[upload["id"]])).status_code == 204
    assert not Upload.objects.exists()
    assert list(upload_folder().uploads()) == []
    assert send(visitor, upload, 5, b"56789").status_code == 404


def test_the_transcript_stays_when_its_upload_goes(visitor: Client, user: User) -> None:
    session = Session.objects.create(user=user)
    row = Upload.objects.create(user=user, session=session, name="a", size=1, state="done")
    [listed] = visitor.get(URL).json()["uploads"]
    assert listed["session"] == session.get_absolute_url()
    visitor.delete(reverse("upload", args=[row.pk]))
    assert Session.objects.filter(pk=session.pk).exists()


def test_files_of_others_do_not_exist(visitor: Client) -> None:
    other = Upload.objects.create(user=make_user(), name="secret.mp3", size=10)
    assert visitor.get(URL).json() == {"uploads": []}
    assert send(visitor, {"id": other.pk}, 0, b"0123456789").status_code == 404
    assert visitor.delete(reverse("upload", args=[other.pk])).status_code == 404
    assert Upload.objects.filter(pk=other.pk, received=0).exists()


def test_nobody_sends_files_who_is_not_logged_in() -> None:
    assert announce(Client()).status_code == 302
    assert announce(Client(enforce_csrf_checks=True)).status_code in (302, 403)


def test_a_disk_that_is_full_is_said(visitor: Client, settings: Any, tmp_path: Path) -> None:
    (tmp_path / "uploads").write_bytes(b"in the way")
    upload = announce(visitor).json()
    answer = send(visitor, upload, 0, b"01234")
    assert (answer.status_code, answer.json()["received"]) == (409, 0)
    assert answer.json()["message"].startswith("The server has no space for files at the moment.")


TRACKS = [{"number": number, "many": 3, "language": "", "title": ""} for number in (1, 3)]


def with_tracks(user: User, **fields: Any) -> Upload:
    values = {
        "name": "film.mkv",
        "size": 5,
        "received": 5,
        "state": "done",
        "language": "de",
        "keep_sound": True,
    }
    values |= {"tracks": TRACKS, "choice_until": timezone.now() + timedelta(hours=1), "due_at": None}
    upload = Upload.objects.create(user=user, **values | fields)
    upload_folder().write(upload.pk, 0, b"01234")
    return upload


def tracks_url(upload: Upload) -> str:
    return reverse("upload-tracks", args=[upload.pk])


def test_another_track_becomes_another_transcript(
    visitor: Client, user: User, django_capture_on_commit_callbacks: Any
) -> None:
    upload = with_tracks(user)
    assert visitor.get(URL).json()["uploads"][0]["tracks"] == TRACKS
    with django_capture_on_commit_callbacks(execute=True):
        answer = visitor.post(tracks_url(upload), {"track": 3})
    assert answer.status_code == 201
    other = Upload.objects.get(pk=answer.json()["id"])
    assert (other.user, other.state, other.track, other.name) == (user, "waiting", 3, "film.mkv")
    assert (other.language, other.keep_sound, other.due_at is None) == ("de", True, False)
    assert waiting_tasks() == [f"('{other.pk}',)"]
    folder = upload_folder()
    assert folder.file(other.pk).read_bytes() == b"01234"
    upload.refresh_from_db()
    assert upload.tracks == TRACKS[:1]
    assert visitor.post(tracks_url(upload), {"track": 3}).status_code == 409
    # Once all were chosen, the first upload needs the file no longer; the others still do.
    with django_capture_on_commit_callbacks(execute=True):
        assert visitor.post(tracks_url(upload), {"track": 1}).status_code == 201
    assert not folder.file(upload.pk).exists()
    assert folder.file(other.pk).exists()
    assert visitor.get(URL).json()["uploads"][0]["tracks"] == []


def test_no_other_track_is_wanted(
    visitor: Client, user: User, django_capture_on_commit_callbacks: Any
) -> None:
    upload = with_tracks(user)
    with django_capture_on_commit_callbacks(execute=True):
        assert visitor.delete(tracks_url(upload)).status_code == 204
    assert list(upload_folder().uploads()) == []
    assert visitor.post(tracks_url(upload), {"track": 3}).status_code == 409


@pytest.mark.parametrize("state", ["receiving", "working", "done"])
def test_the_files_stay_while_somebody_needs_them(
    visitor: Client, user: User, django_capture_on_commit_callbacks: Any, state: str
) -> None:
    """Also those of an upload that is done, while its sound is on the way to a slow bucket."""
    due_at = None if state == "receiving" else timezone.now() + timedelta(minutes=1)
    upload = with_tracks(user, state=state, due_at=due_at)
    with django_capture_on_commit_callbacks(execute=True):
        assert visitor.delete(tracks_url(upload)).status_code == 204
    assert visitor.get(URL).json()["uploads"][0]["tracks"] == []
    assert upload_folder().file(upload.pk).read_bytes() == b"01234"


def test_nobody_chooses_for_another_or_what_is_no_track(visitor: Client, user: User) -> None:
    foreign = with_tracks(make_user())
    assert visitor.post(tracks_url(foreign), {"track": 3}).status_code == 404
    assert visitor.delete(tracks_url(foreign)).status_code == 404
    assert Client().post(tracks_url(foreign), {"track": 3}).status_code == 302
    mine = with_tracks(user)
    for track, status in (("2", 409), ("0", 400), ("", 400), ("x", 400)):
        assert visitor.post(tracks_url(mine), {"track": track}).status_code == status
    upload_folder().remove(mine.pk)
    assert visitor.post(tracks_url(mine), {"track": 3}).status_code == 409
    for _ in range(django_settings.LIMIT_UPLOADS_PER_USER):
        Upload.objects.create(user=user, name="a", size=1)
    assert visitor.post(tracks_url(with_tracks(user)), {"track": 3}).status_code == 409
    assert Upload.objects.filter(track=3).count() == 0


def test_joiners_stay_in_names_and_nothing_else_that_nobody_sees(visitor: Client) -> None:
    name = "می\u200cخواهم सि\u200d\u202eevil\u200f\u2066\x07.mp3"
    assert announce(visitor, name=name).json()["name"] == "می\u200cخواهم सि\u200devil.mp3"


@pytest.mark.parametrize(
    ("dated", "shown"), [("recorded", "Recorded "), ("file", "File from "), ("added", "Added "), ("", "")]
)
def test_a_page_says_what_the_date_of_its_file_is_from(
    visitor: Client, user: User, dated: str, shown: str
) -> None:
    user.time_zone = "Europe/Berlin"
    user.save()
    # Late in the evening in summer, when the day in UTC is another one.
    spoken = datetime(2023, 5, 12, 22, 30, tzinfo=UTC)
    session = Session.objects.create(
        user=user, source="file", created_at=spoken, ended_at=spoken, dated=dated
    )
    page = visitor.get(session.get_absolute_url()).content.decode()
    assert f'<p class="meta facts">{shown}Saturday 13 May 2023' in page
    assert "13 May 2023" in visitor.get("/sessions/").content.decode()
    name = visitor.get(f"{session.get_absolute_url()}export.txt").headers["Content-Disposition"]
    assert "2023-05-13" in name
