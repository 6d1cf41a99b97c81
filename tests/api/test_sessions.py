import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from captions.models import Scope, Session, User
from tests.clients.tokens import token_of
from tests.factories import make_ended_session, make_user

SESSIONS = "/api/v1/sessions"


@pytest.fixture
def program(user: User) -> Client:
    return Client(headers={"authorization": f"Bearer {token_of(user, Scope.READ, Scope.WRITE)}"})


@pytest.fixture
def session(user: User) -> Session:
    return make_ended_session(user, ["Good morning.", "The report is late."], title="Morning", language="en")


def test_the_newest_transcripts_come_first_a_page_at_a_time(
    program: Client, user: User, session: Session
) -> None:
    later = make_ended_session(user, ["Hello Dr. Weber, it is me."])
    make_ended_session(make_user(), ["Not mine."])
    Session.objects.create(user=user, ended_at=timezone.now())
    listed = program.get(SESSIONS).json()
    assert listed["count"] == 2
    assert [each["id"] for each in listed["items"]] == [str(later.pk), str(session.pk)]
    assert listed["items"][1]["title"] == "Morning"
    assert listed["items"][0]["proposed_title"].startswith("Hello Dr. Weber")
    assert [each["id"] for each in program.get(f"{SESSIONS}?limit=1&offset=1").json()["items"]] == [
        str(session.pk)
    ]
    assert program.get(f"{SESSIONS}?favourite=true").json()["count"] == 0


def test_one_transcript_and_its_sentences(program: Client, session: Session) -> None:
    one = program.get(f"{SESSIONS}/{session.pk}").json()
    assert (one["state"], one["language"], one["words"], one["source"]) == ("ended", "en", 6, "live")
    page = program.get(f"{SESSIONS}/{session.pk}/utterances?limit=1").json()
    assert [each["text"] for each in page["items"]] == ["Good morning."]
    assert [word["text"] for word in page["items"][0]["words"]] == [" Good", " morning."]
    assert page["next_after"] == 1
    page = program.get(f"{SESSIONS}/{session.pk}/utterances?after=1").json()
    assert [each["seq"] for each in page["items"]] == [2]
    assert page["next_after"] is None


def send(program: Client, method: str, path: str, payload: object) -> tuple[int, dict[str, Any]]:
    answer = getattr(program, method)(path, json.dumps(payload), content_type="application/json")
    return answer.status_code, answer.json()


def test_title_and_favourite_are_changed(program: Client, session: Session) -> None:
    status, changed = send(
        program, "patch", f"{SESSIONS}/{session.pk}", {"title": " New  title\0 ", "favourite": True}
    )
    assert (status, changed["title"], changed["favourite"]) == (200, "New title", True)
    status, changed = send(program, "patch", f"{SESSIONS}/{session.pk}", {"favourite": False})
    assert (changed["title"], changed["favourite"]) == ("New title", False)
    status, error = send(program, "patch", f"{SESSIONS}/{session.pk}", {"title": "x" * 201})
    assert (status, error["code"]) == (400, "invalid")
    assert error["message"].startswith("title: ")


def test_a_sentence_is_corrected_if_its_version_is_the_last(program: Client, session: Session) -> None:
    path = f"{SESSIONS}/{session.pk}/utterances/2"
    status, row = send(program, "patch", path, {"text": "The report is here.", "version": 1})
    assert (status, row["version"], row["corrected"]) == (200, 2, True)
    status, error = send(program, "patch", path, {"text": "Other", "version": 1})
    assert (status, error["code"], error["version"]) == (409, "conflict", 2)
    assert send(program, "patch", path, {"text": "x" * 5001, "version": 2})[0] == 400
    assert session.utterances.get(seq=2).history.count() == 2


