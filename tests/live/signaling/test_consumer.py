"""The socket, with the real channel layer, stores and session cookies; the test plays the audio worker."""

import asyncio
import json
import threading
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings
from redis import TimeoutError as RedisTimeoutError

from captions.account.deletion import leave
from captions.live import unkept_calls
from captions.live.feed import admission
from captions.live.signaling.consumer import SessionConsumer
from captions.live.signaling.conversation import Conversation
from captions.models import Scope, Session, SpokenCall, TranscriptGap, User, Utterance
from captions.protocol import commands, messages, registry
from captions.protocol.endpointing import Endpointing
from captions.protocol.feed_frames import Listen
from captions.protocol.presence import Presence
from captions.protocol.registry import Registry, WorkerState
from captions.tokens.issuing import issue
from captions.transcripts import acting, editing
from tests.sockets import Socket
from whisperstream_site.asgi import application

pytestmark = pytest.mark.django_db(transaction=True)

ORIGIN = "http://localhost:8000"
# What is waited for comes at once on an idle machine.
WAIT_SECONDS = 60
OFFER = {"type": "offer", "gen": 1, "sdp": "v=0\r\n", "settings": {"language": "en"}}

Connect = Callable[..., Awaitable[Socket]]


@pytest.fixture(autouse=True)
def fast_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("captions.live.signaling.consumer.TICK_SECONDS", 0.05)


@pytest.fixture
def user() -> User:
    return User.objects.create_user("maren", "maren@example.com", "a long password")


@pytest.fixture
def session(user: User) -> Session:
    return Session.objects.create(user=user, language="")


