"""Every WebSocket and each message that one takes, for people who have no business there.

The sockets are those of the routing, the messages those of the protocol, so that a new one is attacked as well.
"""

import json
import typing
from collections.abc import AsyncIterator
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.conf import settings as settings_of_site
from django.urls import URLPattern
from pytest_django.fixtures import Settings

from captions.clients import routing as clients
from captions.clients.sockets.consumer import TokenConsumer
from captions.live.joining import grants
from captions.live.signaling import routing as pages
from captions.live.signaling.consumer import SessionConsumer
from captions.models import Scope
from captions.protocol import sound_frames
from captions.protocol.messages import ClientMessage
from captions.web import sockets as web_sockets
from tests.attack.sockets import heard, login, over, page_socket, program_socket, say
from tests.attack.things import SECRET, Things, make_things, rows
from tests.clients.tokens import token_of
from tests.factories import make_session, make_user
from tests.live.playing import PlayedWorker
from whisperstream_site import asgi

pytestmark = pytest.mark.django_db(transaction=True)

SDP = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
MESSAGES: dict[str, dict[str, Any]] = {
    "offer": {"gen": 7, "sdp": SDP, "settings": {"language": "de"}},
    "candidate": {"gen": 1, "candidate": "candidate:1 1 udp 1 192.0.2.1 5000 typ host"},
    "pause": {},
    "resume": {},
    "stop": {},
    "sync": {"after_seq": 0},
    "outages": {"ranges": [[0, 5_000]]},
}
"""One of each message of the protocol, by its type."""
PAGES = {
    "ws/sessions/<uuid:session_id>/": "",
    "ws/sessions/<uuid:session_id>/sound/": "sound/",
    "ws/sessions/<uuid:session_id>/device/": "device/",
}
"""What follows in the address of each socket of pages, by its pattern."""
OPEN = {"type": "open", "gen": 7, "clock": "one-page", "settings": {"language": "en"}}
SOUND = sound_frames.pack(0, 0, [b"\xf8\xff\xfe"])
PROGRAMS: dict[str, str] = {
    "v1/realtime": "/v1/realtime?intent=transcription",
    "ws": "/ws",
    "v1/listen": "/v1/listen",
    "v2/listen": "/v2/listen",
    "vosk/": "/vosk/",
    "^vosk/(?P<token>[^/]+)/?$": "/vosk/wsp_nothing/",
}
"""An address of each socket that a token opens, by its pattern."""
CALL_OF_OTHERS = "/v1/realtime?call_id=rtc_{call}"


@pytest.fixture
def things(transactional_db: None, settings: Settings) -> Things:
    settings.LIMIT_WRONG_TOKENS_PER_MINUTE = 10_000
    settings.SIMPLE_ENDPOINTS = True
    return make_things()


@pytest.fixture
async def worker(layer: Any) -> AsyncIterator[PlayedWorker]:
    played = PlayedWorker()
    yield played
    await played.close()


def _patterns(routes: list[Any]) -> dict[str, Any]:
    found = {}
    for route in routes:
        assert isinstance(route, URLPattern)
        if route.callback is not web_sockets.nothing:
            found[str(route.pattern)] = route.callback
    return found


def _types() -> set[str]:
    return {each.__struct_config__.tag for each in typing.get_args(ClientMessage)}


def test_each_socket_and_each_message_is_attacked() -> None:
    assert {*_patterns(pages.websocket_urlpatterns)} == {*PAGES}, (
        "There is a new socket for pages: say in PAGES of this file where, and what it takes in the tests with `rest`."
    )
    programs = _patterns(clients.websocket_urlpatterns)
    assert {*programs} == {*PROGRAMS}, (
        "There is a new socket for programs: say in PROGRAMS of this file where."
    )
    assert all(issubclass(each.consumer_class, TokenConsumer) for each in programs.values()), (
        "A socket for programs is no TokenConsumer: attack it in this file by itself."
    )
    assert _types() == {*MESSAGES}, "There is a new message: say in MESSAGES of this file how one looks."


