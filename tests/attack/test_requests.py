"""Nonsense for every address, from its owner: nothing fails, nothing private is logged, and nothing waits for ever."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from captions.models import Archive, Recording
from tests.attack.nonsense import broken, nearly, texts, values
from tests.attack.routes import Route, routes
from tests.attack.test_pages import BY_TOKEN, _rolled_back
from tests.attack.things import Things, make_things, meanings, sent
from tests.storages import store_below

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quiet_log")]

FUZZ = settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
_ROUTES = [route for route in routes() if not route.pattern.startswith((*BY_TOKEN, "accounts/", "admin/"))]
_FIELDS = [
    "session", "q", "tag", "page", "when", "from", "to", "sort", "language", "length", "everything", "query", "title",
    "name", "text", "version", "sought", "written", "match_case", "whole_words", "sitting", "change", "at_ms", "kind",
    "back", "add", "remove", "at", "format", "id", "start_ms", "end_ms", "track", "zone", "days", "key", "after",
    "vocabulary", "replacements", "pause", "scopes", "expires", "keep_sound", "theme", "interface_language", "lines",
    "address", "size", "modified", "colour", "background", "lang",
]  # fmt: skip
_PIECE = (
    b'--x\r\nContent-Disposition: form-data; name="session"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n'
    b'RIFF\0\0\r\n--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nA\r\n--x--\r\n'
)


@pytest.fixture
def things(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Things:
    store_below(tmp_path / "kept", "sound", Recording, monkeypatch)
    store_below(tmp_path / "archives", "archives", Archive, monkeypatch)
    settings.UPLOAD_DIR = tmp_path / "uploads"
    settings.SOUND_DIR = tmp_path / "live"
    settings.LIMIT_TOKEN_REQUESTS_PER_MINUTE = settings.LIMIT_WRONG_TOKENS_PER_MINUTE = 100_000
    return make_things()


@pytest.fixture
def owner(things: Things) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(things.user)
    return client


def _fails(client: Client, method: str, path: str, body: bytes = b"", kind: str = "", **headers: Any) -> str:
    """What failed, empty if nothing did."""
    with _rolled_back():
        response: Any = client.generic(method, path, body, content_type=kind or "text/plain", headers=headers)
        if response.streaming:
            list(response.streaming_content)
    return f"{method} {path[:300]}: {response.status_code}" if response.status_code >= 500 else ""


pairs = st.lists(st.tuples(st.one_of(st.sampled_from(_FIELDS), texts), texts), max_size=5)


@FUZZ
@given(st.sampled_from(_ROUTES), st.sampled_from(["GET", "POST"]), pairs)
def test_a_query(
    things: Things, owner: Client, route: Route, method: str, query: list[tuple[str, str]]
) -> None:
    asked = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in query)
    assert not _fails(owner, method, f"{route.path(meanings(things))}?{asked}")


@FUZZ
@given(st.sampled_from(_ROUTES), pairs, st.booleans())
def test_a_form(
    things: Things, owner: Client, route: Route, form: list[tuple[str, str]], is_whole: bool
) -> None:
    whole = (
        [(name, value) for name, value in sent(things)[0].items() if isinstance(value, str)]
        if is_whole
        else []
    )
    body = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in [*whole, *form]).encode()
    kind = "application/x-www-form-urlencoded"
    assert not _fails(owner, "POST", route.path(meanings(things)), body, kind)


@FUZZ
@given(
    st.sampled_from(_ROUTES),
    st.sampled_from(["POST", "PATCH"]),
    broken(_PIECE),
    st.sampled_from(
        [
            "multipart/form-data; boundary=x",
            "multipart/form-data; boundary=" + "x" * 300,
            "multipart/form-data",
            "application/x-www-form-urlencoded; charset=utf-7",
            "application/json; charset=nothing",
            "text/plain; charset=utf-16",
            "\x01",
        ]
    ),
    st.sampled_from(["0", "5", "-1", "x", "9" * 30, "٣"]),
)
def test_a_body(
    things: Things, owner: Client, route: Route, method: str, body: bytes, kind: str, at: str
) -> None:
    path = route.path(meanings(things)) + "?id=00000000-0000-0000-0000-000000000007&start_ms=0&end_ms=1000"
    assert not _fails(owner, method, path, body, kind, upload_offset=at)


@FUZZ
@given(
    st.sampled_from(_ROUTES),
    st.dictionaries(
        st.sampled_from(
            [
                "Range",
                "If-None-Match",
                "If-Modified-Since",
                "Accept",
                "Accept-Language",
                "Last-Event-ID",
                "X-Forwarded-For",
                "X-Forwarded-Host",
                "Referer",
                "Origin",
                "HX-Request",
                "HX-Current-URL",
                "HX-Target-URI-AutoEncoded",
                "HX-Prompt",
                "Authorization",
                "Cookie",
                "If-Range",
                "User-Agent",
            ]
        ),
        st.one_of(
            texts,
            st.sampled_from(
                ["bytes=0-", "bytes=5-1", "bytes=-0", "bytes=9-" + "9" * 40, "bytes=0-1,2-3", "Bearer wsp_"]
            ),
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_headers(things: Things, owner: Client, route: Route, headers: dict[str, str]) -> None:
    carried: dict[str, Any] = {
        name: value.encode("utf-8", "replace").decode("latin-1")[:8_000] for name, value in headers.items()
    }
    cookie = carried.pop("Cookie", "")
    owner.cookies["language"] = owner.cookies["view"] = cookie.replace("\0", "")
    assert not _fails(owner, "GET", route.path(meanings(things)), **carried)


@FUZZ
@given(
    st.sampled_from(
        [
            (route, method)
            for route in routes()
            if route.pattern.startswith("api/v1/") and "uploads" not in route.pattern
            for method in ("GET", "PATCH", "DELETE")
        ]
    ),
    pairs,
    st.one_of(nearly({"text": "A", "version": 1, "title": "B", "favourite": True, "tags": ["c"]}), values),
)
def test_the_api(things: Things, asked: tuple[Route, str], query: list[tuple[str, str]], body: Any) -> None:
    route, method = asked
    client = Client(raise_request_exception=False)
    path = (
        route.path(meanings(things))
        + "?"
        + "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in query)
    )
    authorization = f"Bearer {things.token_text}"
    assert not _fails(
        client, method, path, json.dumps(body).encode(), "application/json", authorization=authorization
    )


@FUZZ
@given(
    st.sampled_from([route for route in routes() if "<str:" in route.pattern or "<path:" in route.pattern]),
    texts,
)
def test_a_name_in_an_address(things: Things, owner: Client, route: Route, name: str) -> None:
    meant = {
        key: name if "<str:" in key or "<path:" in key else value for key, value in meanings(things).items()
    }
    if not route.pattern.startswith(BY_TOKEN):
        path = route.path(
            {key: _quoted(str(value)) if value is name else value for key, value in meant.items()}
        )
        assert not _fails(owner, "GET", path)


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass")[:3_000])
