"""The page that asks how a transcript is to be written."""

import json
import re
import uuid
from datetime import UTC, datetime
from typing import cast
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from captions.models import Session, User
from tests.factories import make_ended_session, make_user, make_utterance
from tests.transcripts.views import without_tokens

ALL = {
    "format": "srt",
    "line_length": "42",
    "lines": "2",
    "fast": "17",
    "too_fast": "20",
    "shortest": "1",
    "longest": "7",
    "line_ends": "lf",
}


@pytest.fixture
def ferry(user: User) -> Session:
    at = datetime(2025, 11, 18, 9, tzinfo=UTC)
    text = "The last ferry of the season left Stromness at twenty past four, with two dogs and a piano."
    return make_ended_session(user, [text], title="The night ferry", at=at)


def page(visitor: Client, session: Session, asked: dict[str, str] | None = None, status: int = 200) -> str:
    url = reverse("session-export-options", args=[session.pk])
    response = visitor.get(f"{url}?{urlencode(asked or {})}")
    assert response.status_code == status
    assert "no-store" in response["Cache-Control"]
    return response.content.decode()


def order(html: str) -> list[str]:
    return re.findall('name="format" value="([a-z]+)"', html)


def test_text_and_word_come_first(visitor: Client, ferry: Session) -> None:
    html = page(visitor, ferry)
    assert '<input type="radio" name="format" value="txt" checked>' in html
    assert order(html) == ["txt", "docx", "md", "srt", "vtt", "json"]
    assert "2025-11-18-the-night-ferry.en.txt" in html


def test_subtitles_come_first_for_those_who_make_them(visitor: Client, user: User, ferry: Session) -> None:
    url = reverse("session-export-options", args=[ferry.pk])
    visitor.get(f"{url}?{urlencode(ALL | {'download': '1'})}")
    html = page(visitor, ferry)
    assert '<input type="radio" name="format" value="srt" checked>' in html
    assert order(html) == ["srt", "vtt", "txt", "docx", "md", "json"]
    # Looking at another format is no choice yet.
    assert order(page(visitor, ferry, {"format": "docx"}))[0] == "srt"
    visitor.get(f"{url}?{urlencode({'format': 'docx', 'download': '1'})}")
    html = page(visitor, ferry)
    assert '<input type="radio" name="format" value="docx" checked>' in html
    assert order(html)[:2] == ["txt", "docx"]


def test_subtitles_are_as_most_people_want_them(visitor: Client, ferry: Session) -> None:
    html = page(visitor, ferry, {"format": "srt"})
    assert 'name="line_length" value="42"' in html
    assert "1\n00:00:00,000 --&gt; 00:00:01,200\nThe last ferry of the season\n" in html
    assert "2025-11-18-the-night-ferry.en.srt" in html
    assert "2 subtitles, 1 of them faster than 17 characters per second" in html


def test_the_preview_is_the_beginning_of_the_file(visitor: Client, ferry: Session) -> None:
    for name in ("srt", "vtt", "txt", "md", "json"):
        asked = ALL | {"format": name, "times": "on", "line_length": "30"}
        html = page(visitor, ferry, asked)
        shown = html.partition("<pre")[2].partition(">")[2].partition("</pre>")[0]
        for sign, escaped in (("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#x27;"), ("&", "&amp;")):
            shown = shown.replace(escaped, sign)
        url = reverse("session-export", args=[ferry.pk, name])
        file = b"".join(visitor.get(f"{url}?{urlencode(asked)}")).decode()
        assert shown.strip() == file.strip()


