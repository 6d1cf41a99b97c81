"""Nonsense over every WebSocket, beside the healthy one of somebody else, which must not notice."""

import asyncio
from typing import Any

import pytest
from channels.db import database_sync_to_async
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from captions.live.signaling.conversation import Conversation
from captions.models import Scope, Session
from captions.protocol.commands import group
from captions.protocol.presence import Presence, SoundPresence
from tests.attack.conftest import SDP_SAID
from tests.attack.nonsense import as_text, broken, nearly, texts, values
from tests.attack.sockets import heard, login, over, page_socket, program_socket, say
from tests.attack.test_reading import _DEEPGRAM, _REALTIME, _VOSK, _WHOLE
from tests.attack.test_sockets import OPEN, SOUND
from tests.clients.tokens import token_of
from tests.factories import make_session, make_user
from tests.live.playing import PlayedWorker
from tests.sockets import Socket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quiet_log")]

# Each example is a socket with many messages.
FUZZ = settings(
    max_examples=6,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, *HealthCheck],
)
_OFFER = {
    "type": "offer",
    "gen": 1,
    "sdp": f"v=0\r\na=ice-ufrag:{SDP_SAID}\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n",
}
_PROGRAMS: dict[str, list[dict[str, Any]]] = {
    "/v1/realtime?intent=transcription": _REALTIME,
    "/v1/listen?encoding=linear16&sample_rate=16000": _DEEPGRAM,
    "/vosk/": _VOSK,
    "/ws": [{"type": "audio", "data": "AAAA"}],
}


def _sent(whole: list[dict[str, Any]]) -> st.SearchStrategy[list[str | bytes]]:
    text = st.one_of(st.one_of(*map(nearly, whole)).map(as_text), values.map(as_text), texts)
    return st.lists(st.one_of(text, text, st.binary(max_size=400)), min_size=12, max_size=20)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr("captions.live.signaling.consumer.TICK_SECONDS", 0.05)
    settings.LIMIT_MESSAGES_PER_SECOND = settings.LIMIT_TOKEN_REQUESTS_PER_MINUTE = 10_000
    settings.LIMIT_OFFERS_PER_MINUTE = 10_000
    settings.SIMPLE_ENDPOINTS = True


class Canary:
    """The healthy socket of somebody who dictates."""

    def __init__(self, socket: Socket, session: Session) -> None:
        self.socket, self.session, self.told = socket, session, 0

    @classmethod
    async def open(cls) -> "Canary":
        session = await database_sync_to_async(_running)("maren")
        socket = page_socket(await database_sync_to_async(login)(session.user), session.pk)
        await socket.connect()
        await heard(socket, "ready")
        return cls(socket, session)

    async def sings(self, layer: Any) -> None:
        """It hears what is told of its session, and is answered."""
        self.told += 1
        event = {"type": "partial", "utterance": str(self.told)}
        await layer.group_send(group(str(self.session.pk)), {"type": "session.event", "payload": event})
        assert (await heard(self.socket, "partial"))["utterance"] == str(self.told)
        await say(self.socket, {"type": "nonsense"})
        assert (await heard(self.socket, "error"))["code"] == "malformed"


def _running(name: str) -> Session:
    return make_session(make_user(name), ["The pelican is called Quentin."], gen=1)


async def test_the_socket_of_a_page(layer: Any) -> None:
    canary, worker = await Canary.open(), PlayedWorker()
    session = await database_sync_to_async(_running)("tomas")
    client = await database_sync_to_async(login)(session.user)

    @FUZZ
    @given(_sent(_WHOLE))
    async def attack(sent: list[str | bytes]) -> None:
        socket = page_socket(client, session.pk)
        await socket.connect()
        await say(socket, _OFFER)
        await _send_all(socket, sent)
        await socket.disconnect()

    await _each(attack)
    await canary.sings(layer)
    assert all(offer.session == str(session.pk) for offer in worker.offers)
    await _nothing_is_left(session)
    await canary.socket.disconnect()
    await worker.close()


async def test_the_sound_socket_of_a_page(layer: Any) -> None:
    canary, worker = await Canary.open(), PlayedWorker()
    worker.refusal = ("busy", "No room.")
    session = await database_sync_to_async(_running)("tomas")
    client = await database_sync_to_async(login)(session.user)

    @FUZZ
    @given(st.one_of(nearly(OPEN).map(as_text), _sent([OPEN]).map(lambda sent: sent[0])), broken(SOUND))
    async def attack(opening: str | bytes, sound: bytes) -> None:
        socket = page_socket(client, session.pk, rest="sound/")
        await socket.connect()
        await _send_all(socket, [opening, sound])
        await socket.disconnect()

    await _each(attack)
    await canary.sings(layer)
    assert await SoundPresence(session.user_id, "another").enter() == 1
    await canary.socket.disconnect()
    await worker.close()


@pytest.mark.parametrize("path", [*_PROGRAMS])
async def test_the_sockets_of_programs(path: str, layer: Any) -> None:
    canary, worker = await Canary.open(), PlayedWorker()
    worker.refusal = ("busy", "No room.")
    tomas = await database_sync_to_async(make_user)("tomas")
    token = await database_sync_to_async(token_of)(tomas, Scope.LIVE)

    @FUZZ
    @given(_sent(_PROGRAMS[path]))
    async def attack(sent: list[str | bytes]) -> None:
        socket = program_socket(path, token)
        await socket.connect()
        await _send_all(socket, sent)
        await socket.disconnect()

    await _each(attack)
    await canary.sings(layer)
    await canary.socket.disconnect()
    assert await Presence(tomas.pk, "another").enter() == 1
    await worker.close()


async def test_an_error_within_is_one_line_and_one_socket(
    layer: Any, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Whatever the code of a socket does, it closes that socket alone, and keeps no place of its account."""
    canary = await Canary.open()
    session = await database_sync_to_async(_running)("tomas")
    client = await database_sync_to_async(login)(session.user)
    with monkeypatch.context() as patch:
        patch.setattr(Conversation, "_control", None)
        for _ in range(6):
            socket = page_socket(client, session.pk)
            await socket.connect()
            await heard(socket, "ready")
            await say(socket, {"type": "pause"})
            assert (await over(socket))[1] == 1011
            await socket.disconnect()
    request.getfixturevalue("failures").clear()
    await canary.sings(layer)
    await _nothing_is_left(session)
    await canary.socket.disconnect()


async def _send_all(socket: Socket, sent: list[str | bytes]) -> None:
    """Sends one message after the other as long as the socket is open."""
    for each in sent:
        kind = "bytes" if isinstance(each, bytes) else "text"
        await socket.send_input({"type": "websocket.receive", kind: each})
    while not await socket.receive_nothing(0.05, 0.01):
        output = await socket.receive_output()
        if output["type"] == "websocket.close":
            # 1011 says that the product failed.
            assert output.get("code") != 1011, output
            return


async def _each(attack: Any) -> None:
    """Runs the examples of an attack in this event loop: Hypothesis itself knows no other functions than plain ones."""
    loop = asyncio.get_running_loop()
    inner = attack.hypothesis.inner_test

    def wait(*args: Any, **kwargs: Any) -> None:
        asyncio.run_coroutine_threadsafe(inner(*args, **kwargs), loop).result()

    attack.hypothesis.inner_test = wait
    await asyncio.to_thread(attack)


async def _nothing_is_left(session: Session) -> None:
    """No socket of the account counts any longer."""
    assert await Presence(session.user_id, "another").enter() == 1
