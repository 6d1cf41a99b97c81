"""Sound over a sound socket: the real consumer, channel layer, stores and worker; a scripted engine."""

import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from channels.db import database_sync_to_async
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from captions.audio.opus import OpusStream
from captions.live.sound_socket.limits import SoundLimits
from captions.live.worker.transcribers import Transcribers
from captions.models import Session, User
from captions.protocol import sound_frames
from captions.protocol.messages import MessageError
from captions.recordings.audio_recorder import AudioRecorder
from captions.recordings.parts import PartsFolder
from captions.webrtc.audio import TICK_RATE
from tests.live.workers import Hire
from tests.recordings.support import offsets_ms, played
from tests.sockets import Socket
from tests.speech_data import Pcm, load_pcm
from whisperstream_site.asgi import application

pytestmark = pytest.mark.django_db(transaction=True)

ORIGIN = "http://localhost:8000"
PACKET_MS = 20
TICKS = TICK_RATE * PACKET_MS // 1000

Connect = Callable[..., Awaitable[Socket]]


@pytest.fixture
def user() -> User:
    return User.objects.create_user("maren", "maren@example.com", "a long password")


@pytest.fixture
def session(user: User) -> Session:
    return Session.objects.create(user=user, keep_sound=True)


@pytest.fixture
def login(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
async def connect(login: Client, layer: Any) -> AsyncIterator[Connect]:
    opened: list[Socket] = []

    async def connect(session: uuid.UUID, path: str = "sound/", *, client: Client | None = login) -> Socket:
        headers = [(b"origin", ORIGIN.encode())]
        if client is not None:
            name = django_settings.SESSION_COOKIE_NAME
            headers.append((b"cookie", f"{name}={client.cookies[name].value}".encode()))
        socket = Socket(application, f"/ws/sessions/{session}/{path}", headers=headers)
        opened.append(socket)
        await socket.connect()
        return socket

    yield connect
    for socket in opened:
        await socket.disconnect()


@pytest.fixture
def speech() -> Pcm:
    return load_pcm("note-en-us")


@pytest.fixture
def passed_on(monkeypatch: pytest.MonkeyPatch) -> list[Pcm]:
    """All samples that sessions take, silence in holes included."""
    found: list[Pcm] = []
    push, skip = Transcribers.push, Transcribers.skip

    def noting(self: Transcribers, samples: Pcm, shared: Pcm | None = None) -> None:
        found.append(samples)
        push(self, samples, shared)

    def skipping(self: Transcribers, samples: int) -> None:
        found.append(np.zeros(samples, np.int16))
        skip(self, samples)

    monkeypatch.setattr(Transcribers, "push", noting)
    monkeypatch.setattr(Transcribers, "skip", skipping)
    return found


class Page:
    """The recording of a page, whose sound goes over sound sockets."""

    def __init__(self, samples: Pcm) -> None:
        self.packets = [payload for payload, _ticks in OpusStream().push(samples)]

    async def send(self, socket: Socket, first: int, last: int, *, now: int | None = None) -> None:
        """Sends the packets with these numbers, when the page is at the packet `now`, five in a message."""
        now = last if now is None else now
        for start in range(first, last, 5):
            payloads = self.packets[start : min(start + 5, last)]
            frame = sound_frames.pack(start * TICKS, max(0, now - start) * PACKET_MS, payloads)
            await socket.send_to(bytes_data=frame)


async def say(socket: Socket, message: dict[str, Any]) -> None:
    await socket.send_to(text_data=json.dumps(message))


async def hear(socket: Socket, kind: str, **fields: Any) -> dict[str, Any]:
    """The next message of a kind with these fields."""
    while True:
        message: dict[str, Any] = json.loads(await socket.receive_from())
        if message["type"] == kind and fields.items() <= message.items():
            return message


async def closed(socket: Socket) -> int:
    while True:
        output = await socket.receive_output()
        if output["type"] == "websocket.close":
            return int(output["code"])


async def open_sound(connect: Connect, session: Session, gen: int = 1, **settings: Any) -> Socket:
    socket = await connect(session.pk)
    await say(
        socket, {"type": "open", "gen": gen, "clock": "one-page", "settings": {"language": "en", **settings}}
    )
    assert await hear(socket, "opened") == {"type": "opened", "gen": gen}
    return socket


async def test_sound_is_heard_acknowledged_and_kept_and_goes_on_over_another_socket_without_a_seam(
    hire: Hire,
    connect: Connect,
    session: Session,
    speech: Pcm,
    passed_on: list[Pcm],
    tmp_path: Path,
) -> None:
    recorder = AudioRecorder(tmp_path / "sound")
    recorder.start()
    await hire(audio_recorder=recorder)
    text = await connect(session.pk, "")
    ready = await hear(text, "ready")
    assert ready["roads"] == ["webrtc", "websocket"]
    page = Page(speech)
    half, count = len(page.packets) // 2, len(page.packets)
    first = await open_sound(connect, session)
    await page.send(first, 0, half)
    told = await hear(text, "media", state="live", gen=1)
    assert told["continues"] == 1, "nothing was heard before"
    told = await hear(first, "heard", position=half * TICKS)
    assert told["gen"] == 1
    assert told["clock_ms"] == pytest.approx(half * PACKET_MS, abs=PACKET_MS)
    await first.disconnect()
    # It begins three seconds earlier, since it does not know what arrived.
    second = await open_sound(connect, session, 2)
    await page.send(second, half - 150, count)
    told = await hear(second, "heard", position=count * TICKS)
    assert told["clock_ms"] == pytest.approx(count * PACKET_MS, abs=PACKET_MS)
    assert (await hear(text, "media", state="live", gen=2))["continues"] == 1
    await say(text, {"type": "stop"})
    ended = await hear(text, "media", state="ended")
    assert ended["clock_ms"] == pytest.approx(count * PACKET_MS, abs=PACKET_MS)
    assert await closed(second) == 1000
    spoken = speech / 32768
    # The codec delays it by 6.5 ms.
    offsets = offsets_ms(np.concatenate(passed_on) / 32768, spoken)
    assert len(offsets) > 10
    assert all(abs(each) < 12 for each in offsets), offsets
    recorder.close(5)
    part = PartsFolder(tmp_path / "sound").parts(str(session.pk))[0]
    assert all(abs(each) < 22 for each in offsets_ms(played(part.path), spoken))


async def test_strangers_are_refused(connect: Connect, session: Session) -> None:
    stranger = await User.objects.acreate_user("frank", "frank@example.com", "x")
    client = Client()
    await database_sync_to_async(client.force_login)(stranger)
    for code, options in ((4401, {"client": None}), (4404, {"client": client})):
        assert await closed(await connect(session.pk, **options)) == code


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"text_data": "{}"}, "malformed"),
        ({"text_data": json.dumps({"type": "open", "gen": 1, "clock": "?"})}, "malformed"),
        ({"text_data": json.dumps({"type": "open", "gen": 0, "clock": "one-page"})}, "malformed"),
        ({"text_data": json.dumps({"type": "open", "gen": 3, "clock": "one-page"})}, "stale_gen"),
        ({"bytes_data": sound_frames.pack(0, 0, [b"\x48hello"])}, "malformed"),
    ],
)
async def test_what_is_no_opening_ends_the_socket(
    connect: Connect, session: Session, message: dict[str, Any], code: str
) -> None:
    await Session.objects.filter(pk=session.pk).aupdate(gen=3)
    socket = await connect(session.pk)
    await socket.send_to(**message)
    assert (await hear(socket, "error"))["code"] == code
    assert await closed(socket) == 4400


