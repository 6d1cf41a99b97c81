import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiortc import RTCRtpReceiver
from aiortc.rtcrtpparameters import RTCRtpReceiveParameters
from aiortc.rtcrtpreceiver import RemoteStreamTrack

from captions.webrtc.reports import guard


@pytest.mark.parametrize(("sources", "jitter"), [(300, 0), (1, 1 << 32)])
async def test_a_report_that_cannot_be_written_ends_nothing(sources: int, jitter: int) -> None:
    sent: list[bytes] = []

    async def send(data: bytes) -> None:
        sent.append(data)

    transport: Any = SimpleNamespace(
        state="new",
        _send_rtp=send,
        _register_rtp_receiver=lambda *_: None,
        _unregister_rtp_receiver=lambda _: None,
    )
    receiver: Any = RTCRtpReceiver("audio", transport)
    guard(receiver)
    receiver._track = RemoteStreamTrack("audio")
    receiver._set_rtcp_ssrc(1)
    heard = SimpleNamespace(fraction_lost=0, packets_lost=0, max_seq=1, jitter=jitter)
    statistics = receiver._RTCRtpReceiver__remote_streams
    statistics.update(dict.fromkeys(range(sources), heard))
    await receiver.receive(RTCRtpReceiveParameters())
    await asyncio.sleep(1.6)
    assert not sent
    statistics.clear()
    statistics[1] = SimpleNamespace(fraction_lost=0, packets_lost=0, max_seq=1, jitter=0)
    await asyncio.sleep(1.6)
    assert sent
    async with asyncio.timeout(60):
        await receiver.stop()


def test_guard_fails_loudly_where_aiortc_has_changed() -> None:
    with pytest.raises(RuntimeError, match=r"1\.16\.0"):
        guard(SimpleNamespace())
