"""OpenAI's Realtime API over WebRTC on the whole product: a real voice as media, events over a data channel."""

import asyncio
import json
import urllib.request
import uuid
from typing import Any
from urllib.error import HTTPError

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from captions.benchmarks.livetest.player import FileTrack, load_sound
from tests.dialects.openai_realtime.worker import check
from tests.e2e.conftest import errors
from tests.e2e.offline import allowed_errors
from tests.e2e.product import Product
from tests.e2e.test_realtime import RECORDING, transcripts
from tests.processes import run_apart
from tests.speech_data import DATA

WAIT_SECONDS = 90


def post(product: Product, token: str, path: str, body: str, kind: str) -> tuple[int, Any, str]:
    head = {"Authorization": f"Bearer {token}", "Content-Type": kind}
    request = urllib.request.Request(product.url + path, body.encode(), head, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except HTTPError as error:
        return error.code, error.headers, error.read().decode()


async def call(product: Product, token: str) -> list[dict[str, Any]]:
    """Calls, plays the recording and hangs up; returns all events."""
    events: list[dict[str, Any]] = []
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    track = FileTrack(load_sound(DATA / f"{RECORDING}.flac"))
    connection.addTrack(track)
    channel = connection.createDataChannel("oai-events")
    closed = asyncio.Event()
    channel.on("message", lambda text: events.append(json.loads(text)))
    channel.on("close", closed.set)
    await connection.setLocalDescription()
    sdp = connection.localDescription.sdp
    status, head, answer = await asyncio.to_thread(
        post, product, token, "/v1/realtime/calls", sdp, "application/sdp"
    )
    assert status == 201, answer
    await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    async with asyncio.timeout(WAIT_SECONDS):
        while not events:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        turns = {"type": "server_vad", "silence_duration_ms": 500}
        input_ = {"turn_detection": turns, "transcription": {"language": "en"}}
        update = {"type": "session.update", "session": {"type": "realtime", "audio": {"input": input_}}}
        channel.send(json.dumps(update))
        while "garden" not in transcripts(events):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        status, _, _ = await asyncio.to_thread(
            post, product, token, f"{head['Location']}/hangup", "", "text/plain"
        )
        assert status == 200
        await closed.wait()
    track.stop()
    await connection.close()
    return events


async def calls(product: Product, *tokens: str) -> list[list[dict[str, Any]]]:
    """Makes a call with each token at once."""
    return await asyncio.gather(*(call(product, token) for token in tokens))


def test_calls_become_items_in_order_and_one_of_them_is_kept(
    product: Product, maren: str, model: str
) -> None:
    forgetful = product.add_user(f"forgetful-{uuid.uuid4().hex[:6]}")
    tokens = [product.token(maren, "live", keep_history=True), product.token(forgetful, "live")]
    heard = run_apart(calls(product, *tokens))
    with product.database() as connection:
        kept = connection.execute(
            "SELECT username FROM captions_session JOIN captions_user ON captions_user.id = user_id "
            "WHERE via = 'openai' AND username = ANY(%s)",
            [[maren, forgetful]],
        ).fetchall()
    assert kept == [(maren,)]
    for events in heard:
        kinds = [event["type"] for event in events]
        assert kinds[0] == "session.created"
        assert "session.updated" in kinds
        assert (
            len(check([event for event in events if not event["type"].startswith("session")], changes=True))
            >= 3
        )
        said = transcripts(events)
        assert errors(RECORDING, said) <= allowed_errors(RECORDING, model), said
