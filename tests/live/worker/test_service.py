"""An audio worker in this process, and browsers that speak to it."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from channels.db import database_sync_to_async
from django.utils import timezone

from captions.asr.engine.base import Task
from captions.audio.noise.kinds import CleanerError
from captions.benchmarks.livetest.player import FileTrack, load_sound
from captions.live.continuing import reopen
from captions.live.worker import sound_cleaning
from captions.live.worker.service import AudioWorker
from captions.models import Session, TranscriptGap, User, Utterance
from captions.protocol import commands
from captions.protocol.commands import SHARED_CHANNEL, Control, Open
from captions.protocol.endpointing import Endpointing
from captions.protocol.registry import Registry, holder
from captions.protocol.registry import workers as workers_now
from captions.recordings.audio_recorder import AudioRecorder
from captions.recordings.parts import PartsFolder
from captions.speech.capacity import Cost
from captions.speech.types import SILENCE, Hypothesis, Word
from tests.factories import make_session
from tests.live import workers
from tests.live.workers import CONFIG, CountingRecogniser, Hire
from tests.recordings.support import played
from tests.speech_data import DATA

pytestmark = pytest.mark.django_db(transaction=True)


class Watcher:
    """A browser's part: one socket's channel, and peers that speak."""

    def __init__(self, layer: Any, session: str) -> None:
        self.layer = layer
        self.session = session
        self.channel = ""
        self.heard: list[dict[str, Any]] = []
        self.worker = ""
        self.peers: list[RTCPeerConnection] = []

    async def join(self) -> None:
        self.channel = await self.layer.new_channel()
        await self.layer.group_add(commands.group(self.session), self.channel)

    async def offer(
        self,
        gen: int,
        *,
        target: str = SHARED_CHANNEL,
        seconds: float = 60,
        paused: bool = False,
        **listening: Any,
    ) -> None:
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.peers.append(peer)
        peer.addTrack(FileTrack(load_sound(DATA / "note-en-us.flac")))
        await peer.setLocalDescription(await peer.createOffer())
        sdp = peer.localDescription.sdp
        deadline = time.time() + seconds
        offer = Open(self.session, gen, sdp, "en", paused, self.channel, deadline, **listening)
        await self.layer.send(target, commands.pack(offer))

    async def connect(self, gen: int, **options: Any) -> None:
        await self.offer(gen, **options)
        answer = await self.until("answer")
        await self.peers[-1].setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))

    async def final(self, seq: int) -> dict[str, Any]:
        """The final with that number, which may have come before."""
        finals = (each for each in self.heard if each["type"] == "final" and each["seq"] == seq)
        return next(finals, None) or await self.until("final", seq=seq)

    async def until(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The next message of that kind with those fields."""
        async with asyncio.timeout(60):
            while True:
                event = await self.layer.receive(self.channel)
                if event["type"] == "session.taken":
                    self.worker = event["worker"]
                if event["type"] != "session.event":
                    continue
                payload: dict[str, Any] = event["payload"]
                self.heard.append(payload)
                if payload["type"] == kind and fields.items() <= payload.items():
                    return payload

    async def say(self, action: str) -> None:
        await self.layer.send(self.worker, commands.pack(Control(self.session, action, self.channel)))  # type: ignore[arg-type]

    async def close(self) -> None:
        for peer in self.peers:
            await peer.close()


@pytest.fixture
def user() -> User:
    return User.objects.create_user("maren", "maren@example.com", "x")


