"""Every address of the product, for people who have no business there. The addresses are those of the URL
configuration, so that a new one is attacked as well.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from tests.attack.routes import Route, routes
from tests.attack.things import SECRET, TITLE, Things, done_upload, make_things_below, meanings, rows, sent
from tests.factories import make_user

pytestmark = pytest.mark.django_db

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

BY_TOKEN = ("api/v1/", "v1/", "v2/", "whip", "offer", "transcribe", "captions/<uuid:pk>/events")
"""What only a token opens: tests/attack/test_tokens.py."""
BY_ALLAUTH, BY_ROLE = "accounts/", "admin/"
OPEN = {
    "ping": "says that somebody is here, where SIMPLE_ENDPOINTS is on",
    "vosk/": "only a socket is there",
    "vosk/<path:rest>": "only a socket is there",
    "favicon.ico": "the same for everybody",
    "apple-touch-icon.png": "the same for everybody",
    "manifest.<slug:language>.webmanifest": "the same for everybody",
    "catalog/<slug:language>/<path:name>.<slug:digest>.js": "the same for everybody",
    "service-worker.js": "the same for everybody",
    "deleted/": "says goodbye to whoever has no account any longer",
    "join/": "what a phone sees that has joined a dictation; it has a cookie of its own",
    "join/<str:key>/": "the link in a QR code, for a minute and for one phone",
    "share/": "no file reaches the server; it leads on to a page",
}
"""Addresses that anybody may ask, and why."""
NOTHING_OF_A_PERSON = {"share/<uuid:pk>/": "the id is of the browser's own"}
"""Addresses with a parameter that names nothing of a person."""
WITHOUT_CSRF = {
    "share/": "browsers post what is shared without a token; nothing is done",
    "vosk/": "nothing is done",
    "vosk/<path:rest>": "nothing is done",
}
NOT_FOUND_BY_ITS_OWNER = {
    "sessions/<uuid:pk>/player/": "there is no waveform yet",
    "uploads/<uuid:pk>/tracks/": "the file has no other track",
}


def pages() -> list[Route]:
    return [
        route
        for route in routes()
        if not route.pattern.startswith((*BY_TOKEN, BY_ALLAUTH, BY_ROLE)) and route.pattern not in OPEN
    ]


def asked(client: Client, method: str, path: str, form: dict[str, Any] | None = None) -> Any:
    if method == "POST":
        return client.post(path, form or {})
    return client.generic(method, path, b"", content_type="application/octet-stream", HTTP_UPLOAD_OFFSET="5")


@pytest.fixture
def things(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Things:
    return make_things_below(tmp_path, monkeypatch)


@pytest.fixture
def meant(things: Things) -> dict[str, Any]:
    return meanings(things)


@pytest.fixture
def owner(things: Things) -> Client:
    client = Client()
    client.force_login(things.user)
    return client


@pytest.fixture
def stranger() -> Client:
    client = Client()
    client.force_login(make_user("tomas"))
    return client


def test_what_is_said_here_of_addresses_is_true_of_some() -> None:
    known = {route.pattern for route in routes()}
    assert known >= {*OPEN, *NOTHING_OF_A_PERSON, *WITHOUT_CSRF, *NOT_FOUND_BY_ITS_OWNER}


@pytest.mark.parametrize("method", METHODS)
def test_nobody_is_let_in_without_a_login(method: str, things: Things, meant: dict[str, Any]) -> None:
    client = Client()
    before = rows()
    for route in pages():
        response = asked(client, method, route.path(meant), sent(things)[0])
        is_refused = response.status_code in (401, 404, 405) or (
            response.status_code in (302, 303)
            and response.headers["Location"].startswith(("/accounts/login/", "/share/missed/"))
        )
        assert is_refused, (
            f"{method} {route.pattern} answers {response.status_code} to whoever is not logged in. If anybody may "
            "ask it, say why in OPEN of this file."
        )
        assert SECRET.encode() not in response.content
    assert rows() == before


def test_what_is_open_says_nothing_of_anybody(things: Things, meant: dict[str, Any]) -> None:
    client = Client()
    before = rows()
    for pattern in OPEN:
        for method in METHODS:
            response = asked(client, method, Route(pattern).path(meant), sent(things)[0])
            assert response.status_code < 500, (method, pattern)
            body = b"".join(response.streaming_content) if response.streaming else response.content
            assert SECRET.encode() not in body
            assert TITLE.encode() not in body
    assert rows() == before


def test_another_person_finds_nothing(
    things: Things, meant: dict[str, Any], stranger: Client, owner: Client
) -> None:
    """What is Maren's is to others as if it were not there, in every method; and to her it is there."""
    done_upload(things)
    before = rows()
    for route in pages():
        if not route.parameters or route.pattern in NOTHING_OF_A_PERSON | OPEN:
            continue
        path = route.path(meant)
        taken = set()
        for method in METHODS:
            for form in sent(things) if method == "POST" else [None]:
                response = asked(stranger, method, path, form)
                assert response.status_code in (404, 405), f"{method} {route.pattern}: {response.status_code}"
                taken |= {method} if response.status_code == 404 else set()
        assert rows() == before, route.pattern
        theirs: dict[str, int] = {each: _undone(owner, each, path, sent(things)[0]) for each in taken}
        assert theirs, route.pattern
        if route.pattern not in NOT_FOUND_BY_ITS_OWNER:
            assert 404 not in theirs.values(), f"{route.pattern} is not found by its owner either: {theirs}"
        assert not [status for status in theirs.values() if status >= 500], f"{route.pattern}: {theirs}"


