"""Every address that programs use: with no token, with tokens that may do too little, and with those of others."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from captions.models import Scope
from tests.attack.routes import Route, routes
from tests.attack.test_pages import BY_TOKEN, METHODS
from tests.attack.things import SECRET, TITLE, Things, make_things_below, meanings, rows
from tests.clients.tokens import token_of
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

SDP = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
READ, WRITE, LIVE, TRANSCRIBE = Scope.READ, Scope.WRITE, Scope.LIVE, Scope.TRANSCRIBE
WEBHOOKS = Scope.WEBHOOKS
ANY = None

NEEDS: dict[str, dict[str, Scope | None]] = {
    "api/v1/sessions": {"GET": READ},
    "api/v1/sessions/<uuidstr:pk>": {"GET": READ, "PATCH": WRITE, "DELETE": WRITE},
    "api/v1/sessions/<uuidstr:pk>/utterances": {"GET": READ},
    "api/v1/sessions/<uuidstr:pk>/utterances/<int:seq>": {"PATCH": WRITE},
    "api/v1/sessions/<uuidstr:pk>/speakers": {"GET": READ, "PATCH": WRITE},
    "api/v1/sessions/<uuidstr:pk>/export.<str:name>": {"GET": READ},
    "api/v1/search": {"GET": READ},
    "api/v1/uploads": {"GET": READ, "POST": WRITE},
    "api/v1/uploads/<uuidstr:pk>": {"GET": READ, "DELETE": WRITE},
    "api/v1/webhooks": {"GET": WEBHOOKS, "POST": WEBHOOKS},
    "api/v1/webhooks/<int:pk>": {"GET": WEBHOOKS, "PATCH": WEBHOOKS, "DELETE": WEBHOOKS},
    "api/v1/webhooks/<int:pk>/secret": {"POST": WEBHOOKS},
    "api/v1/webhooks/<int:pk>/test": {"POST": WEBHOOKS},
    "api/v1/webhooks/<int:pk>/deliveries": {"GET": WEBHOOKS},
    "api/v1/webhooks/<int:pk>/deliveries/<uuidstr:delivery>/again": {"POST": WEBHOOKS},
    "api/v1/actions": {"GET": WEBHOOKS, "POST": WEBHOOKS},
    "api/v1/actions/try": {"POST": WEBHOOKS},
    "api/v1/actions/<int:pk>": {"PATCH": WEBHOOKS, "DELETE": WEBHOOKS},
    "api/v1/token": {"GET": READ},
    "v1/listen": {"POST": TRANSCRIBE},
    "v2/listen": {"POST": ANY},
    "v1/models": {"GET": ANY},
    "v1/models/<path:name>": {"GET": ANY},
    "v1/realtime": {"POST": LIVE},
    "v1/realtime/calls": {"POST": LIVE},
    "v1/realtime/calls/<str:name>/hangup": {"POST": LIVE},
    "v1/realtime/client_secrets": {"POST": LIVE},
    "v1/realtime/sessions": {"POST": LIVE},
    "v1/realtime/transcription_sessions": {"POST": LIVE},
    "v1/audio/transcriptions": {"POST": TRANSCRIBE},
    "v1/audio/translations": {"POST": TRANSCRIBE},
    "v1/<path:rest>": dict.fromkeys(METHODS, ANY),
    "whip": {"POST": LIVE, "OPTIONS": LIVE},
    "whip/<uuid:pk>": {"POST": LIVE, "OPTIONS": LIVE},
    "whip/sessions/<uuid:pk>": {"PATCH": LIVE, "DELETE": LIVE},
    "offer": {"POST": LIVE},
    "transcribe": {"GET": LIVE},
    "captions/<uuid:pk>/events": {"GET": READ},
}
"""The scope that each method needs; all others are refused."""
OPEN = {
    "api/v1/": "leads nowhere",
    "api/v1/openapi.json": "is the specification",
}
ONE_OF_MANY = {"v1/<path:rest>", "v2/listen"}
"""What answers 404 whatever is asked."""


@pytest.fixture
def things(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings, transactional_db: None
) -> Things:
    settings.LIMIT_TOKEN_REQUESTS_PER_MINUTE = settings.LIMIT_WRONG_TOKENS_PER_MINUTE = 10_000
    settings.OFFER_SECONDS = 0.2
    settings.SIMPLE_ENDPOINTS = True
    return make_things_below(tmp_path, monkeypatch)


def by_token() -> list[Route]:
    found = [r for r in routes() if r.pattern.startswith(BY_TOKEN) and r.pattern not in OPEN]
    for route in found:
        assert route.pattern in NEEDS, (
            f"Say in NEEDS of this file which scope {route.pattern} needs for what."
        )
    return found


def asked(method: str, path: str, token: str = "", **more: Any) -> Any:
    client, body, kind = Client(**more), b"", "application/octet-stream"
    if method == "PATCH" and "whip" in path:
        kind = "application/trickle-ice-sdpfrag"
    elif method == "PATCH":
        body, kind = (
            json.dumps({"text": "Another's.", "version": 1, "title": "Another's", "items": []}).encode(),
            "application/json",
        )
    elif path.startswith(("/whip", "/v1/realtime")):
        body, kind = SDP.encode(), "application/sdp"
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return client.generic(method, path, body, content_type=kind, headers=headers)


def told(response: Any) -> bytes:
    # One that is streamed has begun, but nothing of it was read.
    return b"" if response.streaming else response.content


def test_what_is_said_here_is_of_addresses_that_there_are() -> None:
    assert {route.pattern for route in by_token()} == {*NEEDS}


@pytest.mark.parametrize("token", ["", "wsp_nothing"])
def test_nobody_is_let_in_without_a_token(token: str, things: Things) -> None:
    before, meant = rows(), meanings(things)
    login = Client()
    login.force_login(things.user)
    cookies = {name: cookie.value for name, cookie in login.cookies.items()}
    before = rows()
    for route in by_token():
        for method in METHODS:
            path = route.path(meant)
            for is_logged_in in (False, True):
                if is_logged_in and route.pattern == "captions/<uuid:pk>/events":
                    continue
                client = Client()
                client.cookies.load(cookies if is_logged_in else {})
                headers = {"Authorization": f"Bearer {token}"} if token else {}
                response = client.generic(
                    method, path, b"{}", content_type="application/json", headers=headers
                )
                refused = (
                    (401, 405)
                    if method in NEEDS[route.pattern] and method != "OPTIONS"
                    else (401, 405, 204, 404)
                )
                assert response.status_code in refused, (method, route.pattern, response.status_code)
                assert SECRET.encode() not in told(response)
    assert rows() == before


def test_a_token_may_do_what_its_scope_names_and_nothing_of_others(things: Things) -> None:
    """Of another account: what it may not do is 403, and what it may do finds nothing of Maren's."""
    tomas = make_user("tomas")
    tokens: dict[Scope | None, str] = {scope: token_of(tomas, scope) for scope in Scope}
    all_of_them: dict[Scope | None, str] = {ANY: token_of(tomas, *Scope)}
    before, meant = _kept(), meanings(things)
    for route in by_token():
        path, needs = route.path(meant), NEEDS[route.pattern]
        for method in METHODS:
            for scope, token in (tokens if method in needs else all_of_them).items():
                response = asked(method, path, token)
                status, where = response.status_code, f"{method} {route.pattern} with {scope}"
                assert SECRET.encode() not in told(response), where
                assert TITLE.encode() not in told(response), where
                if method not in needs:
                    assert status in (405, 404, 204), f"{where}: {status}. Does NEEDS of this file lack it?"
                elif needs[method] not in (ANY, scope):
                    assert status == 403, f"{where}: {status}"
                elif _names_something(route) and method != "OPTIONS":
                    assert status == 404, f"{where}: {status}"
                else:
                    assert status not in (401, 403, 405, 500), f"{where}: {status}"
        assert _kept() >= before, route.pattern


