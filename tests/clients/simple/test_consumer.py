"""The simple socket, with the real channel layer and stores; the test plays the audio worker."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings as django_settings
from redis.asyncio import Redis

from captions.clients.simple.names import Name
from captions.live.exchange import exchange
from captions.live.signaling.admission import Program
from captions.models import ApiToken, Scope, Session, User
from captions.protocol.commands import AddCandidate, group
from tests.clients.tokens import token_of
from tests.factories import make_session, make_utterance
from tests.live.playing import PlayedWorker
from tests.sockets import Socket
from whisperstream_site.asgi import application

pytestmark = pytest.mark.django_db(transaction=True)

CANDIDATE = {"candidate": "candidate:1 1 udp 1 192.0.2.1 50000 typ host", "sdpMid": "0", "sdpMLineIndex": 0}

Connect = Callable[..., Awaitable[Socket]]


@pytest.fixture(autouse=True)
def _open(settings, monkeypatch) -> None:
    settings.SIMPLE_ENDPOINTS = True
    monkeypatch.setattr("captions.clients.sockets.consumer.TICK_SECONDS", 0.05)


@pytest.fixture
def token(user: User) -> str:
    return token_of(user, Scope.LIVE)


@pytest.fixture
async def connect(token: str, worker: PlayedWorker) -> AsyncIterator[Connect]:
    opened: list[Socket] = []

    async def connect(query: str = "", *, text: str = token) -> Socket:
        # Neither an origin nor a cookie.
        socket = Socket(application, f"/ws?token={text}{query}")
        connected, code = await socket.connect()
        if not connected:
            raise ConnectionRefusedError(code)
        opened.append(socket)
        return socket

    yield connect
    for socket in opened:
        await socket.disconnect()


async def closed(socket: Socket) -> int:
    while True:
        output = await socket.receive_output()
        if output["type"] == "websocket.close":
            return int(output["code"])


async def say(socket: Socket, message: Any) -> None:
    await socket.send_to(text_data=json.dumps(message))


async def hear(socket: Socket) -> Any:
    return json.loads(await socket.receive_from())


@pytest.fixture
async def session(user: User, token: str, worker: PlayedWorker) -> Session:
    """A dictation that its page calls rtc-1, held by the worker."""
    own = await ApiToken.objects.select_related("user").aget()
    session = await Session.objects.acreate(user=user)
    await exchange(user, session.pk, "v=0\r\n", Program(own, "simple"))
    await database_sync_to_async(Name("rtc-1").bind)(own, session.pk)
    return session


async def test_candidates_reach_the_worker(connect: Connect, session: Session, worker: PlayedWorker) -> None:
    socket = await connect("&id=rtc-1")
    await say(socket, {"type": "candidate", "payload": None})
    await say(socket, {"type": "candidate", "payload": CANDIDATE})
    sent = await worker.next(AddCandidate)
    assert (sent.session, sent.gen, sent.candidate) == (str(session.pk), 1, CANDIDATE["candidate"])
    # The dictation goes on without its socket.
    await socket.disconnect()
    assert not [each for each in worker.heard if not hasattr(each, "sdp")]


@pytest.mark.parametrize(
    "message",
    [
        {},
        [],
        {"type": "candidate"},
        {"type": "candidate", "payload": {"candidate": 3}},
        {"type": "candidate", "payload": {"candidate": "x" * 513}},
    ],
)
async def test_what_is_no_candidate_closes_it(connect: Connect, session: Session, message: Any) -> None:
    socket = await connect("&id=rtc-1")
    await say(socket, message)
    assert await closed(socket) == 1008


async def test_a_name_that_no_dictation_of_the_account_has(connect: Connect, session: Session) -> None:
    stranger = await database_sync_to_async(User.objects.create_user)("stranger")
    theirs = await database_sync_to_async(token_of)(stranger, Scope.LIVE)
    assert await closed(await connect("&id=rtc-1", text=theirs)) == 1008
    assert await closed(await connect("&id=rtc-2")) == 1008
    assert await closed(await connect("&id=../")) == 1008


async def test_without_an_id_it_tells_what_is_said_from_now_on(connect: Connect, user: User) -> None:
    layer = get_channel_layer()
    running = await database_sync_to_async(make_session)(user, ["Before."], gen=1)
    socket = await connect()
    while not await is_followed(running):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    row = await database_sync_to_async(make_utterance)(running, "Good evening.", start_ms=2_000)
    heartbeat = {"type": "session.heartbeat", "worker": "w", "last_seq": row.seq}
    await layer.group_send(group(str(running.pk)), heartbeat)
    assert await hear(socket) == {"event": "transcript", "text": "Good evening."}
    # It follows to the next dictation, of which it tells all.
    following = await database_sync_to_async(make_session)(user, ["Another one."], gen=1)
    assert await hear(socket) == {"event": "transcript", "text": "Another one."}
    row = await database_sync_to_async(make_utterance)(following, "And more.", start_ms=2_000)
    event = {"type": "session.event", "payload": {"type": "final", "seq": row.seq}}
    await layer.group_send(group(str(following.pk)), event)
    assert await hear(socket) == {"event": "transcript", "text": "And more."}
    await say(socket, {"type": "candidate", "payload": CANDIDATE})
    assert await closed(socket) == 1008


async def is_followed(session: Session) -> bool:
    """Whether anybody follows the session."""
    redis = Redis.from_url(django_settings.REDIS_URL)
    found = [key async for key in redis.scan_iter(f"*{group(str(session.pk))}*")]
    await redis.aclose()
    return bool(found)


@pytest.mark.parametrize("what", ["closed", "wrong", "scope"])
async def test_who_may_not(connect: Connect, user: User, settings, what: str) -> None:
    text = "wsp_wrong"
    if what == "scope":
        text = await database_sync_to_async(token_of)(user, Scope.READ)
    if what == "closed":
        settings.SIMPLE_ENDPOINTS = False
        text = await database_sync_to_async(token_of)(user, Scope.LIVE)
    with pytest.raises(ConnectionRefusedError):
        await connect(text=text)
