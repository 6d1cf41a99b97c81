"""A call to a service over WebRTC, which is answered in this process."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import numpy as np
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from captions.asr.engine.base import EngineError, Task
from captions.asr.engine.openai.service import Service
from captions.asr.engine.realtime import call_line
from captions.asr.engine.realtime.call_line import CallLine
from captions.asr.engine.realtime.stream import Stream, streams_of
from tests.local_server import serving

_PART = re.compile(
    rb'name="([^"]+)"\r\nContent-Type: ([^\r]+)\r\n(?:[^\r\n]+\r\n)*\r\n(.*?)\r\n--', re.DOTALL
)
TONE = (np.sin(np.arange(16_000) * 2 * np.pi * 440 / 16_000) * 8_000).astype(np.int16)


@dataclass
class FakeCalls:
    """Answers calls; `edit` changes its answers, `status` refuses them with `code`."""

    loop: asyncio.AbstractEventLoop
    port: int = 0
    status: int = 201
    code: str = ""
    edit: Callable[[str], str] = lambda sdp: sdp
    headers: dict[str, str] = field(default_factory=dict)
    parts: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    loudest: int = 0
    on_event: Callable[[Any, dict[str, Any]], None] = lambda channel, event: None
    connections: list[RTCPeerConnection] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def service(self) -> Service:
        return Service(f"http://127.0.0.1:{self.port}/v1", "whisper", "sk-secret", speaks="webrtc")

    async def answer(self, offer: str) -> str:
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.connections.append(connection)
        connection.on("track", lambda track: self.tasks.append(asyncio.create_task(self._hear(track))))
        connection.on("datachannel", self._open)
        await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        return self.edit(connection.localDescription.sdp)

    def _open(self, channel: Any) -> None:
        assert channel.label == "oai-events"
        channel.on("message", lambda text: self._take(channel, json.loads(text)))
        channel.send(json.dumps({"type": "session.created", "session": {}}))

    def _take(self, channel: Any, event: dict[str, Any]) -> None:
        self.events.append(event)
        if event["type"] == "session.update":
            channel.send(json.dumps({"type": "session.updated", "session": event["session"]}))
        self.on_event(channel, event)

    async def _hear(self, track: Any) -> None:
        with suppress(MediaStreamError):
            while True:
                self.loudest = max(self.loudest, int(np.abs((await track.recv()).to_ndarray()).max()))


Line = Callable[[], Awaitable[CallLine]]


@pytest.fixture
async def calls() -> AsyncIterator[FakeCalls]:
    fake = FakeCalls(asyncio.get_running_loop())

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/realtime/calls"
            body = self.rfile.read(int(self.headers["Content-Length"]))
            fake.headers = dict(self.headers)
            fake.parts = {name.decode(): (kind.decode(), value) for name, kind, value in _PART.findall(body)}
            if fake.status in (200, 201):
                offer = fake.parts["sdp"][1].decode()
                said = asyncio.run_coroutine_threadsafe(fake.answer(offer), fake.loop).result(20).encode()
            else:
                said = json.dumps({"error": {"code": fake.code, "message": "sk-secret"}}).encode()
            self.send_response(fake.status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with serving(Handler) as fake.port:
        yield fake
        for connection in fake.connections:
            await connection.close()
        for task in fake.tasks:
            task.cancel()


@pytest.fixture
async def line(calls: FakeCalls) -> AsyncIterator[Line]:
    opened: list[CallLine] = []

    async def open_line() -> CallLine:
        opened.append(await CallLine.open(calls.service, 2))
        return opened[-1]

    yield open_line
    for each in opened:
        await each.close()


async def until(is_so: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not is_so():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def with_more(sdp: str) -> str:
    """As a server with ice-lite answers that can be reached over TCP, too."""
    candidate = "a=candidate:9 1 tcp 1 192.0.2.1 9 typ host tcptype passive\r\na=candidate:"
    return sdp.replace("\r\nt=0 0", "\r\nt=0 0\r\na=ice-lite", 1).replace("a=candidate:", candidate, 1)


@pytest.mark.parametrize(("status", "edit"), [(201, lambda sdp: sdp), (200, with_more)])
async def test_a_call_has_sound_and_events(
    calls: FakeCalls, line: Line, status: int, edit: Callable[[str], str]
) -> None:
    calls.status, calls.edit = status, edit
    called = await line()
    assert (await called.hear())["type"] == "session.created"
    kind, offer = calls.parts["sdp"]
    assert kind == "application/sdp"
    assert offer.count(b"m=audio") == offer.count(b"a=sendonly") == offer.count(b"webrtc-datachannel") == 1
    kind, session = calls.parts["session"]
    assert kind == "application/json"
    assert json.loads(session) == {
        "type": "transcription",
        "audio": {"input": {"transcription": {"model": "whisper"}, "turn_detection": None}},
    }
    assert calls.headers["Authorization"] == "Bearer sk-secret"
    assert calls.headers["X-WhisperStream-Hops"] == "2"
    await called.push(TONE)
    await called.settle()
    assert calls.loudest > 6_000
    assert called.sent_ms >= 1_000
    await called.say({"type": "input_audio_buffer.commit"})
    await until(lambda: calls.events == [{"type": "input_audio_buffer.commit"}])


@pytest.mark.parametrize(
    ("status", "code", "sentence", "retryable"),
    [
        (401, "invalid_api_key", "refuses the key", False),
        (400, "too_many_hops", "may lead back to this one", False),
        (404, "", "no such service or model", False),
        (429, "rate_limit_exceeded", "cannot be reached, or is busy", True),
        (503, "", "cannot be reached, or is busy", True),
    ],
)
async def test_a_call_that_is_refused(
    calls: FakeCalls, line: Line, status: int, code: str, sentence: str, retryable: bool
) -> None:
    calls.status, calls.code = status, code
    with pytest.raises(EngineError, match=sentence) as error:
        await line()
    assert error.value.retryable is retryable
    assert "sk-" not in repr(error.value)
    assert error.value.__cause__ is None


@pytest.mark.parametrize("edit", [lambda sdp: "<html>", lambda sdp: "v=0\r\n", lambda sdp: ""])
async def test_an_answer_that_is_none(calls: FakeCalls, line: Line, edit: Callable[[str], str]) -> None:
    calls.edit = edit
    with pytest.raises(EngineError, match="could not be understood"):
        await line()


async def test_a_call_that_never_connects(
    calls: FakeCalls, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_line, "_CONNECTED_SECONDS", 0.5)
    calls.edit = lambda sdp: re.sub(r"a=ice-pwd:[^\r]*", "a=ice-pwd:" + "x" * 22, sdp)
    with pytest.raises(EngineError, match="cannot be reached"):
        await line()


async def test_what_was_said_before_it_was_hung_up_is_heard(calls: FakeCalls, line: Line) -> None:
    def end(channel: Any, event: dict[str, Any]) -> None:
        channel.send(json.dumps({"type": "error", "error": {"code": "session_expired"}}))
        channel.close()

    calls.on_event = end
    called = await line()
    await called.say({"type": "input_audio_buffer.commit"})
    assert (await called.hear())["type"] == "session.created"
    assert (await called.hear())["type"] == "error"
    with pytest.raises(EngineError):
        await called.hear()
    with pytest.raises(EngineError):
        await called.push(TONE)
    with pytest.raises(EngineError):
        await called.say({"type": "input_audio_buffer.commit"})


async def test_what_is_no_event(calls: FakeCalls, line: Line) -> None:
    calls.on_event = lambda channel, event: channel.send("<html>")
    called = await line()
    await called.say({"type": "input_audio_buffer.commit"})
    await called.hear()
    with pytest.raises(EngineError, match="could not be understood"):
        await called.hear()


async def test_more_events_than_anybody_hears_end_it(
    calls: FakeCalls, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flood(channel: Any, event: dict[str, Any]) -> None:
        for _ in range(5):
            channel.send(json.dumps({"type": "nothing"}))

    monkeypatch.setattr(call_line, "_MOST_UNHEARD", 3)
    calls.on_event = flood
    called = await line()
    await called.say({"type": "input_audio_buffer.commit"})
    await asyncio.wait([called._lost])
    with pytest.raises(EngineError, match="could not be understood"):
        await called.push(TONE)
    assert [(await called.hear())["type"] for _ in range(3)] == ["session.created", "nothing", "nothing"]
    with pytest.raises(EngineError):
        await called.hear()


async def test_a_call_in_which_nobody_speaks_is_hung_up(
    calls: FakeCalls, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_line, "_IDLE_SECONDS", 0.1)
    called = await line()
    await called.hear()
    with pytest.raises(EngineError):
        await called.hear()


async def test_a_stream_over_a_call(calls: FakeCalls) -> None:
    heard: list[int] = []

    def answer(channel: Any, event: dict[str, Any]) -> None:
        if event["type"] == "input_audio_buffer.commit":
            heard.append(calls.loudest)
            channel.send(json.dumps({"type": "input_audio_buffer.committed", "item_id": "a"}))
            text = "conversation.item.input_audio_transcription.completed"
            channel.send(json.dumps({"type": text, "item_id": "a", "transcript": "One."}))

    calls.on_event = answer
    stream: Stream | None = streams_of(calls.service).open(Task("final", "de"))
    assert stream is not None
    try:
        stream.push(TONE)
        assert (await stream.commit()).text == "One."
    finally:
        await stream.close()
    assert heard[0] > 6_000, "the sound was there before the commit"
    update = calls.events[0]["session"]["audio"]["input"]
    assert update == {"transcription": {"model": "whisper", "language": "de"}, "turn_detection": None}
    assert stream.take_sent_ms() >= 1_000
