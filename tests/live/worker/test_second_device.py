"""A phone that joins a dictation as a second microphone: an audio worker in this process, and peers that speak."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiortc import RTCSessionDescription
from channels.db import database_sync_to_async

from captions.audio.ogg import channels_of, end_of
from captions.models import Session, User, Utterance
from captions.protocol import commands
from captions.protocol.commands import Control
from captions.recordings.audio_recorder import AudioRecorder
from captions.recordings.parts import PartsFolder
from tests.factories import make_session, make_user
from tests.live.workers import CONFIG, Hire

from .test_service import Watcher

pytestmark = pytest.mark.django_db(transaction=True)

SECOND: dict[str, Any] = {"source": "second"}


class Two(Watcher):
    """The sockets of a desk and of a phone, in one."""

    async def join_in(self, gen: int = 1, **options: Any) -> None:
        """The phone joins, and is heard."""
        await self.offer(gen, **{"target": self.worker or commands.SHARED_CHANNEL, **SECOND, **options})
        answer = await self.until("answer", **SECOND)
        await self.peers[-1].setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
        await self.until("media", state="live", **SECOND)

    async def ask(self, action: Any, reason: str = "stopped", source: str = "") -> None:
        command = Control(self.session, action, self.channel, reason, source)
        await self.layer.send(self.worker, commands.pack(command))

    async def settings(self) -> Session:
        """The session as it is saved, once it has the sound of a second device."""
        async with asyncio.timeout(30):
            while not (row := await Session.objects.aget(pk=self.session)).device_modes:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        return row


Meet = Callable[..., Awaitable[Two]]


@pytest.fixture
async def meet(layer: Any) -> AsyncIterator[Meet]:
    found: list[Two] = []
    user: User = await database_sync_to_async(make_user)()

    async def meet(**fields: Any) -> Two:
        session = await database_sync_to_async(make_session)(user, **fields)
        found.append(Two(layer, str(session.pk)))
        await found[-1].join()
        return found[-1]

    yield meet
    for each in found:
        await each.close()


async def test_a_second_device_joins_is_muted_and_is_taken_out(hire: Hire, meet: Meet) -> None:
    await hire()
    desk = await meet()
    await desk.connect(1)
    await desk.until("media", state="live", gen=1)
    # It takes no other place, and its connections have numbers of their own.
    await desk.join_in(1)
    row = await desk.settings()
    assert (row.devices, [mode for _, mode in row.device_modes]) == ("switch", ["switch"])
    assert not row.has_shared
    await desk.ask("pause", **SECOND)
    await desk.until("media", state="paused", **SECOND)
    await desk.ask("resume", **SECOND)
    await desk.until("media", state="live", **SECOND)
    await desk.ask("stop", **SECOND)
    ended = await desk.until("media", state="ended", **SECOND)
    assert (ended["reason"], ended["gen"]) == ("stopped", 1)
    # The dictation goes on, and the device may come back.
    seq = max((each["seq"] for each in desk.heard if each["type"] == "final"), default=0)
    await desk.final(seq + 1)
    await desk.join_in(2)
    await desk.say("stop")
    over = await desk.until("media", state="ended")
    assert "source" not in over
    row = await Session.objects.aget(pk=desk.session)
    assert [mode for _, mode in row.device_modes] == ["switch", "", "switch"]
    # What concerns the desk names no device.
    assert any(each["type"] == "media" and "source" not in each for each in desk.heard)
    assert not any(each.get("shared") for each in desk.heard)


async def test_either_device_carries_the_session_on(hire: Hire, meet: Meet) -> None:
    await hire()
    desk = await meet()
    await desk.connect(1)
    await desk.until("media", state="live", gen=1)
    await desk.join_in(1)
    await desk.peers[0].close()
    lost = await desk.until("error", code="media_lost")
    assert "source" not in lost
    seq = max((each["seq"] for each in desk.heard if each["type"] == "final"), default=0)
    final = await desk.final(seq + 2)
    row = await Session.objects.aget(pk=desk.session)
    assert row.ended_at is None
    # The desk is back, and the phone is gone.
    await desk.connect(2, target=desk.worker)
    await desk.until("media", state="live", gen=2)
    await desk.peers[1].close()
    assert (await desk.until("error", code="media_lost", **SECOND))["retryable"]
    later = await desk.until("final")
    later = await desk.final(later["seq"] + 1)
    assert later["start_ms"] > final["end_ms"]


async def test_two_people_are_written_apart_where_there_is_room_for_both(hire: Hire, meet: Meet) -> None:
    await hire(replace(CONFIG, sessions=2))
    desk, other = await meet(devices="separate"), await meet()
    await desk.connect(1)
    await other.connect(1)
    await other.until("media", state="live")
    await desk.until("media", state="live")
    await desk.offer(1, target=desk.worker, **SECOND)
    assert (await desk.until("error", **SECOND))["code"] == "no_room_to_share"
    await other.say("stop")
    await other.until("media", state="ended")
    await desk.join_in(2)
    shared = await desk.until("final", shared=True)
    row = await desk.settings()
    assert row.has_shared
    assert row.tells_speakers
    # The place is free again once it is gone.
    await desk.ask("stop", **SECOND)
    await desk.until("media", state="ended", **SECOND)
    await (await meet()).connect(1)
    assert await Utterance.objects.filter(
        session=uuid.UUID(desk.session), shared=True, seq=shared["seq"]
    ).aexists()


async def test_the_mode_is_changed_while_both_are_heard(hire: Hire, meet: Meet) -> None:
    await hire(replace(CONFIG, sessions=2))
    desk = await meet()
    await desk.connect(1)
    await desk.until("media", state="live")
    await desk.join_in(1)
    await desk.ask("mode", "nonsense")
    await desk.ask("mode", "separate")
    await desk.until("final", shared=True)
    await desk.ask("mode", "mix")
    await desk.say("stop")
    await desk.until("media", state="ended")
    row = await Session.objects.aget(pk=desk.session)
    assert (row.devices, [mode for _, mode in row.device_modes]) == ("mix", ["switch", "separate", "mix"])


async def test_a_mode_without_room_is_not_taken_and_what_is_heard_is_noted(hire: Hire, meet: Meet) -> None:
    await hire(replace(CONFIG, sessions=2))
    desk, other = await meet(), await meet()
    await desk.connect(1)
    await other.connect(1)
    await other.until("media", state="live")
    await desk.until("media", state="live")
    await desk.join_in(1)
    # As the page has chosen it.
    await Session.objects.filter(pk=desk.session).aupdate(devices="separate")
    await desk.ask("mode", "separate")
    await other.say("stop")
    await other.until("media", state="ended")
    await desk.say("stop")
    await desk.until("media", state="ended")
    row = await Session.objects.aget(pk=desk.session)
    assert (row.devices, [mode for _, mode in row.device_modes]) == ("switch", ["switch"])
    assert not row.has_shared


async def test_shared_sound_and_a_second_device_exclude_each_other(hire: Hire, meet: Meet) -> None:
    await hire(replace(CONFIG, sessions=3))
    desk = await meet()
    await desk.connect(1, shared=True)
    await desk.until("media", state="live")
    await desk.offer(1, target=desk.worker, **SECOND)
    refused = await desk.until("error", **SECOND)
    assert refused["code"] == "shares"
    assert "Stop sharing" in refused["message"]
    await desk.connect(2, target=desk.worker)
    await desk.until("media", state="live", gen=2)
    await desk.join_in(2)
    await desk.offer(3, target=desk.worker, shared=True)
    refused = await desk.until("error")
    assert (refused["code"], "source" in refused) == ("no_room_to_share", False)


async def test_each_device_has_a_channel_of_the_recording(hire: Hire, meet: Meet, tmp_path: Path) -> None:
    audio_recorder = AudioRecorder(tmp_path / "live")
    audio_recorder.start()
    await hire(audio_recorder=audio_recorder)
    desk = await meet(keep_sound=True)
    await desk.connect(1)
    await desk.until("speech", state="started")
    await desk.join_in(1)
    await desk.until("final")
    await desk.say("pause")
    await desk.until("media", state="paused")
    await desk.say("resume")
    await desk.until("final")
    await desk.ask("stop", **SECOND)
    await desk.until("media", state="ended", **SECOND)
    await desk.until("final")
    await desk.say("stop")
    ended = await desk.until("media", state="ended")
    assert await asyncio.to_thread(audio_recorder.close, 5)
    alone, both = PartsFolder(tmp_path / "live").parts(desk.session)
    assert (channels_of(str(alone.path)), channels_of(str(both.path))) == (1, 2)
    # To as long as a frame waits.
    assert abs(end_of(alone.path) - both.start) <= 48 * 60
    # Nothing is missing after it has left, where packets pass as they come again.
    assert abs((both.start + end_of(both.path)) // 48 - ended["clock_ms"]) <= 60


async def test_a_worker_that_never_heard_the_desk_takes_the_phone(hire: Hire, meet: Meet) -> None:
    await hire()
    desk = await meet()
    await desk.join_in(1)
    await desk.final(1)
    await desk.connect(1, target=desk.worker)
    await desk.until("media", state="live", gen=1)


async def test_a_bad_offer_of_the_phone_concerns_only_the_phone(hire: Hire, meet: Meet) -> None:
    await hire()
    desk = await meet()
    await desk.connect(1)
    await desk.until("media", state="live")
    await desk.offer(1, target=desk.worker, ticket="x" * 20, **SECOND)
    assert (await desk.until("error", **SECOND))["code"] == "offer_failed"
    await desk.until("final")
