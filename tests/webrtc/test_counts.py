from dataclasses import replace

import pytest
from prometheus_client import REGISTRY

from captions.webrtc.jitter import AudioPacket
from captions.webrtc.receive_pipeline import ReceivePipeline
from captions.webrtc.red_payload import unpack
from tests.webrtc.speech_packets import OPUS, with_copies
from tests.webrtc.support import opus_packets

PACKETS = ("received", "recovered", "lost", "late", "duplicate", "concealed", "undecodable", "too_fast")


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"whisperstream_{name}", labels) or 0.0


def counted() -> dict[str, float]:
    return (
        {name: value("packets_total", outcome=name) for name in PACKETS}
        | {name: value("clock_corrections_total", kind=name) for name in ("silence", "gap", "jump")}
        | {"waits": value("jitter_patience_seconds_count")}
    )


@pytest.fixture
def path() -> ReceivePipeline:
    return ReceivePipeline(lambda audio: None, lambda: 0.0)


def counts_of(path: ReceivePipeline, packets: list[AudioPacket]) -> dict[str, float]:
    """What the metrics count of these packets, as far as it is anything."""
    before = counted()
    for packet in packets:
        path.add(packet)
    path.flush()
    path.tick(packets[-1].arrived)
    path.tick(packets[-1].arrived)
    return {name: now - before[name] for name, now in counted().items() if now > before[name]}


def test_lost_and_late_packets_are_counted_once(path: ReceivePipeline) -> None:
    packets = opus_packets(60)
    late = replace(packets[20], arrived=packets[50].arrived)
    found = counts_of(path, [*packets[:20], *packets[22:51], late, late, *packets[51:]])
    assert found == {"received": 60, "lost": 2, "late": 2, "concealed": 2, "waits": 1}


def test_copies_that_were_needed_are_counted(path: ReceivePipeline) -> None:
    packets = with_copies(opus_packets(30))
    found = counts_of(path, [part for packet in packets[:10] + packets[11:] for part in unpack(packet, OPUS)])
    assert found == {"received": 29, "recovered": 1}


def test_what_cannot_be_heard_is_counted(path: ReceivePipeline) -> None:
    packets = opus_packets(300)
    broken = replace(packets[1], payload=b"\xff" * 7)
    flood = [replace(packet, arrived=0.02) for packet in packets[2:]]
    found = counts_of(path, [packets[0], packets[0], broken, *flood])
    assert found["duplicate"] == found["undecodable"] == 1
    assert found["too_fast"] > 40


def test_a_clock_that_is_put_right_is_counted(path: ReceivePipeline) -> None:
    packets = opus_packets(400)

    def later(count: int, since: int, *, ticks: int = 0) -> list[AudioPacket]:
        """Packets whose numbers follow on, and whose time stamps need not."""
        return [
            replace(packet, sequence=100 + index, timestamp=packet.timestamp + ticks)
            for index, packet in enumerate(packets[since : since + count])
        ]

    assert counts_of(path, packets[:100]) == {"received": 100}
    assert counts_of(path, later(10, 110)) == {"received": 10, "silence": 1}
    assert counts_of(path, [replace(p, sequence=p.sequence + 10) for p in later(10, 300)]) == {
        "received": 10,
        "gap": 1,
    }
    back = [replace(p, sequence=p.sequence + 20) for p in later(10, 320, ticks=-960 * 200)]
    assert counts_of(path, back) == {"received": 10, "jump": 1}
