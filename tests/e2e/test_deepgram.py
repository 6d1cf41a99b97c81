"""Deepgram's protocol on the whole product: sound in real time, a browser's recorder, a file, and who may."""

import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.e2e.conftest import SILENT_SECONDS, Speaker, errors, log_in
from tests.e2e.offline import allowed_errors
from tests.e2e.product import Product
from tests.speech_data import DATA, SAMPLE_RATE, load_pcm

pytestmark = pytest.mark.browser

_RAW = "encoding=linear16&sample_rate=16000"
_PIECE = SAMPLE_RATE // 10


@pytest.fixture
def token(product: Product, maren: str) -> str:
    return product.token(maren, "live", "transcribe")


def listening(product: Product, token: str, query: str = _RAW) -> ClientConnection:
    address = f"{product.url.replace('http', 'ws')}/v1/listen?language=en&{query}"
    return connect(address, additional_headers={"Authorization": f"Token {token}"})


def messages(socket: ClientConnection) -> Iterator[dict[str, Any]]:
    """Until the socket closes, whatever the code."""
    with suppress(ConnectionClosedError):
        for message in socket:
            yield json.loads(message)


def transcript(told: list[dict[str, Any]]) -> str:
    finals = [each for each in told if each["type"] == "Results" and each["is_final"]]
    return " ".join(filter(None, (each["channel"]["alternatives"][0]["transcript"] for each in finals)))


def test_samples_in_real_time(product: Product, token: str, maren: str, model: str) -> None:
    sound = load_pcm("note-en-us")
    with listening(product, token, f"{_RAW}&interim_results=true&vad_events=true") as socket:
        began = time.monotonic()
        socket.send(json.dumps({"type": "KeepAlive"}))
        for number, start in enumerate(range(0, sound.size, _PIECE), 1):
            socket.send(sound[start : start + _PIECE].astype("<i2").tobytes())
            time.sleep(max(0.0, number * 0.1 - (time.monotonic() - began)))
        socket.send(json.dumps({"type": "Finalize"}))
        socket.send(json.dumps({"type": "CloseStream"}))
        told = list(messages(socket))
        assert socket.close_code == 1000
    said = transcript(told)
    assert errors("note-en-us", said) <= allowed_errors("note-en-us", model), said
    kinds = [each["type"] for each in told]
    assert "SpeechStarted" in kinds
    assert kinds[-1] == "Metadata"
    assert told[-1]["duration"] == pytest.approx(sound.size / SAMPLE_RATE, abs=0.01)
    results = [each for each in told if each["type"] == "Results"]
    assert not results[0]["is_final"]
    assert [each["from_finalize"] for each in results].count(True) == 1
    assert {each["metadata"]["request_id"] for each in results} == {told[-1]["request_id"]}
    ends = [word["end"] for each in results for word in each["channel"]["alternatives"][0]["words"]]
    assert ends == sorted(ends)


def test_the_recorder_of_a_browser(
    product: Product, token: str, maren: str, speaker: Speaker, model: str
) -> None:
    page = log_in(speaker("note-en-us"), product, maren).page
    told = page.evaluate(
        """async ([token, seconds]) => {
            const told = [];
            const address = location.origin.replace("http", "ws") + "/v1/listen?language=en&interim_results=true";
            const socket = new WebSocket(address, ["token", token]);
            const closed = new Promise((done) => { socket.onclose = (event) => done(event.code); });
            const began = performance.now();
            socket.onmessage = ({ data }) => told.push({ at: performance.now() - began, ...JSON.parse(data) });
            await new Promise((done) => { socket.onopen = done; });
            const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
            const recorder = new MediaRecorder(stream, { mimeType: "audio/webm" });
            recorder.ondataavailable = ({ data }) => socket.send(data);
            recorder.start(250);
            await new Promise((done) => setTimeout(done, seconds * 1000));
            recorder.stop();
            await new Promise((done) => { recorder.onstop = done; });
            socket.send(JSON.stringify({ type: "CloseStream" }));
            return { told, code: await closed, protocol: socket.protocol };
        }""",
        [token, SILENT_SECONDS + load_pcm("note-en-us").size / SAMPLE_RATE + 1],
    )
    assert (told["protocol"], told["code"]) == ("token", 1000)
    said = transcript(told["told"])
    assert errors("note-en-us", said) <= allowed_errors("note-en-us", model) + 2, said
    first = next(each for each in told["told"] if each["type"] == "Results")
    assert first["at"] < (SILENT_SECONDS + 15) * 1000, "its words come while it is recorded"
    assert told["told"][-1]["type"] == "Metadata"


def test_a_file(product: Product, token: str, model: str) -> None:
    answer = json.loads(post(product, token, (DATA / "note-en-us.flac").read_bytes()))
    said = answer["results"]["channels"][0]["alternatives"][0]["transcript"]
    assert errors("note-en-us", said) <= allowed_errors("note-en-us", model) + 4, said


def test_who_may(product: Product, token: str, maren: str) -> None:
    other = product.add_user(f"other-{uuid.uuid4().hex[:6]}")
    reader = product.token(other, "read")
    with pytest.raises(InvalidStatus) as refused, listening(product, "wsp_" + "a" * 42):
        pass
    assert refused.value.response.status_code == 403
    for text, query, code in (
        (reader, _RAW, "INSUFFICIENT_PERMISSIONS"),
        (token, "encoding=g729", "Bad Request"),
    ):
        with listening(product, text, query) as socket:
            [error] = messages(socket)
            assert (error["type"], error["variant"], socket.close_code) == ("Error", code, 1008)
    with pytest.raises(urllib.error.HTTPError) as unauthorised:
        post(product, reader, b"")
    assert unauthorised.value.code == 403
    with listening(product, token) as socket, ThreadPoolExecutor(1) as pool:
        revoking = pool.submit(product.manage, "shell", "--command", _REVOKE.format(name=maren))
        # A busy machine takes longer to start a process than a client may be silent.
        with suppress(ConnectionClosedError):
            while not revoking.done():
                socket.send(json.dumps({"type": "KeepAlive"}))
                wait([revoking], timeout=1)
        revoking.result()
        [error] = messages(socket)
        assert error["variant"] == "INVALID_AUTH"


_REVOKE = (
    "from django.utils import timezone; from captions.models import ApiToken; from captions.tokens.issuing import "
    "revoke; revoke(ApiToken.objects.filter(user__username='{name}'), timezone.now())"
)


def post(product: Product, token: str, body: bytes) -> bytes:
    request = urllib.request.Request(
        f"{product.url}/v1/listen?language=en",
        body,
        {"Authorization": f"Token {token}", "Content-Type": "audio/flac"},
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        content: bytes = answer.read()
    return content