def test_its_owner_finds_it(things: Things) -> None:
    """So that what others do not find is kept from them, and not just nowhere."""
    meant = meanings(things)
    for route in by_token():
        if _names_something(route) and (methods := {*NEEDS[route.pattern]} - {"DELETE", "OPTIONS"}):
            for method in methods:
                status = asked(method, route.path(meant), things.token_text).status_code
                assert status not in (401, 403, 405, 500), (method, route.pattern, status)
                if "realtime" not in route.pattern:
                    assert status != 404, (method, route.pattern)


def test_other_origins_read_only_what_a_token_opens(things: Things) -> None:
    """Nowhere may a page of another site send cookies along."""
    meant = meanings(things)
    for route in by_token():
        for method in ("OPTIONS", *METHODS):
            response = Client().generic(method, route.path(meant), HTTP_ORIGIN="https://evil.example")
            assert "Access-Control-Allow-Credentials" not in response.headers, (method, route.pattern)


@pytest.mark.parametrize("key", ["", "x", "0" * 22, "\0" * 22, "é" * 22, "%00"])
def test_a_share_link_with_another_key_opens_nothing(key: str, things: Things) -> None:
    client = Client()
    for path in (f"/captions/{things.session.pk}/", f"/captions/{things.session.pk}/events"):
        assert client.get(path, {"key": things.key, "after": "999"}).status_code in (200, 204)
        response = client.get(path, {"key": key})
        assert response.status_code == 403
        assert SECRET.encode() not in response.content
    # The key of one dictation opens no other.
    assert client.get(f"/captions/{things.running.pk}/", {"key": things.key}).status_code == 403


def _names_something(route: Route) -> bool:
    return bool(route.parameters) and route.pattern not in ONE_OF_MANY and "models" not in route.pattern


def _kept() -> set[str]:
    """All that is Maren's: what others may do adds rows of their own, and notes that their tokens were used."""
    return {row for row in rows() if not row.startswith("captions_apitoken")}
