"""Sound pushed into a worker in this process, and the text that comes back."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asgiref.sync import sync_to_async
from channels.exceptions import ChannelFull
from channels_redis.core import RedisChannelLayer
from django.utils import timezone

from captions.live.feed import admission
from captions.live.feed.stream import SoundStream
from captions.live.room import unkept_feeds
from captions.live.worker import live_session
from captions.models import ApiToken, Scope, Session, User
from captions.protocol import commands
from captions.protocol.commands import Control
from captions.protocol.endpointing import Endpointing
from captions.protocol.feed_frames import Listen
from captions.protocol.messages import MessageError
from captions.protocol.registry import holder
from captions.recordings.audio_recorder import AudioRecorder
from captions.recordings.parts import PartsFolder
from captions.tokens.issuing import issue
from tests.live.workers import CONFIG, CountingRecogniser, Hire
from tests.recordings.support import played
from tests.speech_data import Pcm, load_pcm

pytestmark = pytest.mark.django_db(transaction=True)

Open = Callable[..., Coroutine[Any, Any, SoundStream]]

ENGLISH = Listen("en")


@pytest.fixture
def user() -> User:
    return User.objects.create_user("maren", "maren@example.com", "x")


@pytest.fixture
def token(user: User) -> ApiToken:
    return issue(user, name="program", scopes=[Scope.LIVE], now=timezone.now())[0]


@pytest.fixture
def speech() -> Pcm:
    return load_pcm("note-en-us")


@pytest.fixture
async def open_stream(token: ApiToken) -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        async def open_stream(listen: Listen = ENGLISH, **options: Any) -> SoundStream:
            options = {"kept": True, "wait_seconds": 30, **options}
            return await stack.enter_async_context(await SoundStream.open(token, listen, **options))

        yield open_stream


async def until(stream: SoundStream, kind: str, **fields: Any) -> list[dict[str, Any]]:
    """What is told up to the next message of that kind with those fields."""
    told = []
    async with asyncio.timeout(60):
        async for message in stream:
            told.append(message)
            if message["type"] == kind and fields.items() <= message.items():
                return told
    raise AssertionError(f"{kind} {fields} was not told: {told}")


async def ended(session: str) -> Session:
    async with asyncio.timeout(30):
        while (row := await Session.objects.aget(pk=session)).ended_at is None:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return row


async def test_sound_becomes_a_dictation_in_the_history(
    hire: Hire, open_stream: Open, speech: Pcm, user: User
) -> None:
    await hire()
    stream = await open_stream(title="Notes")
    await stream.push(speech)
    await stream.end()
    told = await until(stream, "media", state="ended")
    finals = [message for message in told if message["type"] == "final"]
    assert len(finals) >= 2
    assert [final["seq"] for final in finals] == list(range(1, len(finals) + 1))
    assert (told[-1]["reason"], told[-1]["clock_ms"]) == ("stopped", speech.size // 16)
    session = await ended(str(stream.session.id))
    assert (session.user_id, session.title, session.clock_ms) == (user.pk, "Notes", speech.size // 16)
    rows = [row.text async for row in session.utterances.order_by("seq")]
    assert rows == [final["text"] for final in finals]
    assert [message async for message in stream] == [], "nothing follows the end"


async def test_what_is_not_to_be_kept_leaves_nothing(hire: Hire, open_stream: Open, speech: Pcm) -> None:
    worker = await hire()
    stream = await open_stream(kept=False)
    await stream.push(speech)
    await stream.end()
    told = await until(stream, "media", state="ended")
    assert [message["seq"] for message in told if message["type"] == "final"][:2] == [1, 2]
    assert not await Session.all_objects.aexists()
    assert worker._final_writer.unsaved == 0


async def test_a_program_gets_its_text_for_which_a_page_would_not_wait(
    hire: Hire, open_stream: Open, speech: Pcm, monkeypatch: pytest.MonkeyPatch
) -> None:
    decode = CountingRecogniser.decode

    async def slowly(self: CountingRecogniser, *arguments: Any, **options: Any) -> Any:
        await asyncio.sleep(0.1)
        return await decode(self, *arguments, **options)

    monkeypatch.setattr(CountingRecogniser, "decode", slowly)
    monkeypatch.setattr(live_session, "_FLUSH_SECONDS", 0.0)
    await hire()
    stream = await open_stream(kept=False)
    await stream.push(speech[: speech.size // 2])
    await stream.flush()
    before = await until(stream, "flushed", number=1)
    await stream.push(speech[speech.size // 2 :])
    await stream.end()
    after = await until(stream, "media", state="ended")
    assert {"final"} <= {message["type"] for message in before}
    assert {"final"} <= {message["type"] for message in after}
    assert "error" not in {message["type"] for message in after}


async def test_a_flush_ends_what_was_said_so_far(hire: Hire, open_stream: Open, speech: Pcm) -> None:
    await hire()
    stream = await open_stream(kept=False)
    half = speech.size // 2
    await stream.push(speech[:half])
    assert await stream.flush() == 1
    before = await until(stream, "flushed", number=1)
    assert [message["type"] for message in before if message["type"] == "final"]
    await stream.push(speech[half:])
    await stream.end()
    after = await until(stream, "media", state="ended")
    half_ms = half // 16
    assert all(message["end_ms"] <= half_ms for message in before if message["type"] == "final")
    assert all(message["start_ms"] >= half_ms - 500 for message in after if message["type"] == "final")


async def test_the_words_are_told_to_the_page_too(
    hire: Hire, open_stream: Open, speech: Pcm, layer: Any
) -> None:
    await hire()
    stream = await open_stream()
    channel = await layer.new_channel()
    await layer.group_add(commands.group(str(stream.session.id)), channel)
    await stream.push(speech)
    await stream.end()
    finals = [each for each in await until(stream, "media", state="ended") if each["type"] == "final"]
    seen: list[dict[str, Any]] = []
    async with asyncio.timeout(30):
        while len(seen) < len(finals):
            payload = (await layer.receive(channel)).get("payload", {})
            if payload.get("type") == "final":
                seen.append(payload)
    assert seen == finals


async def test_the_page_can_stop_it(hire: Hire, open_stream: Open, speech: Pcm, layer: Any) -> None:
    worker = await hire()
    stream = await open_stream()
    await stream.push(speech)
    await until(stream, "final", seq=1)
    await layer.send(worker.name, commands.pack(Control(str(stream.session.id), "stop", "")))
    told = await until(stream, "media", state="ended")
    assert told[-1]["reason"] == "stopped"
    await stream.push(speech)
    await ended(str(stream.session.id))


async def test_a_client_that_vanishes_loses_nothing_of_what_it_sent(
    hire: Hire, token: ApiToken, speech: Pcm
) -> None:
    await hire()
    stream = await SoundStream.open(token, Listen("en"), kept=True, wait_seconds=30)
    await stream.push(speech)
    await stream.close()
    await stream.close()
    session = await ended(str(stream.session.id))
    assert session.clock_ms == speech.size // 16
    assert await session.utterances.filter(seq=1).aexists()


async def test_its_sound_is_kept_where_its_account_wants_that(
    hire: Hire, open_stream: Open, speech: Pcm, user: User, tmp_path: Path
) -> None:
    await User.objects.aupdate(keep_sound=True)
    audio_recorder = AudioRecorder(tmp_path / "live")
    audio_recorder.start()
    await hire(audio_recorder=audio_recorder)
    stream = await open_stream()
    await stream.push(speech)
    await stream.end()
    await until(stream, "media", state="ended")
    assert await asyncio.to_thread(audio_recorder.close, 5)
    (part,) = PartsFolder(tmp_path / "live").parts(str(stream.session.id))
    with part.path.open("rb") as file:
        heard = played(file)
    assert abs(heard.size - speech.size) <= 1_600


async def test_a_worker_that_goes_is_told(hire: Hire, open_stream: Open, speech: Pcm) -> None:
    worker = await hire()
    stream = await open_stream()
    await stream.push(speech)
    await until(stream, "final", seq=1)
    worker.stop()
    told = await until(stream, "media", state="ended")
    assert told[-1]["reason"] == "server"
    await ended(str(stream.session.id))


async def test_a_worker_that_is_killed_is_told(hire: Hire, open_stream: Open, speech: Pcm) -> None:
    worker = await hire()
    stream = await open_stream()
    await stream.push(speech)
    await until(stream, "final", seq=1)
    for feed in worker._sound_port._serving:
        feed.cancel()
    stream._writer.transport.abort()
    told = await until(stream, "error", code="worker_lost")
    assert told[-1]["retryable"]
    assert [message async for message in stream] == []


async def test_it_listens_as_the_account_and_the_client_say(
    hire: Hire, open_stream: Open, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(live_session.LiveSession, "_listen", lambda self, listen: seen.append(listen))
    await User.objects.aupdate(vocabulary=["Ottilie"], silence_ms=900, threshold=0.4)
    await hire()
    stream = await open_stream(Listen("de", Endpointing(silence_ms=400), ("Wieland",)))
    await stream.listen(Listen("fr"))
    await stream.flush()
    await until(stream, "flushed")
    assert seen == [
        Listen("de", Endpointing(threshold=0.4, silence_ms=400), ("Wieland", "Ottilie")),
        Listen("fr"),
    ]


async def test_nobody_begins_more_than_the_account_may(
    hire: Hire, open_stream: Open, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LIMIT_SESSIONS_PER_USER = 2
    await hire(replace(CONFIG, sessions=5))
    await open_stream()
    unkept = await open_stream(kept=False)
    for kept in (True, False):
        with pytest.raises(MessageError) as refused:
            await open_stream(kept=kept)
        assert refused.value.code == "too_many_sessions"
    assert await Session.objects.acount() == 1
    await unkept.close()
    await open_stream(kept=False)


async def test_without_a_worker_it_says_so_and_leaves_nothing(open_stream: Open, user: User) -> None:
    for kept in (True, False):
        with pytest.raises(MessageError) as refused:
            await open_stream(kept=kept, wait_seconds=0.2)
        assert (refused.value.code, refused.value.retryable) == ("busy", True)
    assert not await Session.all_objects.aexists()
    assert await sync_to_async(unkept_feeds.count)(str(user.pk)) == 0


async def test_it_waits_for_a_worker_with_room(hire: Hire, open_stream: Open) -> None:
    await hire(replace(CONFIG, sessions=1))
    first = await open_stream()
    second = asyncio.create_task(open_stream())
    await asyncio.sleep(0.5)
    assert not second.done()
    await first.end()
    await until(first, "media", state="ended")
    async with asyncio.timeout(60):
        await second


async def test_a_ticket_is_not_logged_nor_shown(token: ApiToken) -> None:
    command = commands.OpenFeed("id", "a secret", "en", "reply", 0.0, Endpointing(), ("Ottilie",))
    assert "secret" not in repr(command)
    assert "Ottilie" not in repr(command)
    assert commands.unpack(commands.pack(command)) == command


async def test_a_session_holds_its_place_at_the_registry(hire: Hire, open_stream: Open) -> None:
    worker = await hire()
    stream = await open_stream()
    assert holder(str(stream.session.id)) == worker.name
    await stream.end()
    await until(stream, "media", state="ended")
    async with asyncio.timeout(60):
        while holder(str(stream.session.id)):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_pushes_that_are_too_fast_wait_for_the_decodes(
    hire: Hire, open_stream: Open, speech: Pcm, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_decode = asyncio.Event()
    decode = CountingRecogniser.decode

    async def slowly(self: CountingRecogniser, *arguments: Any, **options: Any) -> Any:
        await may_decode.wait()
        return await decode(self, *arguments, **options)

    monkeypatch.setattr(CountingRecogniser, "decode", slowly)
    worker = await hire(replace(CONFIG, limits=replace(CONFIG.limits, session_seconds=3_600)))
    stream = await open_stream(kept=False)
    sound = np.tile(speech, 40)
    pushing = asyncio.create_task(stream.push(sound))
    await asyncio.sleep(1)
    (session,) = worker._sessions.values()
    clock_ms = session._transcriber.clock_ms
    assert 4_000 <= clock_ms < 8_000, "a decode was overtaken by four seconds, and no more"
    may_decode.set()
    async with asyncio.timeout(60):
        await pushing
    await stream.end()
    told = await until(stream, "media", state="ended")
    assert told[-1]["clock_ms"] == sound.size // 16


async def test_a_session_that_is_as_long_as_it_may_be_ends(
    hire: Hire, open_stream: Open, speech: Pcm
) -> None:
    await hire(replace(CONFIG, limits=replace(CONFIG.limits, session_seconds=30)))
    stream = await open_stream(kept=False)
    pushing = asyncio.create_task(stream.push(np.tile(speech, 400)))
    told = await until(stream, "media", state="ended")
    assert told[-1]["reason"] == "limit"
    assert [message for message in told if message["type"] == "final"]
    async with asyncio.timeout(60):
        await pushing


async def test_a_client_that_leaves_while_it_is_admitted_leaves_nothing(
    token: ApiToken, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    admit, may_return = admission.admit, threading.Event()

    def slowly(*arguments: Any, **options: Any) -> Any:
        admitted = admit(*arguments, **options)
        may_return.wait(10)
        return admitted

    monkeypatch.setattr(admission, "admit", slowly)
    for kept in (True, False):
        may_return.clear()
        opening = asyncio.create_task(SoundStream.open(token, ENGLISH, kept=kept))
        await asyncio.sleep(0.3)
        opening.cancel()
        await asyncio.sleep(0)
        may_return.set()
        with pytest.raises(asyncio.CancelledError):
            await opening
    assert not await Session.all_objects.aexists()
    assert await sync_to_async(unkept_feeds.count)(str(user.pk)) == 0


async def test_where_too_many_wait_for_a_worker_it_is_busy(
    open_stream: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: Any) -> None:
        raise ChannelFull

    monkeypatch.setattr(RedisChannelLayer, "send", full)
    with pytest.raises(MessageError) as refused:
        await open_stream()
    assert (refused.value.code, refused.value.retryable) == ("busy", True)
    assert not await Session.all_objects.aexists()