@pytest.fixture
def login(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
async def connect(login: Client, layer: Any) -> AsyncIterator[Connect]:
    opened: list[Socket] = []

    async def connect(
        session: uuid.UUID, *, client: Client | None = login, origin: str = ORIGIN, languages: str = ""
    ) -> Socket:
        headers = [(b"origin", origin.encode()), (b"accept-language", languages.encode())]
        if client is not None:
            name = django_settings.SESSION_COOKIE_NAME
            headers.append((b"cookie", f"{name}={client.cookies[name].value}".encode()))
        socket = Socket(application, f"/ws/sessions/{session}/", headers=headers)
        opened.append(socket)
        connected, code = await socket.connect()
        if not connected:
            raise ConnectionRefusedError(code)
        return socket

    yield connect
    for socket in opened:
        await socket.disconnect()


async def hear(socket: Socket, kind: str) -> dict[str, Any]:
    """The next message of a kind."""
    while True:
        message: dict[str, Any] = json.loads(await socket.receive_from())
        if message["type"] == kind:
            return message


async def closed(socket: Socket) -> int:
    while True:
        output = await socket.receive_output()
        if output["type"] == "websocket.close":
            return int(output["code"])


async def say(socket: Socket, message: dict[str, Any]) -> None:
    await socket.send_to(text_data=json.dumps(message))


async def test_ready_tells_how_the_session_stands(connect: Connect, session: Session) -> None:
    ready = await hear(await connect(session.pk), "ready")
    assert ready["session"] == str(session.pk)
    assert (ready["state"], ready["gen"], ready["last_seq"], ready["clock_ms"]) == ("new", 0, 0, 0)
    assert ready["recovering"] is False
    await TranscriptGap.objects.acreate(session=session, start_ms=0, end_ms=900)
    assert (await hear(await connect(session.pk), "ready"))["recovering"] is True


async def test_a_page_that_was_away_learns_which_of_its_outages_are_written(
    connect: Connect, session: Session
) -> None:
    delivered = {"delivery": uuid.uuid4(), "due_at": None}
    await TranscriptGap.objects.acreate(session=session, start_ms=7_000, end_ms=14_000, **delivered)
    socket = await connect(session.pk)
    await hear(socket, "ready")
    await say(socket, {"type": "outages", "ranges": [[9_000, 10_000], [20_000, 21_000]]})
    said = await hear(socket, "recovered")
    assert said == {"type": "recovered", "start_ms": 7_000, "end_ms": 14_000, "delivered": True}
    await session.arefresh_from_db()
    assert session.outages == [[20_000, 21_000]]


async def test_outages_are_noted_once_however_often_they_are_told(connect: Connect, session: Session) -> None:
    socket = await connect(session.pk)
    await hear(socket, "ready")
    await say(socket, {"type": "outages", "ranges": [[7_000, 14_000]]})
    await say(socket, {"type": "outages", "ranges": [[40_000, 41_000], [7_000, 21_000], [50_000, 50_000]]})
    await say(socket, {"type": "outages", "ranges": [[7_000]]})
    assert (await hear(socket, "error"))["message"] == "ranges must be a list of pairs of milliseconds."
    await session.arefresh_from_db()
    assert session.outages == [[7_000, 21_000], [40_000, 41_000]]


async def test_without_login(connect: Connect, session: Session) -> None:
    socket = await connect(session.pk, client=None)
    assert (await hear(socket, "error"))["code"] == "not_logged_in"
    assert await closed(socket) == 4401


async def test_everybody_is_told_in_their_language(
    connect: Connect, session: Session, user: User, layer: Any
) -> None:
    german = await connect(session.pk, client=None, languages="de-AT, en;q=0.5")
    assert (await hear(german, "error"))["message"] == "Du bist abgemeldet. Melde dich wieder an."
    english = await connect(session.pk)
    await User.objects.filter(pk=user.pk).aupdate(interface_language="de")
    german = await connect(session.pk, languages="en")
    for socket in (english, german):
        await hear(socket, "ready")
    # What an audio worker says to both at once.
    said = messages.error(
        "media_lost", "No audio is reaching the server. What you say now is not being recorded."
    )
    await layer.group_send(commands.group(str(session.pk)), {"type": "session.event", "payload": said})
    assert await hear(english, "error") == said
    assert (await hear(german, "error"))["message"].startswith("Beim Server kommt kein Ton an.")
    await say(german, {**OFFER, "gen": 0})
    # What only the author of a client can mend is not translated.
    assert (await hear(german, "error"))["message"] == "gen must be a whole number, at least 1."


async def test_other_peoples_and_unknown_sessions_look_alike(connect: Connect) -> None:
    other = await database_sync_to_async(User.objects.create_user)("other", "o@example.com", "x")
    theirs = await Session.objects.acreate(user=other)
    answers = []
    for pk in (theirs.pk, uuid.uuid4()):
        socket = await connect(pk)
        answers.append((await hear(socket, "error"), await closed(socket)))
    assert answers[0] == answers[1]
    assert answers[0][1] == 4404


@pytest.mark.parametrize("origin", ["http://evil.example", "https://localhost:8000", "http://localhost:9000"])
async def test_other_origins_are_refused(connect: Connect, session: Session, origin: str) -> None:
    with pytest.raises(ConnectionRefusedError):
        await connect(session.pk, origin=origin)


async def test_an_offer_reaches_a_worker_and_its_answer_the_browser(
    connect: Connect, session: Session, layer: Any
) -> None:
    socket = await connect(session.pk)
    await say(socket, OFFER)
    await say(socket, {"type": "candidate", "gen": 1, "candidate": "early"})
    taken = commands.unpack(await asyncio.wait_for(layer.receive(commands.SHARED_CHANNEL), WAIT_SECONDS))
    assert isinstance(taken, commands.Open)
    assert (taken.session, taken.gen, taken.language, taken.paused) == (str(session.pk), 1, "en", False)

    await layer.send(taken.reply, {"type": "session.taken", "worker": "audioworker.test"})
    answer = {"type": "answer", "gen": 1, "sdp": "v=0 answer"}
    await layer.send(taken.reply, {"type": "session.event", "payload": answer})
    early = commands.unpack(await asyncio.wait_for(layer.receive("audioworker.test"), WAIT_SECONDS))
    assert isinstance(early, commands.AddCandidate)
    assert early.candidate == "early"
    assert await hear(socket, "answer") == answer

    await say(socket, {"type": "pause"})
    while isinstance(pause := commands.unpack(await layer.receive("audioworker.test")), commands.Present):
        pass
    assert isinstance(pause, commands.Control)
    assert pause.action == "pause"
    await session.arefresh_from_db()
    assert session.gen == 1


async def test_how_to_listen_holds_for_the_session(
    connect: Connect, user: User, session: Session, layer: Any
) -> None:
    user.vocabulary, user.silence_ms, user.threshold = ["Stromness", "Ishbel"], 700, 0.3
    await user.asave()

    async def opened(gen: int, **settings: Any) -> commands.Open:
        """What a worker gets to know of an offer on a socket of its own."""
        socket = await connect(session.pk)
        await say(socket, {**OFFER, "gen": gen, "settings": settings})
        command = commands.unpack(
            await asyncio.wait_for(layer.receive(commands.SHARED_CHANNEL), WAIT_SECONDS)
        )
        assert isinstance(command, commands.Open)
        return command

    before = await opened(1)
    assert (before.vocabulary, before.endpointing) == (("Stromness", "Ishbel"), Endpointing(0.3, None, 700))
    wanted = await opened(2, vocabulary=["Ishbel", "Yeti"], endpointing={"silence_ms": 900, "prefix_ms": 100})
    assert wanted.vocabulary == ("Ishbel", "Yeti", "Stromness")
    assert wanted.endpointing == Endpointing(0.3, 100, 900)
    # A reconnect that says nothing of it, whichever worker takes it.
    again = await opened(3, language="en")
    assert (again.vocabulary, again.endpointing) == (wanted.vocabulary, wanted.endpointing)
    reset = await opened(4, vocabulary=[], endpointing={})
    assert (reset.vocabulary, reset.endpointing) == (before.vocabulary, before.endpointing)
    assert not any(each.translate for each in (before, wanted, again, reset))
    user.translate = True
    await user.asave()
    translated = [await opened(5), await opened(6, translate=False), await opened(7)]
    assert [each.translate for each in translated] == [True, False, False]
    # Spoken commands are expected behind the person's own words, in the language that is spoken.
    assert not reset.commands
    obeying = await opened(8, commands=True)
    assert obeying.commands
    assert obeying.vocabulary[:2] == ("Stromness", "Ishbel")
    assert obeying.vocabulary[2].startswith("Comma. Period. ")
    assert (await opened(9)).commands
    user.commands = True
    await user.asave()
    assert not (await opened(10, commands=False)).commands
    cleaned = [await opened(11), await opened(12, cleaning="near"), await opened(13)]
    assert [each.cleaning for each in cleaned] == ["off", "near", "near"]
    user.cleaning = "far"
    await user.asave()
    # Empty is as in the account.
    cleaned = [await opened(14, cleaning="off"), await opened(15, cleaning=""), await opened(16)]
    assert [each.cleaning for each in cleaned] == ["off", "far", "far"]


async def test_a_second_offer_waits_for_the_first_answer(connect: Connect, session: Session) -> None:
    socket = await connect(session.pk)
    await say(socket, OFFER)
    await say(socket, {**OFFER, "gen": 2})
    assert (await hear(socket, "error"))["code"] == "offer_pending"


async def test_no_worker_has_room(connect: Connect, session: Session, settings: Settings) -> None:
    settings.OFFER_SECONDS = 0.2
    socket = await connect(session.pk)
    await say(socket, OFFER)
    error = await hear(socket, "error")
    assert (error["code"], error["retryable"]) == ("busy", True)
    assert "Nothing is being recorded." in error["message"]


async def test_pages_share_their_way_to_valkey_and_the_database_does_not_wait_for_it(
    connect: Connect, session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OFFER_SECONDS = 0.2
    asked: list[int] = []

    def workers() -> list[WorkerState]:
        asked.append(threading.get_ident())
        return []

    monkeypatch.setattr(registry, "async_valkey", lambda: pytest.fail("a connection of its own"))
    monkeypatch.setattr(registry, "workers", workers)
    socket = await connect(session.pk)
    await say(socket, OFFER)
    assert (await hear(socket, "error"))["code"] == "busy"
    assert len(asked) == 1
    assert await database_sync_to_async(threading.get_ident)() not in asked


async def test_an_offer_to_a_worker_that_died_is_not_a_full_server(
    connect: Connect, session: Session, settings: Settings
) -> None:
    settings.OFFER_SECONDS = 0.2
    worker = Registry()
    await worker.hold(str(session.pk), "audioworker.dead")
    socket = await connect(session.pk)
    await say(socket, OFFER)
    error = await hear(socket, "error")
    assert (error["code"], error["retryable"]) == ("worker_lost", True)
    await worker.close()


async def test_a_silent_worker_is_given_up(
    connect: Connect, session: Session, layer: Any, settings: Settings
) -> None:
    settings.HEARTBEAT_LOST_SECONDS = 0.3
    socket = await connect(session.pk)
    await say(socket, OFFER)
    taken = commands.unpack(await layer.receive(commands.SHARED_CHANNEL))
    assert isinstance(taken, commands.Open)
    await layer.send(taken.reply, {"type": "session.taken", "worker": "audioworker.dead"})
    error = await hear(socket, "error")
    assert (error["code"], error["retryable"]) == ("worker_lost", True)


async def test_the_third_session_of_a_user(connect: Connect, user: User, session: Session) -> None:
    running = [await Session.objects.acreate(user=user, gen=1, title=title) for title in ("", "The ferry")]
    other = await User.objects.acreate(username="other")
    await Session.objects.acreate(user=other, gen=1, title="Somebody else's")
    socket = await connect(session.pk)
    await say(socket, OFFER)
    error = await hear(socket, "error")
    assert error["code"] == "too_many_sessions"
    # One's own, so that they can be stopped; the latest first.
    assert error["running"] == [
        {"session": str(running[1].pk), "title": "The ferry"},
        {"session": str(running[0].pk), "title": "Untitled"},
    ]


async def test_sessions_of_programs_that_are_not_kept_count_too(
    connect: Connect, user: User, session: Session, settings: Settings
) -> None:
    settings.OFFER_SECONDS = 0.2
    fed = await database_sync_to_async(admission.admit)(user, Listen(), kept=False)
    token, _text = await database_sync_to_async(issue)(
        user, name="program", scopes=[Scope.LIVE], now=timezone.now()
    )
    call = uuid.uuid4()
    unkept_calls.enter(call, token)
    socket = await connect(session.pk)
    await say(socket, OFFER)
    error = await hear(socket, "error")
    assert (error["code"], "running" in error) == ("too_many_sessions", False)
    fed.leave()
    await say(socket, OFFER | {"gen": 2})
    assert (await hear(socket, "error"))["code"] == "busy"
    unkept_calls.leave(call)


async def test_the_sixth_socket_of_a_user(connect: Connect, session: Session) -> None:
    for _ in range(5):
        await hear(await connect(session.pk), "ready")
    socket = await connect(session.pk)
    assert (await hear(socket, "error"))["code"] == "too_many_sockets"
    assert await closed(socket) == 4429


async def test_a_socket_over_which_nothing_is_said_shows_that_it_is_there(
    connect: Connect, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("captions.live.signaling.conversation._QUIET_SECONDS", 0.1)
    socket = await connect(session.pk)
    await hear(socket, "ready")
    assert await hear(socket, "alive") == {"type": "alive"}


async def fail(*arguments: object) -> None:
    raise RuntimeError("Never thought of.")


async def fails(socket: Socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Conversation, "hear", fail)
    await say(socket, {"type": "sync", "after_seq": 0})
    assert await closed(socket) == 1011
    await socket.disconnect()


async def fails_at_a_tick(socket: Socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Conversation, "tick", fail)
    assert await closed(socket) == 1011
    await socket.disconnect()


async def loses_the_channel_layer(socket: Socket, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(self: SessionConsumer, event: object) -> None:
        raise RedisTimeoutError

    monkeypatch.setattr(SessionConsumer, "websocket_receive", fail)
    await say(socket, {"type": "sync", "after_seq": 0})
    assert await closed(socket) == 1013


async def is_stopped(socket: Socket, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Daphne stops that of a client that was cut off."""
    socket.future.cancel()
    await asyncio.wait([socket.future])
    socket._future = asyncio.ensure_future(asyncio.sleep(0))


@pytest.mark.parametrize("ends", [fails, fails_at_a_tick, loses_the_channel_layer, is_stopped])
async def test_a_socket_that_is_over_is_counted_no_longer(
    connect: Connect,
    session: Session,
    user: User,
    monkeypatch: pytest.MonkeyPatch,
    ends: Callable[[Socket, pytest.MonkeyPatch], Awaitable[None]],
) -> None:
    socket = await connect(session.pk)
    await hear(socket, "ready")
    left, leave = asyncio.Event(), Presence.leave

    async def told(self: Presence) -> None:
        await leave(self)
        left.set()

    monkeypatch.setattr(Presence, "leave", told)
    await ends(socket, monkeypatch)
    await asyncio.wait_for(left.wait(), WAIT_SECONDS)
    assert await Presence(user.pk, "me").enter() == 1


async def test_an_ended_session_takes_no_offer(connect: Connect, session: Session) -> None:
    await Session.objects.filter(pk=session.pk).aupdate(title="The night ferry")
    socket = await connect(session.pk)
    await say(socket, {"type": "stop"})
    ended = await hear(socket, "media")
    assert (ended["state"], ended["reason"]) == ("ended", "stopped")
    assert "kept" not in ended
    await say(socket, OFFER)
    assert (await hear(socket, "error"))["code"] == "session_ended"


async def test_a_session_of_which_no_worker_heard_anything_is_not_kept(
    connect: Connect, session: Session
) -> None:
    socket = await connect(session.pk)
    await say(socket, {"type": "stop"})
    assert (await hear(socket, "media"))["kept"] is False
    assert not await Session.objects.filter(pk=session.pk).aexists()


@pytest.mark.parametrize("text", ["nonsense", "[1]", '{"type": "offer", "gen": 1, "sdp": 3}'])
async def test_a_malformed_message_costs_nothing(connect: Connect, session: Session, text: str) -> None:
    socket = await connect(session.pk)
    await socket.send_to(text_data=text)
    assert (await hear(socket, "error"))["code"] == "malformed"
    await socket.send_to(bytes_data=b"\x00")
    assert (await hear(socket, "error"))["code"] == "malformed"
    await say(socket, {"type": "sync", "after_seq": 0})
    await say(socket, {"type": "stop"})
    assert (await hear(socket, "media"))["state"] == "ended"


async def test_sync_replays_from_postgres_in_pages(connect: Connect, session: Session) -> None:
    await Utterance.objects.abulk_create(
        Utterance(session=session, seq=seq, start_ms=seq * 1000, end_ms=seq * 1000 + 900, text=f"word {seq}")
        for seq in range(1, 251)
    )
    socket = await connect(session.pk)
    await say(socket, {"type": "sync", "after_seq": 20})
    assert [(await hear(socket, "final"))["seq"] for _ in range(230)] == list(range(21, 251))


async def test_a_final_lost_on_the_way_comes_with_the_next_heartbeat(
    connect: Connect, session: Session, layer: Any
) -> None:
    socket = await connect(session.pk)
    await hear(socket, "ready")
    await Utterance.objects.acreate(session=session, seq=1, start_ms=0, end_ms=900, text="said")
    beat = {"type": "session.heartbeat", "worker": "audioworker.test", "last_seq": 1}
    await layer.group_send(commands.group(str(session.pk)), beat)
    assert (await hear(socket, "final"))["text"] == "said"
    await layer.group_send(commands.group(str(session.pk)), beat)
    assert await socket.receive_nothing(timeout=0.2)


async def test_how_far_words_are_saved_is_told_as_it_moves(
    connect: Connect, session: Session, layer: Any
) -> None:
    await Session.objects.filter(pk=session.pk).aupdate(settled_ms=700)
    socket = await connect(session.pk)
    assert (await hear(socket, "ready"))["safe_ms"] == 700
    beat = {"type": "session.heartbeat", "worker": "audioworker.test", "last_seq": 0}
    for settled_ms in (None, 700, 1_900, 1_900):
        await layer.group_send(commands.group(str(session.pk)), {**beat, "settled_ms": settled_ms})
    assert (await hear(socket, "safe"))["clock_ms"] == 1_900
    assert await socket.receive_nothing(timeout=0.2)


async def test_what_was_recovered_and_lost_on_the_way_comes_with_the_next_look_at_the_login(
    connect: Connect, session: Session, settings: Settings
) -> None:
    settings.AUTH_RECHECK_SECONDS = 0.1
    socket = await connect(session.pk)
    await hear(socket, "ready")
    await Utterance.objects.acreate(session=session, seq=1, start_ms=0, end_ms=900, text="found")
    await Session.objects.filter(pk=session.pk).aupdate(last_seq=1)
    assert (await hear(socket, "final"))["text"] == "found"


async def test_corrected_words_come_as_they_stand(connect: Connect, session: Session) -> None:
    for seq, text in enumerate(("One two three.", "Four."), 1):
        await Utterance.objects.acreate(
            session=session, seq=seq, start_ms=seq * 1_000, end_ms=seq * 1_000 + 900, text=text
        )
    await Session.objects.filter(pk=session.pk).aupdate(last_seq=2)
    socket = await connect(session.pk)
    await hear(socket, "ready")
    row = await Utterance.objects.aget(session=session, seq=1)
    await database_sync_to_async(editing.edit)(row, "One and two.", 1, session.user)
    final = await hear(socket, "final")
    assert (final["seq"], final["text"], final["version"]) == (1, "One and two.", 2)
    row = await Utterance.objects.aget(session=session, seq=1)
    await database_sync_to_async(editing.split)(row, "One", "and two.", 2, session.user)
    first, second = await hear(socket, "final"), await hear(socket, "final")
    assert [(each["seq"], each["text"]) for each in (first, second)] == [(1, "One"), (3, "and two.")]
    assert second["version"] == 1


async def test_what_is_answered_to_an_action_comes_with_its_sentence(
    connect: Connect, session: Session
) -> None:
    await Utterance.objects.acreate(session=session, seq=1, start_ms=0, end_ms=900, text="", version=2)
    call = {"name": "Light", "text": "On.", "confidence": 0.9, "sent_at": timezone.now(), "version": 2}
    await SpokenCall.objects.acreate(session=session, seq=1, **call)
    await Session.objects.filter(pk=session.pk).aupdate(last_seq=1)
    socket = await connect(session.pk)
    await hear(socket, "ready")
    await database_sync_to_async(acting.answer)(session.pk, 1, say="It is on.", insert="")
    final = await hear(socket, "final")
    assert (final["seq"], final["command"]) == (1, {"does": "say", "name": "Light", "says": "It is on."})


async def test_logging_out_ends_the_socket_and_the_sound(
    connect: Connect, session: Session, login: Client, layer: Any
) -> None:
    worker = Registry()
    await worker.hold(str(session.pk), "audioworker.test")
    socket = await connect(session.pk)
    await hear(socket, "ready")
    await database_sync_to_async(login.logout)()
    assert (await hear(socket, "error"))["code"] == "not_logged_in"
    assert await closed(socket) == 4401
    while isinstance(stop := commands.unpack(await layer.receive("audioworker.test")), commands.Present):
        pass
    assert isinstance(stop, commands.Control)
    assert (stop.action, stop.reason) == ("stop", "not_logged_in")
    await worker.close()


async def test_an_account_that_is_being_deleted_is_not_told_to_log_in_again(
    connect: Connect, session: Session, settings: Settings
) -> None:
    settings.AUTH_RECHECK_SECONDS = 0.1
    socket = await connect(session.pk)
    await hear(socket, "ready")
    await database_sync_to_async(leave)(session.user, timezone.now())
    error = await hear(socket, "error")
    assert error["code"] == "account_leaving"
    assert error["message"] == "This account is being deleted, and this dictation with it."
    assert await closed(socket) == 4401


async def test_a_deleted_session_ends_the_socket(
    connect: Connect, session: Session, settings: Settings
) -> None:
    settings.AUTH_RECHECK_SECONDS = 0.1
    socket = await connect(session.pk)
    await hear(socket, "ready")
    await session.adelete()
    assert (await hear(socket, "error"))["code"] == "not_found"
    assert await closed(socket) == 4404


async def test_a_session_in_the_trash_is_told_from_one_that_is_not_there(
    connect: Connect, session: Session
) -> None:
    await Session.all_objects.filter(pk=session.pk).aupdate(trashed_at=timezone.now())
    socket = await connect(session.pk)
    error = await hear(socket, "error")
    assert (error["code"], error["message"]) == ("trashed", "This dictation was deleted.")
    assert await closed(socket) == 4404