async def test_a_server_may_take_no_sound_over_it_or_over_nothing_else(
    connect: Connect, session: Session, settings: Settings
) -> None:
    settings.SOUND_ROAD = "webrtc"
    socket = await connect(session.pk)
    await say(socket, {"type": "open", "gen": 1, "clock": "one-page"})
    assert (await hear(socket, "error"))["code"] == "road_closed"
    settings.SOUND_ROAD = "websocket"
    text = await connect(session.pk, "")
    assert (await hear(text, "ready"))["roads"] == ["websocket"]
    await say(text, {"type": "offer", "gen": 1, "sdp": "v=0"})
    assert (await hear(text, "error"))["code"] == "road_closed"


async def test_what_is_no_sound_ends_the_socket_and_not_the_session(
    hire: Hire, connect: Connect, session: Session, speech: Pcm
) -> None:
    await hire()
    page = Page(speech)
    first = await open_sound(connect, session)
    await page.send(first, 0, 50)
    await hear(first, "heard", position=50 * TICKS)
    await first.send_to(bytes_data=b"no sound")
    assert (await hear(first, "error"))["code"] == "malformed"
    assert await closed(first) == 4400
    text = await connect(session.pk, "")
    second = await open_sound(connect, session, 2)
    await page.send(second, 50, 100)
    assert await hear(second, "heard", position=100 * TICKS)
    assert (await hear(text, "media", state="live", gen=2))["continues"] == 1


async def test_what_another_worker_may_have_heard_is_skipped_and_the_sound_goes_on(
    hire: Hire, connect: Connect, session: Session, speech: Pcm
) -> None:
    await Session.objects.filter(pk=session.pk).aupdate(gen=1, clock_ms=5_000, clock_at=timezone.now())
    await hire()
    page = Page(speech)
    text = await connect(session.pk, "")
    socket = await open_sound(connect, session, 2)
    await page.send(socket, 0, 100, now=500)
    assert await hear(socket, "skipped", position=100 * TICKS)
    await page.send(socket, 500, 550)
    assert await hear(socket, "heard", position=550 * TICKS)
    assert (await hear(text, "media", state="live", gen=2))["continues"] == 2, (
        "another may have heard the rest"
    )


def test_a_flood_is_refused_and_what_a_page_has_kept_is_not() -> None:
    limits = SoundLimits()
    for _ in range(60):
        limits.check(8_000, 0.0)
    for second in range(60):
        for _ in range(25):
            limits.check(400, float(second))
    with pytest.raises(MessageError):
        limits.check(2_000_000, 60.0)
