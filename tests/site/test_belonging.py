"""Whatever an address names belongs to one account: to others it does not exist, on every page, route and socket."""

import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from captions.clients.sockets.consumer import TokenConsumer
from captions.live.signaling import routing as signaling
from captions.live.signaling.consumer import SessionConsumer
from captions.models import CaptionOutput, Note, OutputKind, Scope, Session, Share, Tag, Upload, User
from captions.transcripts import tagging
from captions.web.sockets import nothing
from tests.clients.tokens import token_of
from tests.factories import make_ended_session, make_user
from whisperstream_site import asgi

METHODS = ("get", "post", "put", "patch", "delete")
API, OTHERS = "api/v1/", ("v1/", "whip")
# These name nothing that belongs to somebody.
OPEN = {
    "manifest.<slug:language>.webmanifest",
    "catalog/<slug:language>/<path:name>.<slug:digest>.js",
    "v1/models/<path:name>",
    "v1/<path:rest>",
    "vosk/<path:rest>",
}
# These need connections to the database of their own: see the tests of audience and of clients/whip.
ELSEWHERE = {"captions/<uuid:pk>/events", "whip/<uuid:pk>", "whip/sessions/<uuid:pk>"}
# Here its owner is told the same without a form, a recording or a call.
ALIKE = {
    "sessions/<uuid:pk>/sound/",
    "sessions/<uuid:pk>/sound/download/",
    "sessions/<uuid:pk>/notes/",
    "share/<uuid:pk>/",
    "api/v1/sessions/<uuidstr:pk>/utterances/<int:seq>",
    # Nobody has a call here: see the tests of calls.
    "v1/realtime/calls/<str:name>/hangup",
}


class Route(NamedTuple):
    path: str
    names: frozenset[str]
    """Of what it takes."""


def routes(patterns: Any, before: str = "") -> Iterator[Route]:
    for each in patterns:
        path = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from routes(each.url_patterns, path)
        else:
            assert isinstance(each, URLPattern)
            yield Route(path, frozenset(each.pattern.converters))


ALL = list(dict.fromkeys(routes(get_resolver("captions.urls").url_patterns)))
NAMING = [route for route in ALL if route.names and route.path not in OPEN | ELSEWHERE]
TOKENS = [
    route for route in ALL if route.path.startswith((API, *OTHERS)) and "openapi.json" not in route.path
]


class Owned(NamedTuple):
    """What an account may have, by the beginning of the address that names it."""

    session: Session
    note: Note
    tag: Tag
    upload: Upload
    token: int
    share: Share
    output: CaptionOutput

    def address(self, route: Route, missing: bool) -> str:
        path = "/" + route.path
        pk: Any = self.session.pk
        if "<int:pk>" in path:
            pk = self.token if "tokens" in path else self.tag.pk
        elif "uploads/" in path or "share/" in path:
            pk = self.upload.pk
        if missing:
            pk = 2**30 if isinstance(pk, int) else uuid.UUID(int=1)
        values = {
            "pk": pk,
            "seq": 1,
            "number": self.note.pk,
            "change": uuid.UUID(int=2),
            "name": "txt",
            "share": self.share.pk,
            "output": self.output.pk,
        }
        for converter in ("uuid", "uuidstr", "int", "str"):
            for name in route.names:
                path = path.replace(f"<{converter}:{name}>", str(values[name]))
        assert "<" not in path, "This test does not know what belongs there."
        return path


@pytest.fixture
def owned(user: User) -> Owned:
    session = make_ended_session(user, ["Good morning.", "The report is late."])
    tagging.add(user, [session], "Work")
    token_of(user, Scope.READ)
    return Owned(
        session,
        session.notes.create(at_ms=0, text="Here."),
        user.tags.get(),
        Upload.objects.create(user=user, session=session, name="a.wav", size=1),
        user.api_tokens.get().pk,
        session.shares.create(digest=b"1", shown="abcd"),
        session.outputs.create(kind=OutputKind.ZOOM, sealed=b"1", host="zoom.us"),
    )


def client_of(user: User, route: Route) -> Client:
    if route.path.startswith((API, *OTHERS)):
        return Client(headers={"authorization": f"Bearer {token_of(user, *Scope)}"})
    client = Client()
    client.force_login(user)
    return client


def answers(client: Client, address: str) -> list[int]:
    return [getattr(client, method)(address).status_code for method in METHODS]


@pytest.mark.parametrize("route", NAMING, ids=lambda route: route.path)
def test_what_is_somebody_elses_does_not_exist(route: Route, owned: Owned, user: User, settings: Any) -> None:
    settings.LIMIT_TOKEN_REQUESTS_PER_MINUTE = 1000
    stranger = client_of(make_user(), route)
    told = answers(stranger, owned.address(route, missing=False))
    assert told == answers(stranger, owned.address(route, missing=True))
    assert set(told) <= {302, 400, 404, 405}
    own = answers(client_of(user, route), owned.address(route, missing=False))
    assert (own != told) is (route.path not in ALIKE)


@pytest.mark.parametrize("route", NAMING, ids=lambda route: route.path)
def test_nobody_is_led_to_log_in_or_refused(route: Route, owned: Owned) -> None:
    told = answers(Client(), owned.address(route, missing=False))
    assert set(told) <= {302, 401, 403, 405}
    assert told == answers(Client(), owned.address(route, missing=True))


@pytest.mark.parametrize("route", TOKENS, ids=lambda route: route.path)
def test_a_login_opens_nothing_of_what_a_token_opens(route: Route, owned: Owned, user: User) -> None:
    browser = Client()
    browser.force_login(user)
    address = "/v1/models" if route.path.startswith("v1/") else owned.address(route, missing=False)
    assert set(answers(browser, address)) <= {401, 404, 405}


def test_every_socket_is_of_a_page_or_takes_a_token() -> None:
    *dialects, rest = asgi.client_sockets.routes
    assert rest.callback is nothing
    for each in dialects:
        assert issubclass(each.callback.consumer_class, TokenConsumer), each.pattern
    page, rest = signaling.websocket_urlpatterns
    assert page.callback.consumer_class is SessionConsumer
    assert rest.callback is nothing
