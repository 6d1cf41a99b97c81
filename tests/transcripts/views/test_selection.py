"""Several transcripts at once: as files, tagged, deleted; and the tags and titles of one."""

import io
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from captions.models import Session, User
from captions.transcripts import tagging
from captions.transcripts.views import selection
from tests.factories import make_ended_session, make_user

NOW = datetime(2025, 11, 18, 9, tzinfo=UTC)


@pytest.fixture
def ferry(user: User) -> Session:
    return make_ended_session(user, ["The last ferry left."], title="The night ferry", at=NOW)


@pytest.fixture
def untitled(user: User) -> Session:
    return make_ended_session(user, ["So, I know about the piano."], at=NOW - timedelta(days=1))


def choose(visitor: Client, action: str, *sessions: Session, **fields: Any) -> Any:
    data = {"session": [str(session.pk) for session in sessions], **fields}
    headers = fields.pop("headers", {})
    return visitor.post(reverse(f"selection-{action}"), data, headers=headers)


def files(response: Any) -> dict[str, str]:
    assert response["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_a_list_can_be_selected_from(visitor: Client, ferry: Session) -> None:
    html = visitor.get("/sessions/?q=ferry&select=1").content.decode()
    assert f'name="session" value="{ferry.pk}" aria-label="Select The night ferry"' in html
    assert 'name="query" value="q=ferry&amp;select=1"' in html
    assert 'type="checkbox"' not in visitor.get("/sessions/?q=ferry").content.decode()


def test_days_in_a_zip_are_those_of_whoever_asks(visitor: Client, user: User) -> None:
    User.objects.filter(pk=user.pk).update(time_zone="Asia/Tokyo")
    late = make_ended_session(user, ["Late."], title="Late", at=NOW.replace(hour=20))
    (name,) = files(choose(visitor, "export", late, format="txt"))
    assert name.startswith(f"{NOW.year}-{NOW.month:02}-{NOW.day + 1:02}-late")


def test_transcripts_are_exported_as_a_zip(
    visitor: Client, user: User, ferry: Session, untitled: Session
) -> None:
    twin = make_ended_session(user, ["Another."], title="The NIGHT ferry", at=NOW)
    response = choose(visitor, "export", ferry, untitled, twin, format="txt")
    found = files(response)
    assert sorted(found) == [
        "2025-11-17-i-know-about-the-piano.en.txt",
        "2025-11-18-the-night-ferry-2.en.txt",
        "2025-11-18-the-night-ferry.en.txt",
    ]
    assert "I know about the piano." in found["2025-11-17-i-know-about-the-piano.en.txt"]
    assert "transcripts.zip" in response["Content-Disposition"]
    assert response["X-Content-Type-Options"] == "nosniff"


def test_everything_is_what_the_list_shows(visitor: Client, ferry: Session, untitled: Session) -> None:
    assert len(files(choose(visitor, "export", format="srt", everything="1", query=""))) == 2
    only = files(choose(visitor, "export", format="srt", everything="1", query="q=ferry&select=1"))
    assert list(only) == ["2025-11-18-the-night-ferry.en.srt"]


@pytest.mark.parametrize("action", ["export", "tag", "delete"])
def test_nothing_or_too_much_is_refused_in_a_sentence(
    visitor: Client, ferry: Session, untitled: Session, action: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = {"format": "txt", "tag": "work", "query": "q=the&select=1"}
    response = choose(visitor, action, **fields)
    assert response["Location"] == "/sessions/?q=the&select=1"
    assert "Select a transcript first." in visitor.get(response["Location"]).content.decode()
    monkeypatch.setattr(selection, "MOST", 1)
    response = visitor.post(
        reverse(f"selection-{action}"), {"everything": "1", **fields, "query": "select=1"}
    )
    assert "transcripts can be selected at once" in visitor.get(response["Location"]).content.decode()
    answer = choose(visitor, action, **fields, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == "/sessions/?q=the&select=1"
    assert Session.objects.count() == 2


def test_a_zip_is_in_ones_usual_format_with_its_options(visitor: Client, user: User, ferry: Session) -> None:
    assert '<option value="txt" selected>' in visitor.get("/sessions/?select=1").content.decode()
    options = reverse("session-export-options", args=[ferry.pk])
    visitor.get(f"{options}?format=md&times=on&line_ends=crlf&download=1")
    assert '<option value="md" selected>' in visitor.get("/sessions/?select=1").content.decode()
    ((name, text),) = files(choose(visitor, "export", ferry, format="md")).items()
    assert name.endswith(".md")
    assert "**00:00:00**" in text
    assert "\r\n" in text
    choose(visitor, "export", ferry, format="srt")
    html = visitor.get("/sessions/?select=1").content.decode()
    assert '<option value="srt" selected>' in html
    assert html.index('<option value="srt"') < html.index('<option value="txt"')


def test_an_unknown_format_is_refused(visitor: Client, ferry: Session) -> None:
    response = choose(visitor, "export", ferry, format="exe", query="select=1")
    assert "Choose one of the formats." in visitor.get(response["Location"]).content.decode()


def test_several_are_tagged_and_shown_with_it(visitor: Client, ferry: Session, untitled: Session) -> None:
    response = choose(visitor, "tag", ferry, untitled, tag="Boats & <b>", query="select=1")
    html = visitor.get(response["Location"]).content.decode()
    assert "2 transcripts now have the tag “Boats &amp; &lt;b&gt;”." in html
    html = visitor.get("/sessions/?tag=boats+%26+%3Cb%3E").content.decode()
    assert "2 transcripts" in html
    assert '<option value="Boats &amp; &lt;b&gt;" selected>' in html
    choose(visitor, "tag", ferry, tag="boats & <B>", do="remove")
    assert tagging.names(ferry) == []
    assert tagging.names(untitled) == ["Boats & <b>"]
    response = choose(visitor, "tag", ferry, untitled, tag="Interviews, Küche")
    html = visitor.get(response["Location"]).content.decode()
    assert "2 transcripts now have the tags “Interviews”, “Küche”." in html
    assert tagging.names(ferry) == ["Interviews", "Küche"]


def test_deletion_says_in_numbers_what_goes(visitor: Client, ferry: Session, untitled: Session) -> None:
    for headers, start in (({}, "<!DOCTYPE"), ({"HX-Request": "true"}, "<dialog")):
        response = choose(visitor, "delete", ferry, untitled, query="q=the&select=1", headers=headers)
        html = response.content.decode()
        assert html.lstrip().startswith(start)
        assert "Delete 2 transcripts?" in html
        assert "2 transcripts, 2 sentences, 10 words." in html
        assert "For 30 days you can restore them under “Recently deleted” in the history." in html
    assert Session.objects.count() == 2
    response = choose(visitor, "delete", ferry, sure="1", query="q=the&select=1&page=2")
    assert response["Location"] == "/sessions/?q=the"
    assert "1 transcript was deleted." in visitor.get(response["Location"]).content.decode()
    assert list(Session.objects.all()) == [untitled]


def test_what_is_not_yours_is_never_chosen(visitor: Client, ferry: Session) -> None:
    theirs = make_ended_session(make_user(), ["Private."], title="Private")
    assert len(files(choose(visitor, "export", ferry, theirs, format="txt"))) == 1
    choose(visitor, "tag", theirs, tag="mine")
    choose(visitor, "delete", theirs, sure="1")
    choose(visitor, "delete", sure="1", everything="1", query="")
    assert list(Session.objects.all()) == [theirs]
    assert tagging.names(theirs) == []


@pytest.mark.parametrize("action", ["selection-export", "selection-tag", "selection-delete"])
def test_selections_are_posted_by_those_who_are_logged_in(visitor: Client, action: str) -> None:
    assert visitor.get(reverse(action)).status_code == 405
    assert Client().post(reverse(action))["Location"].startswith("/accounts/login/")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(make_user())
    assert strict.post(reverse(action)).status_code == 403


# --- One transcript --------------------------------------------------------------------------------


def test_tags_of_one_transcript_are_added_and_removed(visitor: Client, ferry: Session) -> None:
    url = reverse("session-tags", args=[ferry.pk])
    assert visitor.post(url, {"add": "boats", "back": "/sessions/?q=a"})["Location"] == "/sessions/?q=a"
    assert (
        visitor.post(url, {"add": "boats", "back": "//evil.example"})["Location"] == ferry.get_absolute_url()
    )
    html = visitor.post(url, {"add": "night"}, headers={"HX-Request": "true"}).content.decode()
    assert html.index("boats") < html.index("night")
    assert "<html" not in html
    html = visitor.post(url, {"add": "x" * 41}, headers={"HX-Request": "true"}).content.decode()
    assert "A tag can have at most 40 characters." in html
    visitor.post(url, {"remove": "boats", "add": "ignored"})
    assert tagging.names(ferry) == ["night"]
    for page in ("/sessions/", ferry.get_absolute_url()):
        assert 'href="/sessions/?tag=night">night</a>' in visitor.get(page).content.decode()


def test_a_proposed_title_is_kept_with_one_click(visitor: Client, untitled: Session, ferry: Session) -> None:
    for url in ("/sessions/", "/sessions/?q=piano", untitled.get_absolute_url()):
        html = visitor.get(url).content.decode()
        assert "I know about the piano</span>" in html or "I know about the piano</h1>" in html
        assert "Use “I know about the piano” as title" in html
    url = reverse("session-keep-title", args=[untitled.pk])
    assert visitor.post(url, {"back": "/sessions/"})["Location"] == "/sessions/"
    untitled.refresh_from_db()
    assert untitled.title == "I know about the piano"
    visitor.post(reverse("session-keep-title", args=[ferry.pk]))
    ferry.refresh_from_db()
    assert ferry.title == "The night ferry"


@pytest.mark.parametrize("name", ["session-tags", "session-keep-title"])
def test_what_is_not_yours_is_not_there(visitor: Client, name: str) -> None:
    theirs = make_ended_session(make_user(), ["Private."])
    assert visitor.post(reverse(name, args=[theirs.pk]), {"add": "mine"}).status_code == 404