def hold_decodes(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Lets decodes wait as long as the event is cleared."""
    go_on = asyncio.Event()
    go_on.set()
    decode = CountingRecogniser.decode

    async def held(self: CountingRecogniser, *arguments: Any, **options: Any) -> Hypothesis | None:
        await go_on.wait()
        return await decode(self, *arguments, **options)

    monkeypatch.setattr(CountingRecogniser, "decode", held)
    return go_on


async def gone(worker: AudioWorker) -> None:
    """Waits until a worker has drained."""
    async with asyncio.timeout(60):
        while worker.name in {each.name for each in await asyncio.to_thread(workers_now)}:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


Meet = Callable[..., Awaitable[Watcher]]


@pytest.fixture
async def meet(layer: Any, user: User) -> AsyncIterator[Meet]:
    """Brings watchers of new sessions."""
    watchers: list[Watcher] = []

    async def meet(session: Session | None = None) -> Watcher:
        session = session or await Session.objects.acreate(user=user)
        watcher = Watcher(layer, str(session.pk))
        watchers.append(watcher)
        await watcher.join()
        return watcher

    yield meet
    for watcher in watchers:
        await watcher.close()


async def saved(watcher: Watcher) -> list[tuple[int, str]]:
    session = await Session.objects.aget(pk=watcher.session)
    return [(row.seq, row.text) async for row in session.utterances.order_by("seq")]


async def test_speaks_pauses_and_stops(hire: Hire, meet: Meet) -> None:
    await hire()
    watcher = await meet()
    await watcher.connect(1)
    await watcher.until("media", state="live")
    first = await watcher.final(1)
    assert first["text"] == "One."
    await watcher.say("pause")
    paused = await watcher.until("media", state="paused")
    row = await Session.objects.aget(pk=watcher.session)
    await asyncio.sleep(0.5)
    await watcher.say("resume")
    live = await watcher.until("media", state="live")
    # It says so a moment after the clock goes on.
    assert live["clock_ms"] - paused["clock_ms"] < 450, "the clock stands still while paused"
    while first["start_ms"] < live["clock_ms"]:
        first = await watcher.final(first["seq"] + 1)
    await watcher.say("stop")
    ended = await watcher.until("media", state="ended")
    assert ended["reason"] == "stopped"
    rows = await saved(watcher)
    assert [seq for seq, _ in rows] == list(range(1, len(rows) + 1))
    async with asyncio.timeout(60):
        while (row := await Session.objects.aget(pk=watcher.session)).ended_at is None:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert row.state == "ended"
    assert row.clock_ms == ended["clock_ms"]


async def test_a_spoken_command_does_what_a_button_does(
    hire: Hire, meet: Meet, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    decode = CountingRecogniser.decode

    async def commands_a_stop(self: CountingRecogniser, *arguments: Any, **options: Any) -> Hypothesis | None:
        heard = await decode(self, *arguments, **options)
        words = [replace(word, text=" Stop dictation.") for word in heard.words[:1]] if heard else []
        return replace(heard, words=tuple(words)) if heard else None

    monkeypatch.setattr(CountingRecogniser, "decode", commands_a_stop)
    await hire()
    session = await Session.objects.acreate(user=user, commands=True)
    watcher = await meet(session)
    await watcher.connect(1, commands=True)
    final = await watcher.final(1)
    assert (final["text"], final["version"], final["command"]["does"]) == ("", 2, "stop")
    ended = await watcher.until("media", state="ended")
    assert ended["reason"] == "stopped"
    assert {text for _, text in await saved(watcher)} == {""}


async def test_a_dictation_that_is_continued_goes_on_where_it_ended(
    hire: Hire, meet: Meet, user: User, tmp_path: Path, settings: Any
) -> None:
    settings.SOUND_DIR = tmp_path / "live"
    audio_recorder = AudioRecorder(settings.SOUND_DIR)
    audio_recorder.start()
    await hire(audio_recorder=audio_recorder)
    row = await database_sync_to_async(make_session)(user, keep_sound=True)
    watcher = await meet(row)
    await watcher.connect(1)
    await watcher.final(1)
    await watcher.say("stop")
    ended = await watcher.until("media", state="ended")
    before = await saved(watcher)
    # At once, perhaps before the end is in the database.
    again = await database_sync_to_async(reopen)(user, row.pk, timezone.now())
    assert ended["clock_ms"] <= again.clock_now(timezone.now()) < ended["clock_ms"] + 1_500
    await watcher.connect(2)
    live = await watcher.until("media", state="live")
    assert ended["clock_ms"] <= live["clock_ms"] < ended["clock_ms"] + 3_000
    following = await watcher.final(len(before) + 1)
    assert following["start_ms"] >= ended["clock_ms"]
    await watcher.say("stop")
    last = await watcher.until("media", state="ended")
    rows = await saved(watcher)
    assert rows[: len(before)] == before
    assert [seq for seq, _ in rows] == list(range(1, len(rows) + 1))
    async with asyncio.timeout(60):
        while (row := await Session.objects.aget(pk=watcher.session)).ended_at is None:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert row.clock_ms == last["clock_ms"]
    assert await asyncio.to_thread(audio_recorder.close, 5)
    parts = PartsFolder(settings.SOUND_DIR).parts(watcher.session)
    assert [part.start // 48 >= ended["clock_ms"] for part in parts] == [False, True]


async def test_a_sign_of_life_that_was_under_way_does_not_open_a_session_again(
    hire: Hire, meet: Meet, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on, asked = asyncio.Event(), asyncio.Event()
    hold = Registry.hold

    async def slowly(self: Registry, session: str, worker: str) -> bool:
        if ending:
            asked.set()
            await may_go_on.wait()
        return await hold(self, session, worker)

    ending = False
    monkeypatch.setattr(Registry, "hold", slowly)
    await hire()
    watcher = await meet()
    await watcher.connect(1)
    await watcher.final(1)
    ending = True
    await asked.wait()
    await watcher.say("stop")
    await watcher.until("media", state="ended")
    async with asyncio.timeout(60):
        while (await Session.objects.aget(pk=watcher.session)).ended_at is None:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    may_go_on.set()
    await asyncio.sleep(1)
    assert (await Session.objects.aget(pk=watcher.session)).ended_at is not None


async def test_stop_in_mid_sentence_flushes_the_last_words(hire: Hire, meet: Meet) -> None:
    await hire()
    watcher = await meet()
    await watcher.connect(1)
    await watcher.until("speech", state="started")
    await watcher.say("stop")
    await watcher.until("media", state="ended")
    assert await saved(watcher) == [(1, "One.")]
    assert [message["type"] for message in watcher.heard if message["type"] == "final"] == ["final"]


async def test_listens_as_the_offer_says(hire: Hire, meet: Meet, monkeypatch: pytest.MonkeyPatch) -> None:
    recogniser = CountingRecogniser()
    monkeypatch.setattr(workers, "CountingRecogniser", lambda: recogniser)
    await hire()
    watcher = await meet()
    await watcher.connect(1, endpointing=Endpointing(prefix_ms=0), vocabulary=("Ishbel",))
    await watcher.until("speech", state="started")
    await watcher.say("stop")
    final = await watcher.final(1)
    assert final["start_ms"] > 550, "300 ms of what was before the first sound are not wanted"
    assert recogniser.hotwords == ("Ishbel",)


async def test_where_noise_cannot_be_taken_out_the_words_are_heard_all_the_same(
    hire: Hire, meet: Meet, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds: list[str] = []

    def missing(kind: str) -> None:
        kinds.append(kind)
        raise CleanerError("not installed")

    monkeypatch.setattr(sound_cleaning, "make_cleaner", missing)
    await hire()
    watcher = await meet()
    await watcher.connect(1, cleaning="far")
    await watcher.final(1)
    await watcher.say("stop")
    await watcher.until("media", state="ended")
    assert [each["code"] for each in watcher.heard if each["type"] == "error"] == ["not_cleaned"]
    assert kinds == ["far"]


async def test_what_is_said_in_another_language_is_translated(
    hire: Hire, meet: Meet, monkeypatch: pytest.MonkeyPatch
) -> None:
    class German(CountingRecogniser):
        async def decode(
            self, session: str, audio: Any, task: Task, *, urgent: bool = False
        ) -> Hypothesis | None:
            if task.translate:
                assert session.endswith(".translated")
                return Hypothesis((Word(0, 500, " In English.", 0.9),), "de", 1.0, 0.0, -0.1, 1.0)
            heard = await super().decode(session, audio, task, urgent=urgent)
            return heard and replace(heard, language="de")

    monkeypatch.setattr(workers, "CountingRecogniser", German)
    await hire()
    watcher = await meet()
    await watcher.connect(1, translate=True)
    translated = await watcher.until("final", seq=1, translation="In English.")
    first = next(message for message in watcher.heard if message["type"] == "final")
    assert {**first, "translation": "In English."} == translated
    await watcher.say("stop")
    await watcher.until("media", state="ended")
    written = Utterance.objects.filter(session=uuid.UUID(watcher.session), seq=1, translation="In English.")
    async with asyncio.timeout(60):
        while not await written.aexists():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


# Each costs what leaves room for one.
COSTS = (Cost(4, 0.5), Cost(9, 0.9))


@pytest.mark.parametrize(("sessions", "costs"), [(1, ()), (0, COSTS)], ids=["configured", "measured"])
async def test_takes_no_more_than_it_has_room_for(
    hire: Hire, meet: Meet, sessions: int, costs: tuple[Cost, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CountingRecogniser, "state", replace(CountingRecogniser.state, costs=costs))
    await hire(replace(CONFIG, sessions=sessions))
    first, second = await meet(), await meet()
    await first.connect(1)
    await second.offer(1, seconds=0.5)
    await asyncio.sleep(0.7)
    await first.say("stop")
    await first.until("media", state="ended")
    # The offer that nobody took in time is void; a new one is welcome.
    await second.connect(2)
    await second.until("media", state="live")
    assert not [message for message in second.heard if message["type"] == "answer" and message["gen"] == 1]


async def test_shared_sound_takes_the_room_of_another_session_and_is_written_apart(
    hire: Hire, meet: Meet
) -> None:
    await hire(replace(CONFIG, sessions=2))
    first, second = await meet(), await meet()
    await first.connect(1)
    await second.connect(1)
    await first.until("media", state="live")
    await first.offer(2, target=first.worker, shared=True)
    assert (await first.until("error"))["code"] == "no_room_to_share"
    await second.say("stop")
    await second.until("media", state="ended")
    await first.connect(3, target=first.worker, shared=True)
    answer = [message for message in first.heard if message["type"] == "answer"][-1]
    assert "stereo=1" in answer["sdp"]
    await first.until("media", state="live", gen=3)
    shared = await first.until("final", shared=True)
    await first.say("stop")
    await first.until("media", state="ended")
    finals = [message for message in first.heard if message["type"] == "final"]
    assert any("shared" not in message for message in finals)
    assert await Utterance.objects.filter(
        session=uuid.UUID(first.session), shared=True, seq=shared["seq"]
    ).aexists()


async def test_takes_nobody_while_decodes_wait_for_long(
    hire: Hire, meet: Meet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CountingRecogniser, "overloaded", True)
    await hire()
    watcher = await meet()
    await watcher.offer(1, seconds=0.5)
    await asyncio.sleep(0.7)
    monkeypatch.setattr(CountingRecogniser, "overloaded", False)
    await watcher.connect(2)
    await watcher.until("media", state="live")
    assert not [message for message in watcher.heard if message["type"] == "answer" and message["gen"] == 1]


async def test_a_new_peer_takes_over_on_the_same_clock(hire: Hire, meet: Meet) -> None:
    await hire()
    watcher = await meet()
    await watcher.connect(1)
    first = await watcher.final(1)
    await watcher.peers[0].close()
    began = time.monotonic()
    await asyncio.sleep(1.5)
    then = timezone.now()
    await watcher.connect(2, target=watcher.worker)
    live = await watcher.until("media", state="live", gen=2)
    passed = (time.monotonic() - began) * 1000
    row = await Session.objects.aget(pk=watcher.session)
    assert live["clock_ms"] >= row.clock_now(then) - 200, "what is missing counts"
    before, after = first, first
    while after["start_ms"] < live["clock_ms"]:
        before, after = after, await watcher.final(after["seq"] + 1)
    assert after["start_ms"] - before["end_ms"] >= passed - 500
    await watcher.say("stop")
    await watcher.until("media", state="ended")


async def test_a_lost_peer_is_told_and_the_session_stays(hire: Hire, meet: Meet) -> None:
    worker = await hire()
    watcher = await meet()
    await watcher.connect(1)
    await watcher.until("speech", state="started")
    await watcher.peers[0].close()
    error = await watcher.until("error")
    await watcher.final(1)
    assert (error["code"], error["retryable"]) == ("media_lost", True)
    assert "not being recorded" in error["message"]
    await watcher.connect(2, target=worker.name)
    await watcher.final(2)


async def test_a_paused_session_that_moves_stays_paused(hire: Hire, meet: Meet) -> None:
    await hire()
    watcher = await meet()
    await watcher.connect(1, paused=True)
    await asyncio.sleep(3)
    await watcher.say("resume")
    await watcher.until("media", state="live")
    assert not [message for message in watcher.heard if message["type"] == "speech"]
    assert (await watcher.until("speech", state="started"))["at_ms"] < 2_000
    await watcher.final(1)


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"session_seconds": 1}, "limit"),
        ({"resume_seconds": 0.5, "alone_seconds": 0.5}, "lost"),
        ({"silence_seconds": 0.2}, "silence"),
    ],
)
async def test_ends_by_itself(hire: Hire, meet: Meet, limits: dict[str, float], reason: str) -> None:
    await hire(replace(CONFIG, limits=replace(CONFIG.limits, **limits)))
    watcher = await meet()
    await watcher.connect(1)
    assert (await watcher.until("media", state="ended"))["reason"] == reason


async def test_where_sound_is_the_sign_of_life_a_session_lasts_as_long_as_it_arrives(
    hire: Hire, meet: Meet
) -> None:
    await hire(replace(CONFIG, limits=replace(CONFIG.limits, resume_seconds=1)))
    watcher = await meet()
    await watcher.connect(1, presence="media")
    await watcher.final(2)
    # What arrives in a pause is a sign of life too.
    await watcher.say("pause")
    await watcher.until("media", state="paused")
    await asyncio.sleep(2.5)
    await watcher.say("resume")
    await watcher.until("media", state="live")
    await watcher.peers[0].close()
    assert (await watcher.until("media", state="ended"))["reason"] == "lost"


async def test_an_offer_that_must_not_take_the_place_of_somebody_who_is_heard(hire: Hire, meet: Meet) -> None:
    worker = await hire()
    watcher = await meet()
    await watcher.connect(1, unless_heard=True)
    await watcher.final(1)
    await watcher.offer(2, target=worker.name, unless_heard=True)
    assert (await watcher.until("error"))["code"] == "heard"
    await watcher.final(2)
    await watcher.peers[0].close()
    await watcher.until("media", state="stalled")
    await watcher.connect(3, target=worker.name, unless_heard=True)
    await watcher.until("media", state="live", gen=3)


async def test_draining_writes_the_last_words_and_lets_the_session_go(hire: Hire, meet: Meet) -> None:
    worker = await hire()
    watcher = await meet()
    await watcher.connect(1)
    started = await watcher.until("speech", state="started")
    worker.stop()
    error = await watcher.until("error")
    assert (error["code"], error["retryable"]) == ("worker_leaves", True)
    await watcher.final(1)
    assert await saved(watcher) == [(1, "One.")]
    async with asyncio.timeout(60):
        # Nothing is missing of it.
        while (left := await Session.objects.aget(pk=watcher.session)).settled_ms < left.clock_ms:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert left.clock_ms >= started["at_ms"]

    await hire()
    await watcher.connect(2)
    live = await watcher.until("media", state="live", gen=2)
    assert live["clock_ms"] > started["at_ms"], "the clock went on"
    await watcher.final(2)
    assert (await Session.objects.aget(pk=watcher.session)).ended_at is None


async def in_mid_sentence(
    hire: Hire, meet: Meet, user: User, audio_recorder: AudioRecorder
) -> tuple[AudioWorker, Watcher]:
    """A worker to whom somebody is speaking, and their page; the sound is recorded."""
    audio_recorder.start()
    worker = await hire(audio_recorder=audio_recorder)
    watcher = await meet(await database_sync_to_async(make_session)(user, keep_sound=True))
    await watcher.connect(1)
    await watcher.until("speech", state="started")
    return worker, watcher


async def test_while_a_worker_drains_its_sound_is_recorded_if_nobody_else_can_hear_it(
    hire: Hire, meet: Meet, user: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = hold_decodes(monkeypatch)
    audio_recorder = AudioRecorder(tmp_path / "live")
    worker, watcher = await in_mid_sentence(hire, meet, user, audio_recorder)
    go_on.clear()
    asked = asyncio.get_running_loop().call_later(1.5, go_on.set)
    worker.stop()
    error = await watcher.until("error")
    assert asked.when() <= asyncio.get_running_loop().time(), "it is told once its last words are written"
    assert error["code"] == "worker_leaves", "it has saved all that it heard"
    await gone(worker)
    row = await Session.objects.aget(pk=watcher.session)
    assert await asyncio.to_thread(audio_recorder.close, 5)
    (part,) = PartsFolder(tmp_path / "live").parts(watcher.session)
    assert part.start // 48 + played(part.path).size // 16 == pytest.approx(row.clock_ms, abs=200)
    assert row.settled_ms < row.clock_ms, "the rest is left to be recovered"


async def test_a_worker_that_drains_sends_its_pages_to_another_one_at_once(
    hire: Hire, meet: Meet, user: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = hold_decodes(monkeypatch)
    audio_recorder = AudioRecorder(tmp_path / "live")
    worker, watcher = await in_mid_sentence(hire, meet, user, audio_recorder)
    go_on.clear()
    other = await hire(audio_recorder=audio_recorder)
    async with asyncio.timeout(60):
        while other.name not in {each.name for each in await asyncio.to_thread(workers_now)}:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    worker.stop()
    error = await watcher.until("error")
    assert (error["code"], error["retryable"]) == ("worker_leaves", True)
    await watcher.connect(2)
    live = await watcher.until("media", state="live", gen=2)
    assert watcher.worker == other.name
    of_first = Utterance.objects.filter(session=uuid.UUID(watcher.session), start_ms__lt=live["clock_ms"])
    before = await of_first.acount()
    go_on.set()
    await gone(worker)
    assert await of_first.acount() > before, "its last words were written after the other one had taken over"
    row = await Session.objects.aget(pk=watcher.session)
    assert row.clock_now(timezone.now()) > live["clock_ms"], "its clock is the other one's"
    assert holder(watcher.session) == other.name
    await asyncio.to_thread(audio_recorder.close, 5)


async def test_what_a_dead_worker_heard_and_did_not_write_is_noted_for_whoever_reads_the_sound(
    hire: Hire, meet: Meet, user: User, tmp_path: Path
) -> None:
    asked = asyncio.Event()
    row = await database_sync_to_async(make_session)(user, keep_sound=True)
    await Session.objects.filter(pk=row.pk).aupdate(clock_ms=7_000, clock_at=timezone.now(), settled_ms=3_000)
    audio_recorder = AudioRecorder(tmp_path / "live")
    loop = asyncio.get_running_loop()
    await hire(audio_recorder=audio_recorder, recover=lambda: loop.call_soon_threadsafe(asked.set))
    watcher = await meet(row)
    await watcher.connect(1)
    async with asyncio.timeout(60):
        await asked.wait()
    gap = await TranscriptGap.objects.aget()
    assert gap.start_ms == 3_000
    assert 7_000 <= gap.end_ms < 12_000
    live = await watcher.until("media", state="live")
    assert live["clock_ms"] >= gap.end_ms


@pytest.mark.parametrize(
    ("before", "is_kept"),
    [
        ({}, False),
        ({"clock_ms": 7_000, "clock_at": True}, True),
        # It was paused or continued.
        ({"clock_ms": 7_000}, True),
    ],
)
async def test_only_a_worker_that_heard_all_of_a_dictation_says_that_nothing_was_said(
    hire: Hire, meet: Meet, monkeypatch: pytest.MonkeyPatch, before: dict[str, Any], is_kept: bool
) -> None:
    async def nothing(self: CountingRecogniser, *arguments: Any, urgent: bool = False) -> Hypothesis:
        return SILENCE

    monkeypatch.setattr(CountingRecogniser, "decode", nothing)
    await hire()
    watcher = await meet()
    if before:
        clock_at = timezone.now() if "clock_at" in before else None
        await Session.objects.filter(pk=watcher.session).aupdate(**before | {"clock_at": clock_at})
    await watcher.connect(1)
    await watcher.until("media", state="live")
    await watcher.say("stop")
    ended = await watcher.until("media", state="ended")
    assert ended.get("kept", True) is is_kept
    assert await Session.objects.filter(pk=watcher.session).aexists() is is_kept


@pytest.mark.parametrize("wrong", [timedelta(hours=1), timedelta(hours=-1)])
async def test_the_clock_of_a_host_counts_for_nothing(
    hire: Hire, meet: Meet, monkeypatch: pytest.MonkeyPatch, wrong: timedelta
) -> None:
    """Neither for how long an offer waits, nor for the clock of a session that another host had."""
    before = timezone.now()
    row = await database_sync_to_async(make_session)(clock_ms=7_000, clock_at=before, settled_ms=7_000)
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + wrong.total_seconds())
    monkeypatch.setattr(timezone, "now", lambda: datetime.now(UTC) + wrong)
    await hire()
    watcher = await meet(row)
    registry = Registry()
    seconds = await registry.now() + 60 - time.time()
    await registry.close()
    await watcher.connect(1, seconds=seconds)
    live = await watcher.until("media", state="live")
    assert 7_000 <= live["clock_ms"] < 67_000


async def test_two_workers_never_hold_one_session(hire: Hire, meet: Meet) -> None:
    first, second = await hire(), await hire()
    watcher = await meet()
    await watcher.connect(1)
    other = second if watcher.worker == first.name else first
    await watcher.offer(2, target=other.name, seconds=1)
    final = await watcher.final(1)
    assert final["seq"] == 1
    assert [m["gen"] for m in watcher.heard if m["type"] == "answer"] == [1]


async def test_a_bad_offer_gets_a_sentence_and_costs_nothing(hire: Hire, meet: Meet) -> None:
    await hire()
    watcher = await meet()
    video = Open(
        watcher.session,
        1,
        "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n",
        "",
        False,
        watcher.channel,
        time.time() + 5,
    )
    await watcher.layer.send(SHARED_CHANNEL, commands.pack(video))
    error = await watcher.until("error")
    assert error["code"] == "offer_refused"
    assert error["message"].endswith(".")
    await watcher.connect(2, target=watcher.worker)
    await watcher.final(1)


async def test_an_unknown_session_is_not_taken(hire: Hire, meet: Meet, user: User) -> None:
    worker = await hire()
    unknown = Session(pk=uuid.uuid4(), user=user)
    watcher = await meet(unknown)
    await watcher.offer(1)
    watcher = await meet()
    await watcher.connect(1)
    await watcher.until("media", state="live")
    assert watcher.worker == worker.name


async def test_a_deleted_session_is_let_go(hire: Hire, meet: Meet) -> None:
    worker = await hire()
    watcher = await meet()
    await watcher.connect(1)
    await watcher.until("speech", state="started")
    await database_sync_to_async(Session.objects.filter(pk=watcher.session).delete)()
    other = await meet()
    async with asyncio.timeout(60):
        while holder(watcher.session):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await other.connect(1)
    await other.until("media", state="live")
    assert other.worker == worker.name


@pytest.mark.parametrize("wanted", [True, False], ids=["wanted", "not wanted"])
async def test_keeps_the_sound_where_it_is_wanted(
    hire: Hire, meet: Meet, user: User, tmp_path: Path, wanted: bool
) -> None:
    audio_recorder = AudioRecorder(tmp_path / "live")
    audio_recorder.start()
    await hire(audio_recorder=audio_recorder)
    watcher = await meet(await database_sync_to_async(make_session)(user, keep_sound=wanted))
    await watcher.connect(1)
    await watcher.until("speech", state="started")
    await watcher.say("pause")
    await watcher.until("media", state="paused")
    await watcher.say("resume")
    await watcher.until("media", state="live")
    await watcher.final(2)
    await watcher.say("stop")
    ended = await watcher.until("media", state="ended")
    assert await asyncio.to_thread(audio_recorder.close, 5)
    parts = PartsFolder(tmp_path / "live").parts(watcher.session)
    if wanted:
        (part,) = parts
        reaches_ms = part.start // 48 + played(part.path).size // 16
        assert abs(reaches_ms - ended["clock_ms"]) <= 20
    else:
        assert parts == []


async def test_says_that_sound_cannot_be_kept_and_goes_on(
    hire: Hire, meet: Meet, user: User, tmp_path: Path
) -> None:
    (tmp_path / "live").write_text("in the way of the folder")
    audio_recorder = AudioRecorder(tmp_path / "live", retry_seconds=0.5)
    audio_recorder.start()
    await hire(audio_recorder=audio_recorder)
    watcher = await meet(await database_sync_to_async(make_session)(user, keep_sound=True))
    await watcher.connect(1)
    error = await watcher.until("error")
    assert (error["code"], error["retryable"]) == ("sound_not_kept", False)
    await watcher.final(1)
    (tmp_path / "live").unlink()
    await watcher.until("sound_kept")
    await asyncio.to_thread(audio_recorder.close, 5)
