"""Bodies that are no good, for every address that programs use: none is read to its end, and each is answered."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest
from django.test import Client
from pytest_django.fixtures import Settings

from captions.clients.short_body import short_body
from captions.web.body_limit import STRANGER_BYTES
from tests.attack.test_tokens import NEEDS, by_token
from tests.attack.things import Things, make_things_below, meanings
from whisperstream_site.bodies import takes_files

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quiet_log")]

_FORM = "multipart/form-data; boundary=x"
_PART = b'--x\r\nContent-Disposition: form-data; name="a%d"\r\n\r\nb\r\n'
_LONG = STRANGER_BYTES + 1_000_000
BODIES: dict[str, tuple[bytes, str]] = {
    "an endless offer": (b"v=0\r\n" + b"a" * _LONG, "application/sdp"),
    "an endless fragment": (b"a" * _LONG, "application/trickle-ice-sdpfrag"),
    "endless JSON": (json.dumps({"title": "a" * _LONG}).encode(), "application/json"),
    "an endless field": (
        b'--x\r\nContent-Disposition: form-data; name="sdp"\r\n\r\nv=0\r\n' + b"a" * _LONG + b"\r\n--x--\r\n",
        _FORM,
    ),
    "many fields": (b"".join(_PART % number for number in range(1_400)) + b"--x--\r\n", _FORM),
    "many fields of another form": (
        b"&".join(b"a=%d" % number for number in range(1_400)),
        "application/x-www-form-urlencoded",
    ),
    "a form without a boundary": (b"--x--\r\n", "multipart/form-data"),
    "a form with a boundary that is none": (b"--x--\r\n", "multipart/form-data; boundary=é"),
    "a form that is cut off": (b'--x\r\nContent-Disposition: form-data; name="sd', _FORM),
    "JSON that is nested too deeply": (b"[" * 50_000, "application/json"),
    "nothing": (b"", "application/json"),
}
SMALL = [
    ("POST", "/v1/realtime/calls", "application/sdp"),
    ("POST", "/v1/realtime", "multipart/form-data; boundary=x"),
    ("POST", "/v1/realtime/client_secrets", "application/json"),
    ("POST", "/v1/realtime/sessions", "application/json"),
    ("POST", "/v1/realtime/transcription_sessions", "application/json"),
    ("POST", "/whip", "application/sdp"),
    ("POST", "/offer", "application/json"),
]
"""Where an offer or a little JSON is wanted."""


@pytest.fixture
def things(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings, transactional_db: None
) -> Things:
    settings.UPLOAD_DIR = tmp_path / "uploads"
    settings.LIMIT_TOKEN_REQUESTS_PER_MINUTE = 100_000
    settings.OFFER_SECONDS = 0.2
    settings.SIMPLE_ENDPOINTS = True
    return make_things_below(tmp_path, monkeypatch)


@pytest.mark.parametrize("name", BODIES)
def test_no_body_is_the_servers_fault(name: str, things: Things) -> None:
    body, kind = BODIES[name]
    meant = meanings(things)
    for route in by_token():
        for method in {*NEEDS[route.pattern]} - {"GET", "HEAD", "OPTIONS", "DELETE"}:
            answer = _sent(things, method, route.path(meant), body, kind)
            # Nobody plays the audio worker.
            assert answer.status_code < 500 or answer.status_code == 503, (
                method,
                route.pattern,
                answer.content,
            )


@pytest.mark.parametrize(("method", "path", "kind"), SMALL)
def test_where_little_is_wanted_much_is_refused_with_a_sentence_and_not_read(
    method: str, path: str, kind: str, things: Things, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    before = HttpRequest.read

    def noted(request: HttpRequest, *size: int) -> bytes:
        data = before(request, *size)
        read.append(len(data))
        return data

    monkeypatch.setattr(HttpRequest, "read", noted)
    answer = _sent(things, method, path, b"v=0\r\n" + b"a" * 2_300_000, kind)
    assert answer.status_code == 413, answer.content
    assert _sentence(answer).endswith(".")
    assert sum(read) < 200_000


@pytest.mark.parametrize("stated", [None, b"5", b"nothing", b"-1"])
def test_a_short_body_is_short_whatever_its_head_says(stated: bytes | None) -> None:
    headers = [(b"content-length", stated)] if stated is not None else []
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers}
    for size, is_taken in ((0, True), (10, True), (11, False), (1_000_000, False)):
        file = BytesIO(b"a" * size)
        body = short_body(ASGIRequest(scope, file), 10)
        assert body == (b"a" * size if is_taken else None)
        assert file.tell() <= 11


@pytest.mark.parametrize(("method", "path", "kind"), SMALL)
def test_a_body_that_the_server_dropped_was_too_long(
    method: str, path: str, kind: str, things: Things
) -> None:
    """As `BoundedRequest` gives it to its view: the length that it had, and nothing of it."""
    answer = _sent(things, method, path, b"", kind, CONTENT_LENGTH=str(_LONG), CONTENT_TYPE=kind)
    assert answer.status_code == 413, answer.content


def test_what_is_too_large_for_the_memory_is_said_to_be(things: Things) -> None:
    path = f"/api/v1/sessions/{things.session.pk}"
    answer = _sent(things, "PATCH", path, *BODIES["endless JSON"])
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_only_what_takes_files_is_sent_much(things: Things) -> None:
    meant = meanings(things)
    taking = {route.pattern for route in by_token() if takes_files(route.path(meant))}
    assert taking == {"api/v1/uploads", "v1/listen", "v1/audio/transcriptions", "v1/audio/translations"}
    assert not takes_files("/")
    assert not takes_files("/nothing/")
    assert not takes_files("/\0%zz")


def _sent(things: Things, method: str, path: str, body: bytes, kind: str, **more: Any) -> Any:
    headers = {"Authorization": f"Bearer {things.token_text}"}
    client = Client(raise_request_exception=False)
    return client.generic(method, path, body, content_type=kind, headers=headers, **more)


def _sentence(answer: Any) -> str:
    said = answer.json()
    found = said.get("message") or said.get("detail") or said.get("error")
    return str(found["message"] if isinstance(found, dict) else found)
