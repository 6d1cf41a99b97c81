"""A program that sends sound and video over WHIP, against the running product."""

import asyncio
import json
import re
import urllib.request
from collections.abc import Callable
from email.message import Message
from urllib.error import HTTPError

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from captions.benchmarks.livetest.player import FileTrack, load_sound
from tests.e2e.conftest import errors
from tests.e2e.offline import allowed_errors
from tests.e2e.product import Product
from tests.processes import run_apart, until
from tests.speech_data import DATA

Ask = Callable[..., tuple[int, Message, str]]

SPOKEN = "note-en-us"
VIDEO = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=sendonly\r\na=rtpmap:96 H264/90000\r\n"


@pytest.fixture
def token(product: Product, maren: str) -> str:
    return product.token(maren, "live", "read")


@pytest.fixture
def ask(product: Product, token: str) -> Ask:
    """Asks the product with the token; returns status, head and text of the answer."""

    def ask(
        method: str, path: str, body: str = "", kind: str = "application/sdp"
    ) -> tuple[int, Message, str]:
        request = urllib.request.Request(
            product.url + path,
            body.encode() or None,
            {"Authorization": f"Bearer {token}", "Content-Type": kind},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except HTTPError as error:
            return error.code, error.headers, error.read().decode()

    return ask


async def speak(ask: Ask, title: str) -> str:
    """Sends a recording as a program does that has video too; returns where its dictation is."""
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    track = FileTrack(load_sound(DATA / f"{SPOKEN}.flac"))
    connection.addTrack(track)
    await connection.setLocalDescription()
    # aiortc cannot take an answer that refuses video, so that it is told nothing of it.
    offer = connection.localDescription.sdp.replace("a=group:BUNDLE 0", "a=group:BUNDLE 0 1") + VIDEO
    status, head, answer = await asyncio.to_thread(ask, "POST", f"/whip?title={title}", offer)
    assert status == 201, answer
    sound, video = re.split("(?=m=video)", answer)
    assert video.splitlines() == [
        "m=video 0 UDP/TLS/RTP/SAVPF 96",
        "c=IN IP4 0.0.0.0",
        "a=inactive",
        "a=mid:1",
    ]
    await connection.setRemoteDescription(RTCSessionDescription(sound, "answer"))
    await track.spoken.wait()
    await asyncio.sleep(1.5)
    status, _, _ = await asyncio.to_thread(ask, "DELETE", head["Location"])
    assert status == 200
    track.stop()
    await connection.close()
    location: str = head["Location"]
    return location


def test_a_dictation_over_whip_is_in_the_history(product: Product, ask: Ask, model: str) -> None:
    location = run_apart(speak(ask, "On-air"))
    session = location.rpartition("/")[2]

    def told() -> dict[str, object]:
        status, _, text = ask("GET", f"/api/v1/sessions/{session}")
        assert status == 200, text
        found: dict[str, object] = json.loads(text)
        return found

    until(lambda: told()["ended_at"] is not None, "the dictation has ended")
    assert told()["title"] == "On-air"
    heard = " ".join(text for *_, text in product.finals(session))
    assert errors(SPOKEN, heard) <= allowed_errors(SPOKEN, model), heard
    assert ask("DELETE", location)[0] == 404