def test_what_is_not_there_is_refused_in_the_same_words(
    things: Things, meant: dict[str, Any], stranger: Client
) -> None:
    nowhere: dict[str, Any] = {
        name: "12345678-0000-4000-8000-000000000000" for name in meant if "uuid" in name
    }
    nowhere |= {name: 2**31 - 2 for name in meant if name.rpartition("<")[2].startswith("int:")}
    for route in pages():
        if route.parameters and route.pattern not in NOTHING_OF_A_PERSON | OPEN:
            there = stranger.get(route.path(meant))
            not_there = stranger.get(route.path(meant | nowhere))
            assert there.status_code == not_there.status_code, route.pattern
            assert _without_its_own(there) == _without_its_own(not_there), route.pattern


def test_another_person_changes_nothing_by_naming_it(things: Things, stranger: Client) -> None:
    """The addresses without parameters, where forms and queries name things."""
    stranger_user = stranger.session["_auth_user_id"]
    before = {row for row in rows() if not row.startswith(f"captions_user ({stranger_user},")}
    hers = [str(each.pk) for each in (things.session, things.running, things.trashed)]
    for route in pages():
        if route.parameters:
            continue
        address = f"/{route.pattern}?session={things.session.pk}&q=pelican&tag=Hers&pk={things.session.pk}"
        for method, form in (("GET", None), ("DELETE", None), *(("POST", form) for form in sent(things))):
            response = asked(stranger, method, address, form)
            assert response.status_code < 500, (method, route.pattern)
            body = b"".join(response.streaming_content) if response.streaming else response.content
            for said in (SECRET, TITLE):
                assert said.encode() not in body, (method, route.pattern)
        after = rows()
        assert not before - after, route.pattern
        assert not [row for row in after - before if any(pk in row for pk in hers)], route.pattern


def test_no_other_site_can_send_a_form(things: Things, meant: dict[str, Any]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(things.user)
    before = rows()
    for route in routes():
        if route.pattern.startswith(BY_TOKEN) or route.pattern in WITHOUT_CSRF or route.pattern in _SCRIPTS:
            continue
        response = client.post(route.path(meant), sent(things)[0])
        assert response.status_code == 403, (
            f"POST {route.pattern} answers {response.status_code} without a CSRF token. If that does nothing, say why "
            "in WITHOUT_CSRF of this file."
        )
    assert rows() == before


# What anybody may have in any way.
_SCRIPTS = {"service-worker.js", "ping"}


def test_methods_that_nobody_needs_are_refused(owner: Client, meant: dict[str, Any]) -> None:
    for route in [*pages(), *map(Route, OPEN)]:
        response = owner.trace(route.path(meant))
        assert response.status_code in (405, 426, 404), (route.pattern, response.status_code)
        if response.status_code == 405:
            assert "TRACE" not in response.headers["Allow"]


def test_no_page_of_a_person_stays_in_a_cache(owner: Client, meant: dict[str, Any]) -> None:
    kept = []
    of_accounts = [route for route in routes() if route.pattern.startswith(BY_ALLAUTH)]
    for route in [*pages(), *of_accounts]:
        with _rolled_back():
            response = owner.get(route.path(meant))
        if not re.search("no-store|private", response.headers.get("Cache-Control", "")):
            kept += [route.pattern] if response.status_code == 200 else []
    assert not kept, "These answers could be kept by a cache."


def test_no_other_origin_may_read(owner: Client, meant: dict[str, Any]) -> None:
    for route in pages():
        for method in ("GET", "OPTIONS"):
            with _rolled_back():
                response = owner.generic(method, route.path(meant), HTTP_ORIGIN="https://evil.example")
            allowed = [name for name in response.headers if name.lower().startswith("access-control-")]
            assert not allowed, (method, route.pattern, allowed)


def test_the_library_for_accounts_fails_at_nothing(meant: dict[str, Any], owner: Client) -> None:
    for client in (Client(), owner):
        for route in routes():
            if route.pattern.startswith(BY_ALLAUTH):
                for method in METHODS:
                    with _rolled_back():
                        response = asked(
                            client, method, route.path(meant), {"login": "\0", "email": "a" * 5_000}
                        )
                    assert response.status_code < 500, (method, route.pattern)


class _UndoError(Exception):
    pass


class _rolled_back(transaction.Atomic):  # noqa: N801 - it reads as a statement
    """Undoes what is done within it."""

    def __init__(self) -> None:
        super().__init__(using=None, savepoint=True, durable=False)

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if kind is not None:
            super().__exit__(kind, error, trace)
        else:
            super().__exit__(_UndoError, _UndoError(), None)


def _undone(client: Client, method: str, path: str, form: dict[str, Any]) -> int:
    with _rolled_back():
        return int(asked(client, method, path, form).status_code)


def _without_its_own(response: Any) -> bytes:
    """The body without what is new in each answer, and without the address."""
    body = re.sub(rb'(nonce|value|content)="[^"]{20,}"', b"", response.content)
    body = re.sub(rb'"X-CSRFToken": ?"[^"]+"|[\w-]{64}', b"", body)
    return re.sub(rb"(?:[0-9a-f-]{36}|\b\d+\b)", b"", body)
