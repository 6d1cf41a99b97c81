import json
import uuid
from datetime import UTC, datetime
from typing import cast

import pytest
import srt
from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpResponse
from django.test import AsyncClient, Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from captions.models import Session, User
from tests.factories import make_ended_session, make_user, make_utterance
from tests.transcripts.views import without_tokens

TYPES = {
    "srt": "application/x-subrip; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@pytest.fixture
def ferry(user: User) -> Session:
    at = datetime(2025, 11, 18, 9, tzinfo=UTC)
    return make_ended_session(
        user, ["The last ferry left.", "Nobody thought this strange."], title="Fähre “5”", at=at
    )


def url(session: Session, name: str) -> str:
    return reverse("session-export", args=[session.pk, name])


def body(visitor: Client, session: Session, name: str) -> str:
    response = visitor.get(url(session, name))
    assert response.status_code == 200
    return b"".join(response).decode()


@pytest.mark.parametrize("name", TYPES)
def test_a_download_is_a_file_to_save(visitor: Client, ferry: Session, name: str) -> None:
    response = visitor.get(url(ferry, name))
    assert response.streaming
    assert response["Content-Type"] == TYPES[name]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"] == (
        f'attachment; filename="2025-11-18-fahre-5.en.{name}"; '
        f"filename*=UTF-8''2025-11-18-f%C3%A4hre-5.en.{name}"
    )
    assert "no-store" in response["Cache-Control"]


def test_the_subtitles_are_what_the_database_has(visitor: Client, ferry: Session) -> None:
    cues = list(srt.parse(body(visitor, ferry, "srt")))
    rows = list(ferry.utterances.in_time())
    assert [cue.content for cue in cues] == [row.text for row in rows]
    assert [cue.start.total_seconds() * 1000 for cue in cues] == [row.start_ms for row in rows]


def test_the_text_is_what_was_said(visitor: Client, ferry: Session) -> None:
    assert body(visitor, ferry, "txt") == "The last ferry left.\nNobody thought this strange.\n"


def test_json_has_everything(visitor: Client, ferry: Session) -> None:
    data = json.loads(body(visitor, ferry, "json"))
    assert (data["title"], data["language"], data["created_at"][:10]) == ("Fähre “5”", "en", "2025-11-18")
    first = ferry.utterances.get(seq=1)
    assert data["utterances"][0] == {
        "start_ms": first.start_ms,
        "end_ms": first.end_ms,
        "text": first.text,
        "confidence": 0.9,
        "language": "en",
        "words": first.words,
    }


def test_a_session_in_which_nothing_was_said_is_a_valid_file(visitor: Client, user: User) -> None:
    empty = make_ended_session(user, [])
    assert body(visitor, empty, "srt") == ""
    assert body(visitor, empty, "vtt") == "WEBVTT\n"
    assert json.loads(body(visitor, empty, "json"))["utterances"] == []


def test_a_long_transcript_takes_few_queries(
    visitor: Client, user: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    session = make_ended_session(user, [])
    for number in range(450):
        make_utterance(session, f"Sentence number {number}.", start_ms=number * 2_000)
    with django_assert_max_num_queries(6):
        assert body(visitor, session, "srt").count("-->") == 450


@pytest.mark.django_db(transaction=True)
async def test_the_server_sends_it_piece_by_piece() -> None:
    user = await sync_to_async(make_user)()
    session = await sync_to_async(make_ended_session)(user, [])
    await sync_to_async(_say_much)(session)
    client = AsyncClient()
    await sync_to_async(client.force_login)(user)
    response = await client.get(url(session, "txt"))
    pieces = [piece async for piece in response]  # type: ignore[attr-defined]
    assert len(pieces) > 1
    assert b"".join(pieces).count(b"\n") == 300
    await sync_to_async(connections.close_all)()


def _say_much(session: Session) -> None:
    for number in range(300):
        make_utterance(session, "word " * 40, start_ms=number * 20_000)


@pytest.mark.parametrize("name", ["exe", "SRT", "", "srt/..", "doc"])
def test_other_formats_are_not_there(visitor: Client, ferry: Session, name: str) -> None:
    assert visitor.get(f"{ferry.get_absolute_url()}export.{name}").status_code == 404


def test_what_is_not_yours_is_not_there(visitor: Client, ferry: Session) -> None:
    theirs = make_ended_session(make_user(), ["Private."])
    not_mine, unknown = (
        cast(HttpResponse, visitor.get(reverse("session-export", args=[pk, "txt"])))
        for pk in (theirs.pk, uuid.uuid4())
    )
    assert (not_mine.status_code, unknown.status_code) == (404, 404)
    assert without_tokens(not_mine) == without_tokens(unknown)
    assert Client().get(url(ferry, "txt")).status_code == 302
    assert visitor.post(url(ferry, "txt")).status_code == 405
