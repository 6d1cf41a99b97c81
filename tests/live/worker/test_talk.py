"""An audio worker in this process, and programs that talk with it over a data channel."""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from channels.db import database_sync_to_async

from captions.benchmarks.livetest.player import FileTrack, load_sound
from captions.core.languages import LANGUAGES
from captions.dialects.openai_realtime import CHANNEL
from captions.models import Session, User
from captions.protocol import commands, messages
from captions.protocol.commands import CALL_ENDED, SHARED_CHANNEL, Attach, Call, Control, Open, Say
from tests.dialects.openai_realtime.worker import TRANSCRIPTION, check
from tests.live.workers import Hire
from tests.speech_data import DATA

pytestmark = pytest.mark.django_db(transaction=True)

WAIT_SECONDS = 60


class Speaker:
    """A program whose microphone plays a recording, and which has a data channel."""

    def __init__(self, layer: Any, session: str, label: str) -> None:
        self.layer = layer
        self.session = session
        self.heard: list[dict[str, Any]] = []
        self.worker = ""
        self.reply = ""
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._peer.addTrack(FileTrack(load_sound(DATA / "note-en-us.flac")))
        self._channel = self._peer.createDataChannel(label)
        self._channel.on("message", lambda text: self.heard.append(json.loads(text)))
        self.closed = asyncio.Event()
        self._channel.on("close", self.closed.set)

    async def connect(self, **options: Any) -> None:
        self.reply = await self.layer.new_channel()
        await self._peer.setLocalDescription()
        sdp = self._peer.localDescription.sdp
        offer = Open(self.session, 1, sdp, "en", False, self.reply, time.time() + 60, **options)
        await self.layer.send(SHARED_CHANNEL, commands.pack(offer))
        while True:
            event = await self.next()
            self.worker = event.get("worker", self.worker)
            if event.get("payload", {}).get("type") == "answer":
                sdp = event["payload"]["sdp"]
                return await self._peer.setRemoteDescription(RTCSessionDescription(sdp, "answer"))

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(WAIT_SECONDS):
            event: dict[str, Any] = await self.layer.receive(self.reply)
            return event

    async def command(self, command: Any) -> None:
        await self.layer.send(self.worker, commands.pack(command))

    def say(self, kind: str, **fields: Any) -> None:
        self._channel.send(json.dumps({"type": kind, **fields}))

    def send(self, text: str | bytes) -> None:
        self._channel.send(text)

    async def until(self, kind: str, count: int = 1, **fields: Any) -> dict[str, Any]:
        """The event of that kind with those fields, or the `count`th of them."""
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                found = [
                    each for each in self.heard if each["type"] == kind and fields.items() <= each.items()
                ]
                if len(found) >= count:
                    return found[count - 1]
                await asyncio.sleep(0.02)

    async def hang_up(self) -> None:
        await self._peer.close()


Call_ = Callable[..., Awaitable[Speaker]]


@pytest.fixture
def user() -> User:
    return User.objects.create_user("maren", "maren@example.com", "x")


@pytest.fixture
async def speak(layer: Any, user: User) -> AsyncIterator[Call_]:
    speakers: list[Speaker] = []

    async def speak(label: str = CHANNEL, *, kept: bool = True, **options: Any) -> Speaker:
        pk = (await Session.objects.acreate(user=user)).pk if kept else uuid.uuid4()
        speaker = Speaker(layer, str(pk), label)
        speakers.append(speaker)
        if label == CHANNEL:
            call = Call({}, "base", tuple(LANGUAGES), 2_000_000_000)
            options = {"call": call, "presence": "media", "kept": kept, **options}
        await speaker.connect(channel=options.pop("channel", label), **options)
        return speaker

    yield speak
    for speaker in speakers:
        await speaker.hang_up()


async def ended(speaker: Speaker) -> None:
    """Waits until no session is open; one in which nothing was said is gone."""
    async with asyncio.timeout(WAIT_SECONDS):
        while await Session.objects.filter(pk=speaker.session, ended_at=None).aexists():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_a_page_is_told_what_its_socket_is_told(hire: Hire, speak: Call_) -> None:
    await hire()
    page = await speak(messages.CHANNEL)
    first = await page.until("final", seq=1)
    assert first["text"] == "One."
    assert (await page.until("partial"))["stable"] + (await page.until("partial"))["tentative"]
    assert (await page.until("speech"))["state"] == "started"
    page.say("pause")
    await page.until("media", state="paused")
    page.say("resume")
    await page.until("media", count=2, state="live")
    page.say("sync", after_seq=0)
    assert await page.until("final", count=2, seq=1) == first
    page.say("stop")
    assert (await page.until("media", state="ended"))["reason"] == "stopped"
    await page.closed.wait()