def test_a_long_file_is_shown_in_part_and_counted_as_a_whole(
    visitor: Client, user: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    session = make_ended_session(user, [])
    for number in range(60):
        make_utterance(session, f"Number {number}.", start_ms=number * 2_000)
    with django_assert_max_num_queries(8):
        html = page(visitor, session, {"format": "srt"})
    assert "60 subtitles, none faster than" in html
    assert html.count("--&gt;") == 30
    assert "…</pre>" in html


def test_nothing_said_is_said(visitor: Client, user: User) -> None:
    session = make_ended_session(user, [])
    for name in ("srt", "vtt", "txt"):
        assert "Nothing was said." in page(visitor, session, {"format": name})


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"line_length": "5"}, "A line can have 20 to 100 characters."),
        ({"line_length": "wide"}, "A line can have 20 to 100 characters."),
        ({"lines": ""}, "A subtitle can have 1 to 3 lines."),
        ({"fast": "-1"}, "The reading speed can be 5 to 60 characters per second."),
        ({"too_fast": "16"}, "“Split if faster than” cannot be lower than the reading speed."),
        ({"shortest": "nan"}, "The shortest subtitle can last 0.3 to 5 seconds."),
        ({"longest": "1e9"}, "The longest subtitle can last 2 to 30 seconds."),
        ({"shortest": "4", "longest": "3"}, "The longest subtitle cannot be shorter than the shortest."),
        ({"line_ends": "cr"}, "Choose Mac, Linux or Windows."),
        ({"format": "exe"}, "Choose one of the formats."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    visitor: Client, ferry: Session, wrong: dict[str, str], sentence: str
) -> None:
    for also in ({}, {"download": "1"}):
        html = page(visitor, ferry, ALL | wrong | also, 400)
        assert sentence in html
        assert "<pre" not in html
    if "format" not in wrong:
        url = reverse("session-export", args=[ferry.pk, "srt"])
        assert visitor.get(f"{url}?{urlencode(wrong)}").status_code == 400


def test_what_another_format_would_need_is_not_looked_at(visitor: Client, ferry: Session) -> None:
    assert "The last ferry" in page(visitor, ferry, ALL | {"format": "txt", "line_length": "5", "lines": ""})


def test_the_last_choices_are_proposed_again(visitor: Client, ferry: Session) -> None:
    asked = ALL | {"format": "txt", "times": "on", "line_ends": "crlf", "download": "1"}
    url = reverse("session-export-options", args=[ferry.pk])
    response = visitor.get(f"{url}?{urlencode(asked)}")
    assert response["Content-Disposition"].startswith("attachment;")
    assert b"".join(response).startswith(b"[00:00:00] The last ferry")
    html = page(visitor, ferry)
    assert 'value="txt" checked' in html
    assert '<option value="crlf" selected>' in html
    assert "[00:00:00] The last ferry" in html
    # What is asked for now goes before what was asked for then, also when it is asked for by leaving it out.
    assert "[00:00:00] The last ferry" not in page(visitor, ferry, {"format": "txt"})


def test_choices_are_those_of_the_account_wherever_it_logs_in(
    visitor: Client, user: User, ferry: Session
) -> None:
    url = reverse("session-export-options", args=[ferry.pk])
    visitor.get(f"{url}?{urlencode(ALL | {'format': 'vtt', 'line_length': '32', 'download': '1'})}")
    elsewhere = Client()
    elsewhere.force_login(user)
    html = page(elsewhere, ferry)
    assert 'value="vtt" checked' in html
    assert 'name="line_length" value="32"' in html


def test_text_has_paragraphs_until_somebody_wants_lines(visitor: Client, ferry: Session) -> None:
    box = '<input type="checkbox" name="paragraphs" id="export-paragraphs"'
    assert f"{box} checked>" in page(visitor, ferry)
    # What is chosen for another format says nothing about text.
    url = reverse("session-export-options", args=[ferry.pk])
    visitor.get(f"{url}?format=json&paragraphs=on&download=1")
    assert f"{box} checked>" in page(visitor, ferry)
    visitor.get(f"{url}?format=txt&download=1")
    assert f"{box}>" in page(visitor, ferry)


def test_choices_that_no_longer_fit_are_forgotten(visitor: Client, user: User, ferry: Session) -> None:
    user.export_choices = {"format": "wpd", "lines": 7}
    user.save()
    assert 'value="txt" checked' in page(visitor, ferry)


def test_a_link_without_options_has_the_defaults(visitor: Client, ferry: Session) -> None:
    url = reverse("session-export", args=[ferry.pk, "json"])
    assert json.loads(b"".join(visitor.get(url)))["version"] == 1


def test_what_is_not_yours_is_not_there(visitor: Client, ferry: Session) -> None:
    theirs = make_ended_session(make_user(), ["Private."])
    not_mine, unknown = (
        cast(HttpResponse, visitor.get(reverse("session-export-options", args=[pk])))
        for pk in (theirs.pk, uuid.uuid4())
    )
    assert (not_mine.status_code, unknown.status_code) == (404, 404)
    assert without_tokens(not_mine) == without_tokens(unknown)
    url = reverse("session-export-options", args=[ferry.pk])
    assert Client().get(url).status_code == 302
    assert visitor.post(url).status_code == 405
