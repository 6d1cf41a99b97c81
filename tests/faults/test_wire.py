"""The link that drops, delays and blocks packets, without devices."""

import random

import pytest

from tests.faults.link import Rules
from tests.faults.wire import Wire


def packet(protocol: int, number: int = 0) -> bytes:
    return bytes([0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol]) + bytes(9) + bytes([number])


TCP, UDP = packet(6), packet(17)


@pytest.fixture
def wire() -> Wire:
    return Wire(random.Random(1))


def test_passes_everything_at_once_and_in_order(wire: Wire):
    for number in range(3):
        wire.take(packet(17, number), number % 2, 1.0)
    assert wire.due(1.0) == [(number % 2, packet(17, number)) for number in range(3)]
    assert wire.wait(1.0) is None


def test_blocks_one_protocol(wire: Wire):
    wire.rules = Rules(blocked=("udp",))
    wire.take(UDP, 0, 0.0)
    wire.take(TCP, 0, 0.0)
    assert wire.due(0.0) == [(0, TCP)]
    assert wire.counts["blocked"] == 1


def test_loses_the_share_that_is_asked(wire: Wire):
    wire.rules = Rules(loss=0.2)
    for _ in range(1_000):
        wire.take(UDP, 0, 0.0)
    assert 150 < wire.counts["dropped"] < 250
    assert len(wire.due(0.0)) == 1_000 - wire.counts["dropped"]


def test_jitter_lets_packets_overtake_each_other(wire: Wire):
    wire.rules = Rules(delay_ms=20, jitter_ms=100)
    for number in range(50):
        wire.take(packet(17, number), 0, 0.0)
    assert (wire.wait(0.0) or 0) >= 0.02
    assert not wire.due(0.019)
    left = [data[19] for _, data in wire.due(0.121)]
    assert sorted(left) == list(range(50))
    assert left != sorted(left)
