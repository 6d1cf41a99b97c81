"""openai's client for Python: calls over WebRTC. It only sends the offer; the connection is its user's business."""

import asyncio

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.mediastreams import AudioStreamTrack

from tests.interop import clients
from tests.interop.product import Product


async def offer() -> str:
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        connection.addTrack(AudioStreamTrack())
        connection.createDataChannel("oai-events")
        await connection.setLocalDescription()
        return str(connection.localDescription.sdp)
    finally:
        await connection.close()


@pytest.mark.door("POST /v1/realtime/calls")
def test_a_call(product: Product, token: str) -> None:
    said = clients.python(
        "openai",
        "openai_call",
        base_url=f"{product.url}/v1",
        token=token,
        sdp=asyncio.run(offer()),
        session={"type": "realtime", "model": "gpt-realtime"},
    )
    assert said["status"] == 201
    assert said["sdp"].startswith("v=0")
    assert said["sdp"].count("m=") == 2
    assert "/v1/realtime/calls/rtc_" in said["location"]