@pytest.mark.parametrize("kind", [*MESSAGES, "nonsense"])
async def test_nobody_says_anything_in_the_dictation_of_another(
    kind: str, things: Things, worker: PlayedWorker
) -> None:
    """Neither before nor after they were refused: no row changes, and no worker hears of it."""
    tomas = await database_sync_to_async(make_user)("tomas")
    client = await database_sync_to_async(login)(tomas)
    before = await database_sync_to_async(rows)(but=tomas)
    for who, session, code in (
        (client, things.running.pk, 4404),
        (client, things.session.pk, 4404),
        (client, things.trashed.pk, 4404),
        (None, things.running.pk, 4401),
    ):
        socket = page_socket(who, session)
        assert (await socket.connect())[0]
        await say(socket, {"type": kind, **MESSAGES.get(kind, {})})
        said, closed = await over(socket)
        assert closed == code
        assert [json.loads(each)["type"] for each in said] == ["error"]
        assert SECRET not in "".join(said)
        await say(socket, {"type": kind, **MESSAGES.get(kind, {})})
        await socket.disconnect()
    assert await database_sync_to_async(rows)(but=tomas) == before
    assert worker.heard == []


async def test_nobody_puts_sound_into_the_dictation_of_another(things: Things, worker: PlayedWorker) -> None:
    tomas = await database_sync_to_async(make_user)("tomas")
    client = await database_sync_to_async(login)(tomas)
    before = await database_sync_to_async(rows)(but=tomas)
    for who, session, code in (
        (client, things.running.pk, 4404),
        (client, things.trashed.pk, 4404),
        (None, things.running.pk, 4401),
    ):
        socket = page_socket(who, session, rest="sound/")
        assert (await socket.connect())[0]
        await say(socket, OPEN)
        await socket.send_to(bytes_data=SOUND)
        said, closed = await over(socket)
        assert closed == code
        assert [json.loads(each)["type"] for each in said] == ["error"]
        await socket.disconnect()
    assert await database_sync_to_async(rows)(but=tomas) == before
    assert worker.heard == []


@pytest.mark.parametrize("kind", [*MESSAGES, "nonsense"])
async def test_nobody_is_a_device_of_a_dictation_without_having_joined_it(
    kind: str, things: Things, worker: PlayedWorker
) -> None:
    """Neither with a login, be it the owner's, nor with what opens another dictation, or opened this one once."""
    tomas = await database_sync_to_async(make_user)("tomas")
    his = await database_sync_to_async(make_session)(tomas)
    clients = [await database_sync_to_async(login)(user) for user in (tomas, things.user)]
    joined = grants.join(grants.Grant(his.pk, tomas.pk, clients[0].session.session_key, 0), 0) or ""
    once = (
        grants.join(grants.Grant(things.running.pk, things.user.pk, clients[1].session.session_key, 0), 0)
        or ""
    )
    grants.remove(things.running.pk)
    moved = f"{things.running.pk.hex}.{joined.partition('.')[2]}"
    before = await database_sync_to_async(rows)()
    for client, cookie in (
        (None, ""),
        (clients[0], ""),
        (clients[1], ""),
        (None, joined),
        (None, moved),
        (None, once),
        (None, "x"),
        (None, f"{things.running.pk.hex}."),
    ):
        socket = page_socket(client, things.running.pk, rest="device/")
        socket.scope["headers"].append(
            (b"cookie", f"{settings_of_site.DEVICE_COOKIE_NAME}={cookie}".encode())
        )
        assert (await socket.connect())[0]
        await say(socket, {"type": kind, **MESSAGES.get(kind, {})})
        said, closed = await over(socket)
        assert closed == 4401
        assert [json.loads(each)["code"] for each in said] == ["not_joined"]
        await socket.disconnect()
    assert await database_sync_to_async(rows)() == before
    assert worker.heard == []


@pytest.mark.parametrize("rest", [*PAGES.values()])
async def test_a_page_of_another_site_opens_no_socket(rest: str, things: Things) -> None:
    client = await database_sync_to_async(login)(things.user)
    for origin in (
        "https://evil.example",
        "http://localhost:8000.evil.example",
        "https://localhost:8000",
        "http://localhost:8001",
        "http://localhost:99999",
        "http://[",
        "http://\xe9",
        "null",
        "",
    ):
        socket = page_socket(client, things.running.pk, origin, rest)
        assert not (await socket.connect())[0], origin
    its = page_socket(client, things.running.pk, rest=rest)
    assert (await its.connect())[0]
    await its.disconnect()


