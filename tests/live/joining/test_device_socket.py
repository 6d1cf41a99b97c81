"""The socket of a phone that has joined, with the real channel layer and stores; the test plays the audio worker."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from captions.live.joining import grants, joining
from captions.models import Session, User
from captions.protocol import commands, messages
from captions.protocol.registry import Registry
from tests.attack.sockets import heard, over, page_socket, say
from tests.factories import make_session, make_user
from tests.live.playing import NAME, PlayedWorker
from tests.sockets import Socket

pytestmark = pytest.mark.django_db(transaction=True)

SDP = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
OUT = "This phone is not part of the dictation any longer."


@pytest.fixture(autouse=True)
def fast_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("captions.live.signaling.consumer.TICK_SECONDS", 0.05)


@pytest.fixture
def maren(transactional_db: None) -> User:
    return make_user("maren", vocabulary=["Stromness"])


@pytest.fixture
def desk(maren: User) -> Client:
    client = Client()
    client.force_login(maren)
    return client


@pytest.fixture
def session(maren: User) -> Session:
    return make_session(
        maren,
        ["There was a piano on the ferry."],
        gen=4,
        language="en",
        clock_at=timezone.now(),
    )


@pytest.fixture
async def worker(layer: Any, session: Session) -> AsyncIterator[PlayedWorker]:
    """Holds the session."""
    played, registry = PlayedWorker(), Registry()
    await registry.hold(str(session.pk), NAME)
    yield played
    await registry.release(str(session.pk), NAME)
    await registry.close()
    await played.close()


Join = Callable[..., Awaitable[Socket]]


@pytest.fixture
async def join(desk: Client, session: Session, worker: PlayedWorker) -> AsyncIterator[Join]:
    """Lets a phone join the session, and opens its socket; with `cookie`, of one that has joined."""
    opened: list[Socket] = []

    async def join(cookie: str = "", languages: str = "") -> Socket:
        grant = grants.Grant(session.pk, session.user_id, desk.session.session_key, 0)
        cookie = cookie or grants.join(grant, 7) or ""
        socket = page_socket(None, session.pk, rest="device/")
        named = f"{django_settings.DEVICE_COOKIE_NAME}={cookie}"
        socket.scope["headers"] += [(b"cookie", named.encode()), (b"accept-language", languages.encode())]
        opened.append(socket)
        assert (await socket.connect())[0]
        return socket

    yield join
    for socket in opened:
        await socket.disconnect()
    grants.remove(session.pk)


def offer(gen: int = 8, **settings: Any) -> dict[str, Any]:
    return {"type": "offer", "gen": gen, "sdp": SDP, "settings": settings}


async def tell(layer: Any, session: Session, *payloads: dict[str, Any]) -> None:
    """What the worker tells all who watch the session."""
    for payload in payloads:
        event = {"type": "session.event", "payload": payload}
        await layer.group_send(commands.group(str(session.pk)), event)


async def test_its_microphone_goes_into_the_session_beside_the_page(
    join: Join, session: Session, worker: PlayedWorker
) -> None:
    socket = await join()
    ready = await heard(socket, "ready")
    assert (ready["session"], ready["gen"], ready["last_seq"]) == (str(session.pk), 7, 1)
    assert ready["roads"] == ["webrtc"]
    await say(socket, offer(8, language="de", vocabulary=["Ishbel"], shared=True, commands=True))
    opened = await worker.next(commands.Open)
    assert (opened.session, opened.gen, opened.sdp, opened.source) == (str(session.pk), 8, SDP, "second")
    # How to listen is not for the phone to say.
    assert (opened.language, opened.vocabulary, opened.shared) == ("en", ("Stromness",), False)
    assert (await heard(socket, "answer"))["gen"] == 8
    await say(
        socket, {"type": "candidate", "gen": 8, "candidate": "candidate:1 1 udp 1 192.0.2.1 5000 typ host"}
    )
    candidate = await worker.next(commands.AddCandidate)
    assert (candidate.gen, candidate.source) == (8, "second")
    for kind in ("pause", "resume"):
        await say(socket, {"type": kind})
        control = await worker.next(commands.Control)
        assert (control.action, control.source) == (kind, "second")
    before = session.gen
    await session.arefresh_from_db()
    assert (session.gen, session.language, session.vocabulary) == (before, "en", [])


async def test_it_offers_again_with_a_higher_generation_only(join: Join, worker: PlayedWorker) -> None:
    socket = await join()
    await say(socket, offer(7))
    assert (await heard(socket, "error"))["code"] == "stale_gen"
    await say(socket, offer(8))
    await heard(socket, "answer")
    await say(socket, offer(8))
    assert (await heard(socket, "error"))["code"] == "stale_gen"


async def test_it_cannot_begin_a_dictation_that_no_worker_holds(
    join: Join, session: Session, worker: PlayedWorker
) -> None:
    socket = await join()
    await worker.let_go(str(session.pk))
    await say(socket, offer())
    error = await heard(socket, "error")
    assert (error["code"], error["retryable"]) == ("worker_lost", True)
    assert worker.heard == []


@pytest.mark.parametrize(
    "message",
    [
        {"type": "outages", "ranges": [[0, 5_000]]},
        {"type": "open", "gen": 9, "clock": "one-phone", "settings": {}},
        {"type": "mode", "devices": "mix"},
        {"type": "offer", "gen": 9, "sdp": "nonsense"},
        [],
        "x",
    ],
)
async def test_everything_else_is_refused(
    message: Any, join: Join, session: Session, worker: PlayedWorker
) -> None:
    socket = await join()
    await say(socket, message)
    error = await heard(socket, "error")
    assert (error["code"], error["retryable"]) == ("malformed", False)
    await session.arefresh_from_db()
    assert session.outages == []
    assert worker.heard == []


async def test_it_hears_the_text_and_its_own_connection_and_nothing_of_the_pages(
    join: Join, session: Session, layer: Any
) -> None:
    socket = await join()
    await heard(socket, "ready")
    own = messages.media("live", gen=8, clock_ms=5_000) | {"source": "second"}
    partial = messages.partial(utterance="u2", start_ms=2_000, stable="It", tentative="sits")
    final = messages.final(
        seq=2,
        utterance="u2",
        start_ms=2_000,
        end_ms=3_000,
        text="",
        words=[],
        confidence=0.9,
        language="en",
        command={"does": "pause", "change": "c"},
    )
    recovered = messages.recovered(start_ms=0, end_ms=1)
    speech = messages.speech("started", 5_000)
    about = messages.error("media_lost", "No audio is reaching the server.", retryable=True)
    ended = messages.media("ended", gen=4, clock_ms=6_000, reason="stopped")
    await tell(
        layer,
        session,
        messages.media("live", gen=4, clock_ms=1),
        messages.media("paused", gen=4, clock_ms=1),
        own,
        about,
        messages.error("not_transcribed", "Some speech could not be transcribed."),
        {"type": "feed", "address": "192.0.2.1:5000"} | {"source": ""},
        messages.sound_kept(),
        {**about, "source": "second"},
        partial,
        speech,
        final,
        recovered,
        ended,
    )
    said: list[dict[str, Any]] = []
    while not said or said[-1] != ended:
        said.append(json.loads(await socket.receive_from()))
    without = {name: value for name, value in final.items() if name != "command"}
    expected = [own, {**about, "source": "second"}, partial, speech, without, recovered, ended]
    assert [each for each in said if each["type"] not in ("alive", "safe")] == expected
    assert grants.device(session.pk) is not None


async def test_the_page_hears_of_the_phone_without_taking_it_for_its_own_answer(
    desk: Client, session: Session, worker: PlayedWorker, layer: Any
) -> None:
    socket = page_socket(desk, session.pk)
    await socket.connect()
    await heard(socket, "ready")
    own = messages.media("ended", gen=8, clock_ms=5_000, reason="stopped") | {"source": "second"}
    await tell(layer, session, own)
    assert await heard(socket, "media") == own
    await say(socket, {"type": "pause"})
    control = await worker.next(commands.Control)
    assert (control.action, control.source) == ("pause", "")
    await socket.disconnect()


async def test_it_reads_what_was_said_before(join: Join) -> None:
    socket = await join()
    await say(socket, {"type": "sync", "after_seq": 0})
    assert (await heard(socket, "final"))["text"] == "There was a piano on the ferry."


async def test_whether_it_is_heard_is_known(join: Join, session: Session, layer: Any) -> None:
    socket = await join()
    await heard(socket, "ready")
    own = messages.media("live", gen=8, clock_ms=5_000) | {"source": "second"}
    await tell(layer, session, own)
    assert await heard(socket, "media") == own
    found = grants.device(session.pk)
    assert found
    assert (found.is_here, found.is_heard) == (True, True)
    await tell(layer, session, {**own, "state": "stalled"})
    await heard(socket, "media")
    found = grants.device(session.pk)
    assert found
    assert (found.is_here, found.is_heard) == (True, False)


async def test_stop_takes_out_the_phone_and_ends_nothing_else(
    join: Join, session: Session, worker: PlayedWorker
) -> None:
    socket = await join()
    await say(socket, {"type": "stop"})
    said, code = await over(socket)
    assert (code, json.loads(said[-1])["code"]) == (4401, "not_joined")
    control = await worker.next(commands.Control)
    assert (control.action, control.source) == ("stop", "second")
    await session.arefresh_from_db()
    assert session.ended_at is None
    assert grants.device(session.pk) is None


async def test_the_owner_removes_it(join: Join, session: Session, worker: PlayedWorker) -> None:
    socket = await join()
    await heard(socket, "ready")
    await sync_to_async(joining.remove, thread_sensitive=False)(session.pk)
    said, code = await over(socket)
    assert (code, json.loads(said[-1])["message"]) == (4401, OUT)
    again = await join("x")
    assert (await over(again))[1] == 4401


async def test_one_that_was_removed_is_not_the_one_that_joins_next(
    join: Join, session: Session, layer: Any
) -> None:
    first = await join()
    await heard(first, "ready")
    grants.remove(session.pk)
    second = await join()
    await heard(second, "ready")
    # Nobody has told the first one: it is found out when it is looked at again.
    await layer.group_send(commands.login_group(session.user_id), {"type": "login.changed"})
    assert (await over(first))[1] == 4401
    await say(second, {"type": "sync", "after_seq": 0})
    await heard(second, "final")


async def test_it_ends_with_the_owners_login(join: Join, desk: Client, worker: PlayedWorker) -> None:
    socket = await join(languages="de")
    await heard(socket, "ready")
    await database_sync_to_async(desk.logout)()
    said, code = await over(socket)
    assert code == 4401
    assert json.loads(said[-1])["message"] == "Dieses Smartphone gehört nicht mehr zum Diktat."
    control = await worker.next(commands.Control)
    assert (control.action, control.source) == ("stop", "second")


async def test_it_ends_with_the_dictation(join: Join, session: Session, settings: Settings) -> None:
    settings.AUTH_RECHECK_SECONDS = 0.1
    socket = await join()
    await heard(socket, "ready")
    await Session.objects.filter(pk=session.pk).aupdate(ended_at=timezone.now())
    assert (await over(socket))[1] == 4401


async def test_it_does_not_keep_a_dictation_alive_whose_page_is_gone(
    join: Join, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PING_SECONDS = 0.1
    sent: list[commands.Command] = []

    async def send(layer: Any, channel: str, command: commands.Command) -> None:
        sent.append(command)

    stays = asyncio.Semaphore(0)
    note = grants.note

    def noted(*args: Any, **facts: Any) -> None:
        note(*args, **facts)
        loop.call_soon_threadsafe(stays.release)

    loop = asyncio.get_running_loop()
    monkeypatch.setattr("captions.live.signaling.dispatch.send", send)
    monkeypatch.setattr(grants, "note", noted)
    socket = await join()
    await heard(socket, "ready")
    for _ in range(3):
        await stays.acquire()
    assert sent == []