@pytest.mark.parametrize(
    "wrong", ["no json", b"\x00", '{"type":"candidate","gen":1}', '{"type":"outages","ranges":[]}']
)
async def test_what_a_page_may_not_say_there(hire: Hire, speak: Call_, wrong: str | bytes) -> None:
    await hire()
    page = await speak(messages.CHANNEL)
    await page.until("media", state="live")
    page.send(wrong)
    assert (await page.until("error"))["code"] == "malformed"


async def test_a_page_that_says_too_much(hire: Hire, speak: Call_) -> None:
    await hire()
    page = await speak(messages.CHANNEL)
    await page.until("media", state="live")
    for _ in range(80):
        page.send("{}")
    await page.closed.wait()
    assert page.heard[-1]["code"] == "rate_limited"
    # The microphone is heard on.
    await page.command(Control(page.session, "stop", page.reply))
    await ended(page)


@pytest.mark.parametrize("kept", [True, False])
async def test_a_call(hire: Hire, speak: Call_, kept: bool) -> None:
    await hire()
    program = await speak(kept=kept)
    created = await program.until("session.created")
    assert program.heard[0] == created
    assert created["session"]["expires_at"] == 2_000_000_000
    turns = {"type": "server_vad", "silence_duration_ms": 300}
    update = {"type": "realtime", "audio": {"input": {"turn_detection": turns}}}
    program.say("session.update", session=update)
    updated = await program.until("session.updated")
    assert updated["session"]["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 300
    program.say("input_audio_buffer.append", audio="AAAA")
    assert (await program.until("error"))["error"]["code"] == "unknown_event"
    first = await program.until(f"{TRANSCRIPTION}.completed")
    assert first["transcript"] == "One."
    await program.command(Control(program.session, "stop", program.reply))
    await program.closed.wait()
    events = [each for each in program.heard if not each["type"].startswith(("session", "error"))]
    assert check(events, changes=True)
    if kept:
        assert await database_sync_to_async(Session.objects.get)(pk=program.session)
    assert await Session.objects.acount() == int(kept)


async def test_only_commits_end_items_where_turns_are_off(hire: Hire, speak: Call_) -> None:
    await hire()
    program = await speak()
    await program.until("session.created")
    update = {"type": "transcription", "audio": {"input": {"turn_detection": None}}}
    program.say("session.update", session=update)
    await program.until("session.updated")
    await asyncio.sleep(3)
    # Somebody is speaking all the time.
    program.say("input_audio_buffer.commit")
    committed = await program.until("input_audio_buffer.committed")
    done = await program.until(f"{TRANSCRIPTION}.completed", item_id=committed["item_id"])
    assert done["transcript"].startswith("One.")
    program.say("input_audio_buffer.clear")
    await program.until("input_audio_buffer.cleared")
    program.say("input_audio_buffer.commit", event_id="mine")
    error = (await program.until("error"))["error"]
    assert (error["code"], error["event_id"]) == ("input_audio_buffer_commit_empty", "mine")


async def test_a_program_that_leaves_ends_its_call(hire: Hire, speak: Call_) -> None:
    await hire()
    program = await speak()
    await program.until("session.created")
    await program.hang_up()
    await ended(program)


@pytest.mark.parametrize(
    ("reason", "code"), [("token_ended", "invalid_api_key"), ("deleted", "session_deleted")]
)
async def test_it_says_why_it_was_ended(hire: Hire, speak: Call_, reason: str, code: str) -> None:
    await hire()
    program = await speak(kept=False)
    await program.until("session.created")
    await program.command(Control(program.session, "stop", "", reason))
    assert (await program.until("error"))["error"]["code"] == code
    await program.closed.wait()


async def test_a_socket_beside_it(hire: Hire, speak: Call_, layer: Any) -> None:
    await hire()
    program = await speak()
    await program.until("session.created")
    side = await layer.new_channel()

    async def told(kind: str) -> dict[str, Any]:
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                payload: dict[str, Any] = (await layer.receive(side))["payload"]
                if payload["type"] == kind:
                    return payload

    await program.command(Attach(program.session, side))
    assert (await told("session.created"))["session"]["id"] == program.heard[0]["session"]["id"]
    assert [each["type"] for each in program.heard].count("session.created") == 1
    await program.command(Say(program.session, json.dumps({"type": "response.create"}), side))
    assert (await told("error"))["error"]["code"] == "responses_not_supported"
    update = json.dumps({"type": "session.update", "session": {"type": "transcription"}})
    await program.command(Say(program.session, update, side))
    await told("session.updated")
    await program.until("session.updated")
    await told(f"{TRANSCRIPTION}.completed")
    await program.command(Control(program.session, "stop", ""))
    await told(CALL_ENDED["type"])
    assert not [each for each in program.heard if each["type"] == "error"], "errors are for who erred"
