"""Dictations that a page began while it could not reach the server."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from captions.models import Session, User
from tests.factories import make_user

pytestmark = pytest.mark.django_db
ID = uuid.UUID(int=7)
MINUTE = 60_000


@pytest.fixture
def user() -> User:
    return make_user(keep_sound=True)


@pytest.fixture
def page(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def enter(page: Client, **fields: Any) -> Any:
    given = {
        "id": ID,
        "title": "On the train",
        "language": "en",
        "began_ago_ms": 5 * MINUTE,
        "clock_ms": 2 * MINUTE,
    }
    return page.post("/tape/sessions/", {**given, **fields})


def test_one_that_has_ended_stands_in_the_history_when_it_was_spoken(page: Client, user: User) -> None:
    now = timezone.now()
    assert enter(page, ended_ago_ms=3 * MINUTE, keep_sound=False).status_code == 201
    session = user.sessions.get()
    assert (session.pk, session.title, session.language, session.keep_sound) == (
        ID,
        "On the train",
        "en",
        False,
    )
    assert session.created_at == pytest.approx(now - timedelta(minutes=5), abs=timedelta(seconds=20))
    assert session.ended_at == pytest.approx(now - timedelta(minutes=3), abs=timedelta(seconds=20))
    assert (session.clock_ms, session.state, session.outages) == (2 * MINUTE, "ended", [[0, 2 * MINUTE]])
    assert enter(page, ended_ago_ms=3 * MINUTE).status_code == 200
    assert Session.objects.count() == 1


def test_one_that_goes_on_is_taken_like_one_that_has_lost_its_worker(page: Client, user: User) -> None:
    assert enter(page).status_code == 201
    session = user.sessions.get()
    assert (session.state, session.settled_ms, session.keep_sound) == ("live", 2 * MINUTE, True)
    taken = Session.objects.take_over(ID, timezone.now(), is_taped=True)
    assert taken.clock_now(timezone.now()) >= 2 * MINUTE
    # Its page was killed before a worker took it: the next one ends it.
    assert enter(page, ended_ago_ms=0).status_code == 200
    session.refresh_from_db()
    assert session.state == "ended"


def test_a_pause_takes_no_time(page: Client, user: User) -> None:
    assert enter(page, is_paused="on").status_code == 201
    session = user.sessions.get()
    assert (session.state, session.clock_now(timezone.now())) == ("paused", 2 * MINUTE)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"clock_ms": 7 * MINUTE}, 400),
        ({"clock_ms": -1}, 400),
        ({"began_ago_ms": 10**9, "clock_ms": 5 * 60 * MINUTE}, 400),
        ({"began_ago_ms": 10**20}, 400),
        ({"id": "mine"}, 400),
        ({"title": "x" * 201}, 400),
        ({"began_ago_ms": 26 * 60 * MINUTE, "ended_ago_ms": 25 * 60 * MINUTE}, 410),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(page: Client, fields: dict[str, Any], status: int) -> None:
    answer = enter(page, **fields)
    assert answer.status_code == status
    assert answer.json()["message"].endswith(".")
    assert not Session.objects.exists()


def test_nobody_enters_into_the_session_of_another(page: Client, user: User) -> None:
    theirs = Session.objects.create(user=make_user(), pk=ID)
    assert enter(page, ended_ago_ms=0).status_code == 404
    theirs.refresh_from_db()
    assert (theirs.ended_at, user.sessions.count()) == (None, 0)


def test_a_page_learns_who_is_logged_in_and_gets_a_token_of_now(user: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.get("/tape/login/").status_code == 302
    strict.force_login(user)
    answer = strict.get("/tape/login/")
    assert "no-store" in answer["Cache-Control"]
    token = answer.json()["csrf"]
    assert strict.post("/tape/key/").status_code == 403
    key = strict.post("/tape/key/", headers={"X-CSRFToken": token}).json()
    assert key["seconds"] > 0
    page = strict.get("/").content.decode()
    assert f'data-account="{answer.json()["account"]}"' in page
    assert 'data-account=""' in strict.get("/offline/").content.decode()
