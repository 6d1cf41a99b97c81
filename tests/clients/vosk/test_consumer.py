"""The socket of /vosk/, and that of the port of its own, with a worker in this process and real stores."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.utils import timezone
from pytest_django.fixtures import Settings

from captions.clients.sockets import consumer as sockets
from captions.clients.vosk import consumer
from captions.live.feed.stream import SoundStream
from captions.models import Scope, Session, User
from captions.protocol.feed_frames import Listen
from captions.tokens import issuing
from tests.clients.tokens import token_of
from tests.live.workers import CONFIG, Hire
from tests.sockets import Socket
from tests.speech_data import Pcm, load_pcm
from whisperstream_site import asgi

pytestmark = pytest.mark.django_db(transaction=True)

# Bytes, as vosk-transcriber sends them, and an odd number.
_PIECE = 3_999
VOSK_PORT = 2700

Connect = Callable[..., Awaitable[Socket]]


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr(sockets, "TICK_SECONDS", 0.05)
    monkeypatch.setattr(asgi.application, "_others", {VOSK_PORT: asgi.vosk_port})
    settings.OFFER_SECONDS = 30
    settings.VOSK_USER = "maren"


@pytest.fixture
def speech() -> Pcm:
    return load_pcm("note-en-us")


@pytest.fixture
def token(user: User) -> str:
    return token_of(user, Scope.LIVE)


@pytest.fixture
async def connect(layer: Any) -> AsyncIterator[Connect]:
    opened: list[Socket] = []

    async def connect(address: str, port: int = 8000, **headers: str) -> Socket:
        sent = [(name.encode(), value.encode()) for name, value in headers.items()]
        socket = Socket(asgi.application, address, sent)
        socket.scope |= {"client": ["127.0.0.1", 4711], "server": ["127.0.0.1", port]}
        opened.append(socket)
        is_open, answer = await socket.connect()
        if not is_open:
            raise ConnectionRefusedError(answer)
        return socket

    yield connect
    for socket in opened:
        await socket.disconnect()


async def said(socket: Socket, sent: bytes | str) -> dict[str, Any]:
    """The answer to a message."""
    if isinstance(sent, bytes):
        await socket.send_to(bytes_data=sent)
    else:
        await socket.send_to(text_data=sent)
    answer: dict[str, Any] = json.loads(await socket.receive_from())
    return answer


async def closed(socket: Socket) -> tuple[int, str]:
    output = await socket.receive_output()
    assert output["type"] == "websocket.close", output
    return output["code"], output.get("reason") or ""


async def dictated(socket: Socket, sound: Pcm) -> list[dict[str, Any]]:
    """The answers to each piece of a recording, in lock step."""
    data = sound.astype("<i2").tobytes()
    return [await said(socket, data[start : start + _PIECE]) for start in range(0, len(data), _PIECE)]


def text_of(answers: list[dict[str, Any]]) -> str:
    return " ".join(answer["text"] for answer in answers if answer.get("text"))


async def test_each_piece_is_answered_and_the_end_with_the_rest(
    connect: Connect, hire: Hire, token: str, speech: Pcm
) -> None:
    await hire()
    socket = await connect(f"/vosk/{token}/")
    await socket.send_to(text_data='{ "config" : { "sample_rate" : 16000.000000 } }')
    answers = await dictated(socket, speech)
    for answer in answers:
        assert answer.keys() in ({"partial"}, {"text", "result"})
    assert any(answer.get("partial") for answer in answers)
    last = await said(socket, '{"eof" : 1}')
    assert await closed(socket) == (1000, "")
    assert text_of([*answers, last]).startswith("One.")
    (word, *_others) = next(answer["result"] for answer in answers if "result" in answer)
    assert word.keys() == {"word", "start", "end", "conf"}
    assert not await Session.all_objects.aexists()


async def test_it_is_in_the_history_if_the_token_keeps_it(
    connect: Connect, hire: Hire, user: User, speech: Pcm
) -> None:
    await hire()
    token = await database_sync_to_async(token_of)(user, Scope.LIVE, keep_history=True)
    socket = await connect(f"/vosk/{token}")
    answers = [*await dictated(socket, speech), await said(socket, '{"eof": 1}')]
    session = await Session.objects.aget()
    texts = [row.text async for row in session.utterances.order_by("seq")]
    assert text_of(answers) == " ".join(texts)


async def test_an_end_without_sound(connect: Connect, token: str) -> None:
    socket = await connect(f"/vosk/{token}/")
    assert await said(socket, '{"eof" : 1}') == {"text": ""}
    assert (await closed(socket))[0] == 1000


async def test_a_reset_tells_all_so_far_and_goes_on(
    connect: Connect, hire: Hire, token: str, speech: Pcm
) -> None:
    await hire()
    socket = await connect(f"/vosk/{token}/")
    assert await said(socket, '{"reset": 1}') == {"text": ""}
    half = speech.size // 2
    answers = await dictated(socket, speech[:half])
    answers.append(await said(socket, '{"reset" : 1}'))
    before = text_of(answers)
    assert before
    assert await said(socket, '{"reset" : 1}') == {"text": ""}
    answers = [*await dictated(socket, speech[half:]), await said(socket, '{"eof" : 1}')]
    assert text_of(answers)


async def test_configs_at_any_time(
    connect: Connect,
    hire: Hire,
    user: User,
    token: str,
    speech: Pcm,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
) -> None:
    seen: list[Listen] = []
    opened, listen = SoundStream.open, SoundStream.listen

    async def watched_open(speaker: Any, listen: Listen, **options: Any) -> SoundStream:
        seen.append(listen)
        return await opened(speaker, listen, **options)

    async def watched_listen(self: SoundStream, wanted: Listen) -> None:
        seen.append(wanted)
        await listen(self, wanted)

    monkeypatch.setattr(SoundStream, "open", watched_open)
    monkeypatch.setattr(SoundStream, "listen", watched_listen)
    await User.objects.filter(pk=user.pk).aupdate(vocabulary=["Ottilie"])
    settings.WHISPER_LANGUAGE = "de"
    await hire()
    socket = await connect(f"/vosk/{token}/")
    config = {"sample_rate": 8000, "words": 0, "phrase_list": ["left", "[unk]", "\u202e"]}
    await socket.send_to(text_data=json.dumps({"config": config}))
    answers = await dictated(socket, speech[: speech.size // 2 : 2])
    await socket.send_to(text_data='{"config": {"phrase_list": ["right"], "sample_rate": 16000}}')
    answers += await dictated(socket, speech[speech.size // 2 :])
    answers.append(await said(socket, '{"eof" : 1}'))
    assert text_of(answers)
    assert not any("result" in answer for answer in answers)
    assert [each.language for each in seen] == ["de", "de"]
    assert [each.vocabulary for each in seen] == [("left",), ("right", "Ottilie")]


@pytest.mark.parametrize(
    "sent", ["hello", '{"config": {"sample_rate": 5}}', '{"config": {"sample_rate": "x"}}', "[]", "{}"]
)
async def test_what_is_wrong_is_the_reason_of_the_close(connect: Connect, token: str, sent: str) -> None:
    socket = await connect(f"/vosk/{token}/")
    await socket.send_to(text_data=sent)
    code, reason = await closed(socket)
    assert code == 1008
    assert reason.endswith(".")


async def test_without_a_worker(connect: Connect, token: str, settings: Settings) -> None:
    settings.OFFER_SECONDS = 0.2
    socket = await connect(f"/vosk/{token}/")
    await socket.send_to(bytes_data=b"\0\0")
    code, reason = await closed(socket)
    assert code == 1011
    assert reason


async def test_a_worker_that_ends_meanwhile(connect: Connect, hire: Hire, token: str) -> None:
    worker = await hire()
    socket = await connect(f"/vosk/{token}/")
    assert await said(socket, b"\0\0") == {"partial": ""}
    worker.stop()
    assert await closed(socket) == (1011, "The session has ended. Connect again to go on.")


async def test_text_that_never_comes(
    connect: Connect, hire: Hire, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never_ends(self: SoundStream) -> None:
        """The worker is not told, so it goes on."""

    monkeypatch.setattr(consumer, "_TEXT_SECONDS", 0.1)
    monkeypatch.setattr(SoundStream, "end", never_ends)
    await hire()
    socket = await connect(f"/vosk/{token}/")
    await said(socket, b"\0\0")
    await socket.send_to(text_data='{"eof" : 1}')
    assert (await closed(socket))[0] == 1011


async def test_a_token_in_the_address_may_only_dictate(connect: Connect, user: User) -> None:
    make = database_sync_to_async(token_of)
    for scopes in ((Scope.LIVE, Scope.READ), (Scope.READ,)):
        socket = await connect(f"/vosk/{await make(user, *scopes)}/")
        code, reason = await closed(socket)
        assert (code, reason.startswith(("In an address", "This API token may not"))) == (1008, True)


async def test_a_token_in_the_head_may_do_more(connect: Connect, user: User) -> None:
    token = await database_sync_to_async(token_of)(user, Scope.LIVE, Scope.READ)
    socket = await connect("/vosk/", authorization=f"Bearer {token}")
    assert await said(socket, '{"eof" : 1}') == {"text": ""}


@pytest.mark.parametrize("address", ["/vosk/", "/vosk/wsp_wrong/", "/vosk/a/b/", "/vosk"])
async def test_without_a_token(connect: Connect, db: None, address: str) -> None:
    with pytest.raises(ConnectionRefusedError):
        await connect(address)


async def test_revoking_closes_it(connect: Connect, user: User, token: str) -> None:
    socket = await connect(f"/vosk/{token}/")
    mine = [each async for each in user.api_tokens.all()]
    await database_sync_to_async(issuing.revoke)(mine, timezone.now())
    code, reason = await closed(socket)
    assert (code, "revoked" in reason) == (4401, True)


async def test_the_port_needs_no_token(connect: Connect, hire: Hire, user: User, speech: Pcm) -> None:
    await hire()
    socket = await connect("/", VOSK_PORT)
    answers = [*await dictated(socket, speech), await said(socket, '{"eof" : 1}')]
    assert text_of(answers).startswith("One.")
    assert not await Session.all_objects.aexists()


async def test_the_port_keeps_what_is_to_be_kept(
    connect: Connect, hire: Hire, user: User, speech: Pcm, settings: Settings
) -> None:
    settings.VOSK_KEEP_HISTORY = True
    await hire()
    socket = await connect("/", VOSK_PORT)
    await dictated(socket, speech)
    await said(socket, '{"eof" : 1}')
    assert (await Session.objects.aget()).user_id == user.pk


async def test_pages_may_not_use_the_port(connect: Connect, user: User) -> None:
    for origin in ("https://elsewhere.example", "http://localhost:8000", "null", ""):
        with pytest.raises(ConnectionRefusedError):
            await connect("/", VOSK_PORT, origin=origin)


async def test_nothing_else_is_at_the_port(connect: Connect, user: User, token: str) -> None:
    session = await Session.objects.acreate(user=user)
    for address in (f"/vosk/{token}/", "/vosk/", f"/ws/sessions/{session.pk}/", "/x"):
        with pytest.raises(ConnectionRefusedError):
            await connect(address, VOSK_PORT, authorization=f"Bearer {token}")
    with pytest.raises(ConnectionRefusedError):
        await connect("/")


@pytest.mark.parametrize("change", [{"is_active": False}, {"leaving_at": "now"}])
async def test_the_account_of_the_port_is_looked_up_again(
    connect: Connect, user: User, settings: Settings, change: dict[str, Any]
) -> None:
    settings.AUTH_RECHECK_SECONDS = 0.1
    socket = await connect("/", VOSK_PORT)
    values = {key: timezone.now() if value == "now" else value for key, value in change.items()}
    await User.objects.filter(pk=user.pk).aupdate(**values)
    assert (await closed(socket))[0] == 4401
    again = await connect("/", VOSK_PORT)
    code, reason = await closed(again)
    assert (code, "deactivated" in reason) == (1008, True)


async def test_the_limits_of_the_account_hold_at_the_port(
    connect: Connect, hire: Hire, user: User, settings: Settings
) -> None:
    settings.LIMIT_SESSIONS_PER_USER = 1
    await hire(replace(CONFIG, sessions=5))
    first, second = await connect("/", VOSK_PORT), await connect("/", VOSK_PORT)
    await said(first, b"\0\0")
    await second.send_to(bytes_data=b"\0\0")
    code, reason = await closed(second)
    assert (code, "dictations running" in reason) == (1011, True)
    settings.LIMIT_SOCKETS_PER_USER = 1
    third = await connect("/", VOSK_PORT)
    assert "too many sockets" in (await closed(third))[1]
