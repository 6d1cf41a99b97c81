"""What the sockets of all dialects have in common, with one that only echoes; real stores and channel layer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.conf import settings as django_settings
from django.test import Client
from django.urls import path
from django.utils import timezone
from pytest_django.fixtures import Settings
from redis import RedisError

from captions import metrics
from captions.account.deletion import leave
from captions.clients.sockets import consumer
from captions.clients.sockets.consumer import TokenConsumer
from captions.models import ApiToken, Scope, User
from captions.protocol.messages import MessageError
from captions.protocol.presence import Presence
from captions.tokens import issuing
from captions.tokens.admission import Refusal
from tests.clients.tokens import token_of
from tests.sockets import Socket
from whisperstream_site import asgi

pytestmark = pytest.mark.django_db(transaction=True)

WAIT_SECONDS = 60
ADDRESS = "/v1/echo"


class Echo(TokenConsumer):
    dialect = "echo"
    scope_needed = Scope.LIVE
    ended: list[int] = []

    async def opened(self, token: ApiToken) -> None:
        self.may_go_on = asyncio.Event()
        await self.send(f"hello {token.name}")

    async def text(self, data: str) -> None:
        match data:
            case "wait":
                await self.may_go_on.wait()
                await self.send("waited")
            case "refuse":
                raise Refusal(400, "invalid", "This is wrong.")
            case "unknown":
                raise MessageError("unknown", "This is not known.")
            case "fail":
                raise RuntimeError("secret")
            case "outage":
                raise RedisError
            case _:
                await self.send(data)

    async def sound(self, data: bytes) -> None:
        await self.send(bytes_data=data)

    async def closed(self, code: int) -> None:
        self.ended.append(code)

    async def session_event(self, event: dict[str, Any]) -> None:
        await self.send(event["text"])
        self.may_go_on.set()

    async def fault(self, refusal: Refusal) -> None:
        await self.send(f"{refusal.status} {refusal.code}: {refusal.sentence}")
        if refusal.status >= 500:
            await super().fault(refusal)

    async def lost_token(self, sentence: str) -> None:
        await self.send(sentence)
        await super().lost_token(sentence)


class Polite(Echo):
    """Tells a refusal in words, as a browser cannot read a handshake."""

    async def refuse(self, refusal: Refusal) -> None:
        await self.accept()
        await self.send(refusal.sentence)
        await self.close(4401)


Connect = Callable[..., Awaitable[Socket]]


@pytest.fixture(autouse=True)
def echo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "TICK_SECONDS", 0.05)
    Echo.ended.clear()
    mine = [path("v1/echo", Echo.as_asgi()), path("v1/polite", Polite.as_asgi())]
    monkeypatch.setattr(asgi.client_sockets, "routes", [*mine, *asgi.client_sockets.routes])


@pytest.fixture
def token(user: User) -> str:
    return token_of(user, Scope.LIVE)


@pytest.fixture
async def connect(layer: Any) -> AsyncIterator[Connect]:
    opened: list[Socket] = []

    async def connect(
        token: str = "", *, address: str = ADDRESS, offered: tuple[str, ...] = (), **headers: str
    ) -> Socket:
        if token:
            headers["authorization"] = f"Bearer {token}"
        sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        socket = Socket(asgi.application, address, sent, offered)
        socket.scope["client"] = ["192.0.2.1", 4711]
        opened.append(socket)
        is_open, answer = await socket.connect()
        if not is_open:
            raise ConnectionRefusedError(answer)
        socket.answered = answer
        return socket

    yield connect
    for socket in opened:
        await socket.disconnect()


async def hear(socket: Socket) -> str:
    heard: str = await socket.receive_from()
    return heard


async def greeted(socket: Socket) -> Socket:
    assert await hear(socket) == "hello test"
    return socket


async def closed(socket: Socket) -> int:
    output = await socket.receive_output()
    assert output["type"] == "websocket.close"
    return int(output["code"])


async def test_a_token_opens_it_without_an_origin(connect: Connect, token: str) -> None:
    socket = await greeted(await connect(token))
    await socket.send_to(text_data="words")
    assert await hear(socket) == "words"
    await socket.send_to(bytes_data=b"sound")
    assert await socket.receive_from() == b"sound"


async def test_a_page_of_another_site_may_open_it_with_a_token(connect: Connect, token: str) -> None:
    await greeted(await connect(token, origin="https://elsewhere.example"))


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "Token", "token"])
async def test_every_scheme_of_the_header(connect: Connect, token: str, scheme: str) -> None:
    await greeted(await connect(authorization=f"{scheme} {token}"))


async def test_other_places_for_a_token(connect: Connect, token: str) -> None:
    await greeted(await connect(api_key=token))
    realtime = await connect(offered=("realtime", f"openai-insecure-api-key.{token}", "openai-project.p"))
    assert (await greeted(realtime)).answered == "realtime"
    deepgram = await connect(offered=("token", token))
    assert (await greeted(deepgram)).answered == "token"
    assert (await greeted(await connect(token))).answered is None


async def test_a_cookie_alone_opens_nothing(connect: Connect, user: User, token: str) -> None:
    client = Client()
    await database_sync_to_async(client.force_login)(user)
    name = django_settings.SESSION_COOKIE_NAME
    cookie = f"{name}={client.cookies[name].value}"
    with pytest.raises(ConnectionRefusedError):
        await connect(cookie=cookie, origin="http://localhost:8000")
    await greeted(await connect(token, cookie=cookie))


@pytest.mark.parametrize("sent", ["", "wsp_abc", "wsp_" + "a" * 42])
async def test_no_token_and_wrong_ones(db: None, connect: Connect, sent: str) -> None:
    with pytest.raises(ConnectionRefusedError):
        await connect(sent)
    assert not Echo.ended


async def test_tokens_that_work_no_longer(connect: Connect, user: User) -> None:
    now = timezone.now()
    make = database_sync_to_async(token_of)
    gone = await make(user, Scope.LIVE, expires_at=now - timedelta(seconds=1))
    for text in (gone, await make(user, Scope.READ)):
        with pytest.raises(ConnectionRefusedError):
            await connect(text)
    token = await make(user, Scope.LIVE)
    await greeted(await connect(token))
    await database_sync_to_async(issuing.revoke)(await _all(user), now)
    with pytest.raises(ConnectionRefusedError):
        await connect(token)
    polite = await connect(token, address="/v1/polite", accept_language="de")
    assert "widerrufen" in await hear(polite)
    assert await closed(polite) == 4401


async def test_of_a_disabled_account(connect: Connect, user: User, token: str) -> None:
    await User.objects.filter(pk=user.pk).aupdate(is_active=False)
    with pytest.raises(ConnectionRefusedError):
        await connect(token)


async def test_revoking_closes_it_at_once_and_no_other(connect: Connect, user: User, token: str) -> None:
    other = await database_sync_to_async(token_of)(user, Scope.LIVE)
    socket, stays = await greeted(await connect(token)), await greeted(await connect(other))
    mine = (await _all(user))[:1]
    await database_sync_to_async(issuing.revoke)(mine, timezone.now())
    assert "revoked" in await hear(socket)
    assert await closed(socket) == 4401
    await stays.send_to(text_data="still here")
    assert await hear(stays) == "still here"


async def test_a_lost_message_only_delays_it(
    connect: Connect, user: User, token: str, settings: Settings
) -> None:
    settings.AUTH_RECHECK_SECONDS = 0.1
    socket = await greeted(await connect(token))
    await ApiToken.objects.filter(user=user).aupdate(revoked_at=timezone.now())
    assert "revoked" in await hear(socket)
    assert await closed(socket) == 4401


async def test_it_closes_when_the_token_expires(connect: Connect, user: User) -> None:
    soon = timezone.now() + timedelta(seconds=1)
    text = await database_sync_to_async(token_of)(user, Scope.LIVE, expires_at=soon)
    socket = await greeted(await connect(text))
    assert "expired" in await hear(socket)
    assert await closed(socket) == 4401


async def test_it_closes_when_the_account_is_disabled(connect: Connect, user: User, token: str) -> None:
    socket = await greeted(await connect(token))
    await database_sync_to_async(leave)(user, timezone.now())
    assert "deactivated" in await hear(socket)
    assert await closed(socket) == 4401


async def test_plain_http_is_refused_in_production(connect: Connect, token: str, settings: Settings) -> None:
    settings.LOCAL = False
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    with pytest.raises(ConnectionRefusedError):
        await connect(token, x_forwarded_proto="http")
    for proto in ("https", "wss"):
        await greeted(await connect(token, x_forwarded_proto=proto))


async def test_too_many_wrong_tokens_from_one_address(
    connect: Connect, token: str, settings: Settings
) -> None:
    settings.LIMIT_WRONG_TOKENS_PER_MINUTE = 2
    await greeted(await connect(token))
    for _ in range(2):
        with pytest.raises(ConnectionRefusedError):
            await connect("wsp_wrong")
    polite = await connect(token, address="/v1/polite")
    assert "Too many requests" in await hear(polite)


async def test_too_many_sockets_of_an_account(connect: Connect, token: str, settings: Settings) -> None:
    settings.LIMIT_SOCKETS_PER_USER = 1
    first = await greeted(await connect(token))
    second = await connect(token, address="/v1/polite")
    assert "too many sockets" in await hear(second)
    await first.disconnect()
    await second.disconnect()
    await greeted(await connect(token))


async def test_sockets_take_no_place_of_requests(connect: Connect, token: str, settings: Settings) -> None:
    settings.LIMIT_TOKEN_REQUESTS_AT_ONCE = 1
    for _ in range(2):
        await greeted(await connect(token))


@pytest.mark.parametrize("address", ["/v1/nothing", "/ws", "/vosk/", "/ws/sessions/x/", "/", "/elsewhere"])
async def test_where_no_socket_is(connect: Connect, address: str) -> None:
    with pytest.raises(ConnectionRefusedError):
        await connect(address=address, origin="http://localhost:8000")


async def test_what_a_dialect_raises_comes_back_as_a_fault(connect: Connect, token: str) -> None:
    socket = await greeted(await connect(token))
    for said, heard in (
        ("refuse", "400 invalid: This is wrong."),
        ("unknown", "400 unknown: This is not known."),
        ("words", "words"),
        ("outage", "503 unavailable: "),
    ):
        await socket.send_to(text_data=said)
        assert (await hear(socket)).startswith(heard)
    assert await closed(socket) == 1011


async def test_a_failure_tells_nothing_of_itself(connect: Connect, token: str) -> None:
    socket = await greeted(await connect(token))
    await socket.send_to(text_data="fail")
    heard = await hear(socket)
    assert heard.startswith("500 failed: ")
    assert "secret" not in heard
    assert await closed(socket) == 1011


async def test_words_come_while_the_program_has_to_wait(connect: Connect, token: str, layer: Any) -> None:
    socket = await greeted(await connect(token))
    await socket.send_to(text_data="wait")
    await socket.send_to(text_data="later")
    assert await socket.receive_nothing(timeout=0.2)
    await layer.group_send(await _group(), {"type": "session.event", "text": "a word"})
    assert [await hear(socket) for _ in range(3)] == ["a word", "waited", "later"]


async def test_closing_stops_what_waits(connect: Connect, user: User, token: str) -> None:
    socket = await greeted(await connect(token))
    await socket.send_to(text_data="wait")
    await database_sync_to_async(issuing.revoke)(await _all(user), timezone.now())
    assert "revoked" in await hear(socket)
    assert await closed(socket) == 4401
    await socket.disconnect(code=4401)
    assert Echo.ended == [4401]


async def test_a_restart_is_told(connect: Connect, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    socket = await greeted(await connect(token))
    monkeypatch.setattr("captions.core.draining.started", lambda: True)
    assert await closed(socket) == 1012


async def test_everything_is_counted(connect: Connect, token: str) -> None:
    def counted() -> tuple[float, ...]:
        sockets = metrics.API_SOCKETS.labels("echo")._value.get()
        handshakes = [metrics.API_REQUESTS.labels("echo", each)._value.get() for each in ("1xx", "4xx")]
        sent = [metrics.API_MESSAGES.labels("echo", each)._value.get() for each in ("taken", "refused")]
        return sockets, *handshakes, *sent

    before = counted()
    socket = await greeted(await connect(token))
    for said in ("words", "refuse"):
        await socket.send_to(text_data=said)
        await hear(socket)
    with pytest.raises(ConnectionRefusedError):
        await connect("wsp_wrong")
    assert [after - old for after, old in zip(counted(), before, strict=True)] == [1, 1, 1, 1, 1]
    await socket.disconnect()
    assert counted()[0] == before[0]


async def _all(user: User) -> list[ApiToken]:
    return [token async for token in user.api_tokens.order_by("pk")]


async def _group() -> str:
    token = await ApiToken.objects.aget()
    return f"token.{token.pk}"


async def test_one_that_daphne_stops_again_and_again_is_tidied_up(
    connect: Connect, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_close, has_left = asyncio.Event(), asyncio.Event()

    async def closed(self: Echo, code: int) -> None:
        await may_close.wait()
        self.ended.append(code)

    async def leave(self: Presence) -> None:
        has_left.set()

    monkeypatch.setattr(Echo, "closed", closed)
    monkeypatch.setattr(Presence, "leave", leave)
    socket = await greeted(await connect(token))
    for _ in range(3):
        socket.future.cancel()
        await asyncio.wait([socket.future], timeout=0.05)
    socket._future = asyncio.ensure_future(asyncio.sleep(0))
    may_close.set()
    await asyncio.wait_for(has_left.wait(), WAIT_SECONDS)
    assert Echo.ended == [1006]


async def test_a_token_that_is_revoked_while_the_socket_opens(
    connect: Connect, user: User, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter = Presence.enter

    async def revoke_and_enter(self: Any) -> int:
        await ApiToken.objects.filter(user=user).aupdate(revoked_at=timezone.now())
        return await enter(self)

    monkeypatch.setattr(Presence, "enter", revoke_and_enter)
    socket = await greeted(await connect(token))
    assert "revoked" in await hear(socket)
    assert await closed(socket) == 4401