def test_a_deleted_transcript_is_in_the_trash(program: Client, session: Session) -> None:
    assert program.delete(f"{SESSIONS}/{session.pk}").status_code == 204
    assert Session.all_objects.get().trashed_at is not None
    for path in ("", "/utterances", "/export.txt"):
        answer = program.get(f"{SESSIONS}/{session.pk}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_exports_are_those_of_the_page(program: Client, session: Session) -> None:
    answer = program.get(f"{SESSIONS}/{session.pk}/export.srt")
    body = b"".join(answer).decode()
    assert "Good morning." in body
    assert answer["Content-Disposition"].startswith("attachment")
    assert program.get(f"{SESSIONS}/{session.pk}/export.exe").status_code == 404
    wrong = program.get(f"{SESSIONS}/{session.pk}/export.srt?lines=99")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid")


def test_what_a_token_may_not(user: User, session: Session) -> None:
    reader = Client(headers={"authorization": f"Bearer {token_of(user, Scope.READ)}"})
    assert reader.get(f"{SESSIONS}/{session.pk}").status_code == 200
    refused = reader.delete(f"{SESSIONS}/{session.pk}")
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
    assert "Add, correct and delete transcripts" in refused.json()["message"]
    dictates = Client(headers={"authorization": f"Bearer {token_of(user, Scope.LIVE)}"})
    assert dictates.get(SESSIONS).status_code == 403
    assert Session.objects.filter(pk=session.pk).exists()


def test_nobody_elses(session: Session) -> None:
    stranger = Client(headers={"authorization": f"Bearer {token_of(make_user(), *Scope)}"})
    path = f"{SESSIONS}/{session.pk}"
    for answer in (
        stranger.get(path),
        stranger.get(f"{path}/utterances"),
        stranger.get(f"{path}/export.txt"),
        stranger.delete(path),
        stranger.patch(path, "{}", content_type="application/json"),
        stranger.patch(f"{path}/utterances/1", '{"text": "", "version": 1}', content_type="application/json"),
    ):
        assert answer.status_code == 404, answer.wsgi_request
    assert stranger.get(SESSIONS).json() == {"items": [], "count": 0}


def test_a_login_is_no_token(visitor: Client, session: Session) -> None:
    answer = visitor.get(SESSIONS)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    assert answer["x-request-id"].startswith("req_")


def test_those_who_speak_are_listed_and_named(program: Client, user: User) -> None:
    talk = make_ended_session(user, ["Good morning.", "Hello."], voices=2)
    talk.utterances.filter(seq=1).update(speaker=1)
    talk.utterances.filter(seq=2).update(speaker=2)
    path = f"{SESSIONS}/{talk.pk}/speakers"
    assert program.get(path).json()["items"] == [
        {"shared": False, "number": number, "name": "", "usual": f"Speaker {number}"} for number in (1, 2)
    ]
    status, named = send(program, "patch", path, {"items": [{"number": 2, "name": "Ana"}]})
    assert (status, [each["name"] for each in named["items"]]) == (200, ["", "Ana"])
    status, refused = send(program, "patch", path, {"items": [{"number": 3, "name": "Ben"}]})
    assert (status, refused["code"]) == (400, "invalid")
    rows = program.get(f"{SESSIONS}/{talk.pk}/utterances").json()["items"]
    assert [each["speaker"] for each in rows] == [1, 2]
    found = program.get("/api/v1/search?q=ana").json()["items"]
    assert [each["speakers"] for each in found] == [["Ana"]]


def test_nobody_speaks_in_a_transcript_of_one_person(program: Client, session: Session) -> None:
    assert program.get(f"{SESSIONS}/{session.pk}/speakers").json() == {"items": []}


def test_a_sentence_is_given_to_another_speaker(program: Client, user: User) -> None:
    talk = make_ended_session(user, ["Good morning.", "Hello."], voices=2)
    talk.utterances.filter(seq=1).update(speaker=1)
    talk.utterances.filter(seq=2).update(speaker=2)
    path = f"{SESSIONS}/{talk.pk}/utterances/1"
    status, row = send(program, "patch", path, {"version": 1, "speaker": 2})
    assert (status, row["speaker"], row["version"], row["text"]) == (200, 2, 2, "Good morning.")
    status, row = send(program, "patch", path, {"version": 2, "text": "Good evening.", "speaker": "new"})
    assert (status, row["speaker"], row["version"], row["text"]) == (200, 3, 4, "Good evening.")
    assert send(program, "patch", path, {"version": 2, "speaker": 1})[0] == 409
    # All or nothing.
    assert send(program, "patch", path, {"version": 4, "text": "Good night.", "speaker": 9})[0] == 400
    assert send(program, "patch", path, {"version": 4, "speaker": "old"})[0] == 400
    assert send(program, "patch", path, {"version": 4})[1]["text"] == "Good evening."
    (made, *_) = program.get(f"{SESSIONS}/{talk.pk}/utterances").json()["items"]
    assert (made["speaker"], made["version"]) == (3, 4)


def test_a_transcript_says_what_wrote_it_and_how_much_was_sent_for_it(
    program: Client, session: Session
) -> None:
    path = f"{SESSIONS}/{session.pk}"
    assert [program.get(path).json()[name] for name in ("written_by", "sent_seconds")] == [[], 0]
    Session.objects.filter(pk=session.pk).update(
        written_by=["base", "whisper-1 (asr.example)"], sent_ms=61_500
    )
    expected = [["base", "whisper-1 (asr.example)"], 61.5]
    assert [program.get(path).json()[name] for name in ("written_by", "sent_seconds")] == expected
    assert program.get(SESSIONS).json()["items"][0]["sent_seconds"] == 61.5
