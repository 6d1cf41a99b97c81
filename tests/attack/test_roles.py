"""Every address of the administration, for people with too few rights. See docs/review.md for who may what."""

from pathlib import Path

import pytest
from django.test import Client

from captions.models import Archive, Recording
from tests.attack.routes import Route, routes
from tests.attack.test_pages import BY_ROLE, _rolled_back, asked
from tests.attack.things import SECRET, TITLE, Things, make_things, meanings, rows, sent
from tests.factories import make_user
from tests.review.support import make_reviewer
from tests.storages import store_below

pytestmark = pytest.mark.django_db

METHODS = ("GET", "POST", "DELETE")
_STAFF = {
    "admin/",
    "admin/jsi18n/",
    "admin/logout/",
    "admin/password_change/",
    "admin/password_change/done/",
    "admin/login/",
}
"""What all staff may open: nothing there is of anybody else."""
_REVIEWERS = {
    "admin/(?P<app_label>auth|account|mfa|socialaccount|captions)/",
    "admin/captions/session/",
    "admin/captions/utterance/",
}
_REVIEW = "admin/captions/review/"
"""What those open, too, who may review."""
_NEVER = {"add/", "delete/", "history/"}
_LEADS_ON = "/<path:object_id>/"
"""Leads to the page of an object, whoever asks."""


def admin() -> list[Route]:
    return [route for route in routes() if route.pattern.startswith(BY_ROLE)]


@pytest.fixture
def things(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Things:
    store_below(tmp_path / "kept", "sound", Recording, monkeypatch)
    store_below(tmp_path / "archives", "archives", Archive, monkeypatch)
    return make_things()


@pytest.mark.parametrize("who", ["nobody", "their own"])
def test_only_staff_enter_the_administration(who: str, things: Things) -> None:
    client, meant = Client(), meanings(things)
    if who != "nobody":
        client.force_login(things.user)
    before = rows()
    for route in admin():
        for method in METHODS:
            response = asked(client, method, route.path(meant), sent(things)[0])
            leads = response.status_code in (301, 302) and response.headers["Location"].startswith(
                ("/accounts/login/", "/admin/login/", "/admin/", "/", "../")
            )
            assert leads or response.status_code in (403, 404, 405), (
                method,
                route.pattern,
                response.status_code,
            )
            assert SECRET.encode() not in response.content
            assert TITLE.encode() not in response.content
    assert rows() == before


@pytest.mark.parametrize("who", ["staff", "reviewer"])
def test_staff_open_what_their_rights_are_for_and_nothing_else(who: str, things: Things) -> None:
    is_reviewer = who == "reviewer"
    person = make_reviewer("priya") if is_reviewer else make_user("stella", is_staff=True)
    client, meant = Client(), meanings(things)
    client.force_login(person)
    for route in admin():
        for method in METHODS:
            before = rows()
            with _rolled_back():
                response = asked(client, method, route.path(meant), sent(things)[0])
                changed = rows() ^ before
            where = f"{method} {route.pattern} for {who}: {response.status_code}"
            assert response.status_code < 500, where
            body = b"".join(response.streaming_content) if response.streaming else response.content
            if _may(route, is_reviewer):
                if not is_reviewer:
                    assert SECRET.encode() not in body, where
                continue
            leads = response.status_code in (301, 302) and (
                route.pattern.endswith((_LEADS_ON, "admin/(?P<url>.*)"))
                or response.headers["Location"].startswith("/admin/login/")
            )
            assert leads or response.status_code in (403, 404, 405), where
            assert SECRET.encode() not in body, where
            assert not changed, where


def test_a_reviewer_is_not_seen_reading_by_nobody(things: Things) -> None:
    """Whatever shows words of somebody else is in the access log."""
    client, meant = Client(), meanings(things)
    client.force_login(make_reviewer("priya"))
    for route in admin():
        with _rolled_back():
            before = rows()
            response = asked(client, "GET", route.path(meant))
            body = b"".join(response.streaming_content) if response.streaming else response.content
            logged = [row for row in rows() - before if row.startswith("captions_access ")]
            assert logged or not (SECRET.encode() in body or TITLE.encode() in body), route.pattern


def _may(route: Route, is_reviewer: bool) -> bool:
    if route.pattern in _STAFF:
        return True
    is_of_review = route.pattern.startswith(_REVIEW) and not route.pattern.endswith(tuple(_NEVER))
    return is_reviewer and (route.pattern in _REVIEWERS or is_of_review)


def test_the_names_here_are_of_addresses_that_there_are() -> None:
    assert {route.pattern for route in admin()} >= _STAFF | _REVIEWERS | {_REVIEW}