@pytest.mark.parametrize("address", [*PROGRAMS.values()])
async def test_no_program_is_let_in_with_anything_but_its_own_token(
    address: str, things: Things, worker: PlayedWorker
) -> None:
    tokens = database_sync_to_async(token_of)
    others = [await tokens(things.user, scope) for scope in (Scope.READ, Scope.WRITE, Scope.TRANSCRIBE)]
    client = await database_sync_to_async(login)(things.user)
    before = await database_sync_to_async(_untouched)()
    cookie = (b"cookie", client.cookies.output(header="").strip().split(";")[0].encode())
    for token in ("", "wsp_nothing", *others):
        in_address = "wsp_nothing" in address
        path = address.replace("wsp_nothing", token or "x") if in_address else address
        socket = program_socket(path, "" if in_address else token)
        socket.scope["headers"].append(cookie)
        connected, _code = await socket.connect()
        if connected:
            said, _code = await over(socket)
            assert SECRET not in "".join(said)
            assert not [each for each in said if "session.created" in each]
        await socket.disconnect()
    assert worker.heard == []
    assert await database_sync_to_async(_untouched)() == before


async def test_no_program_looks_on_at_the_call_of_another(things: Things, worker: PlayedWorker) -> None:
    tomas = await database_sync_to_async(make_user)("tomas")
    token = await database_sync_to_async(token_of)(tomas, Scope.LIVE)
    for call in (things.running.pk.hex, things.session.pk.hex, "0" * 32, "x", "é"):
        socket = program_socket(CALL_OF_OTHERS.format(call=call), token)
        connected, _code = await socket.connect()
        if connected:
            said, _code = await over(socket)
            assert SECRET not in "".join(said)
        await socket.disconnect()
    assert worker.heard == []


async def test_the_port_without_tokens_takes_no_page(settings: Settings, things: Things) -> None:
    settings.VOSK_USER = "maren"
    (port,) = _patterns(clients.vosk_port_urlpatterns).values()
    assert port.consumer_class.__name__ == "VoskPortConsumer"
    for origin in ("https://evil.example", "null", "http://localhost:8000"):
        socket = type(program_socket("/"))(port, "/", headers=[(b"origin", origin.encode())])
        socket.scope["url_route"] = {"args": (), "kwargs": {}}
        assert not (await socket.connect())[0], origin


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/ws/sessions/",
        "/ws/sessions/x/",
        "/ws/sessions/%00/",
        "/ws/../admin/",
        "/%ff",
        "/" + "a" * 3_000,
    ],
)
async def test_where_no_socket_is_the_handshake_is_refused(path: str, transactional_db: None) -> None:
    socket = program_socket(path)
    assert not (await socket.connect())[0]


async def test_a_socket_ends_with_its_login(things: Things, settings: Settings, monkeypatch: Any) -> None:
    monkeypatch.setattr("captions.live.signaling.consumer.TICK_SECONDS", 0.05)
    client = await database_sync_to_async(login)(things.user)
    settings.AUTH_RECHECK_SECONDS = 0.1
    socket = page_socket(client, things.running.pk)
    await socket.connect()
    await heard(socket, "ready")
    await database_sync_to_async(client.logout)()
    assert (await over(socket))[1] == 4401
    await socket.disconnect()


async def test_sockets_of_others_do_not_count(things: Things, settings: Settings) -> None:
    """Whoever opens as many as they may, keeps nobody else out."""
    settings.LIMIT_SOCKETS_PER_USER = 2
    tomas = await database_sync_to_async(make_user)("tomas")
    his = await database_sync_to_async(make_session)(tomas)
    client = await database_sync_to_async(login)(tomas)
    opened = [page_socket(client, his.pk) for _ in range(4)]
    for socket in opened:
        await socket.connect()
    assert (await over(opened[-1]))[1] == 4429
    hers = page_socket(await database_sync_to_async(login)(things.user), things.running.pk)
    await hers.connect()
    await heard(hers, "ready")
    for socket in (*opened, hers):
        await socket.disconnect()


def _untouched() -> set[str]:
    """That a token was used is noted with it."""
    return {row for row in rows() if not row.startswith("captions_apitoken")}


def test_the_sites_sockets_are_those_of_the_routing() -> None:
    assert asgi.client_sockets.routes == clients.websocket_urlpatterns
    assert SessionConsumer in [
        each.consumer_class for each in _patterns(pages.websocket_urlpatterns).values()
    ]
