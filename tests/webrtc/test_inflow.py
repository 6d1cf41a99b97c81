from datetime import UTC, datetime

import pytest
from aiortc.stats import RTCStatsReport, RTCTransportStats

from captions.webrtc.inflow import MOST_BITS_PER_SECOND, Inflow
from tests.webrtc.test_counts import value

MOST = MOST_BITS_PER_SECOND // 8


def report(received: int, packets: int) -> RTCStatsReport:
    made = RTCStatsReport()
    made.add(
        RTCTransportStats(
            timestamp=datetime.now(UTC),
            type="transport",
            id="t",
            packetsSent=0,
            packetsReceived=packets,
            bytesSent=0,
            bytesReceived=received,
            iceRole="controlled",
            dtlsState="connected",
        )
    )
    return made


@pytest.mark.parametrize(("a_second", "is_too_much"), [(MOST - 1, False), (MOST + 1, True)])
def test_five_seconds_of_video_are_too_much(a_second: int, is_too_much: bool) -> None:
    inflow = Inflow()
    for second in range(6):
        inflow.observe(second, report(a_second * second, 0), 0)
    assert inflow.is_too_much is is_too_much


def test_a_burst_is_not_too_much_and_an_end_is_noticed() -> None:
    inflow = Inflow()
    received = 0
    for second in range(60):
        received += 4 * MOST if second == 20 else MOST // 10
        inflow.observe(second, report(received, 0), 0)
        assert not inflow.is_too_much or second < 6
    for second in range(60, 80):
        received += 2 * MOST
        inflow.observe(second, report(received, 0), 0)
    assert inflow.is_too_much


def test_what_is_no_sound_is_counted_once() -> None:
    inflow = Inflow()
    before = value("other_packets_total")
    inflow.observe(0, report(0, 100), 60)
    inflow.observe(1, report(0, 100), 60)
    inflow.observe(2, report(0, 300), 110)
    assert value("other_packets_total") - before == 190
