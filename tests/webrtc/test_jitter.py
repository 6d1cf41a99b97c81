import random
from dataclasses import replace
from types import SimpleNamespace

import pytest
from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtcrtpreceiver import RTCRtpReceiver
from aiortc.rtp import RtpPacket
from hypothesis import given
from hypothesis import strategies as st

from captions.webrtc.jitter import WAITING, AudioPacket, InOrderBuffer, Release, install
from tests.webrtc.link import Link


def packet(sequence: int, ssrc: int = 1) -> AudioPacket:
    return AudioPacket(ssrc, sequence & 0xFFFF, sequence * 960 & 0xFFFFFFFF, b"x", sequence * 0.02)


def sequences(releases: list[Release]) -> list[int]:
    return [release.packet.sequence for release in releases]


def run(order: list[int]) -> tuple[list[int], InOrderBuffer]:
    buffer = InOrderBuffer()
    released = [release for sequence in order for release in buffer.add(packet(sequence))]
    return sequences(released), buffer


def test_in_order_packets_are_not_held() -> None:
    buffer = InOrderBuffer()
    for sequence in range(65_500, 65_700):
        assert sequences(buffer.add(packet(sequence))) == [sequence & 0xFFFF]


def test_swapped_packets_come_out_in_order() -> None:
    released, buffer = run([1, 3, 4, 2, 6, 5, 7])
    assert released == [1, 2, 3, 4, 5, 6, 7]
    assert buffer.counts.lost == buffer.counts.late == 0


def test_a_hole_is_waited_for_no_longer_than_a_packet_may_be_late() -> None:
    buffer = InOrderBuffer()
    buffer.add(packet(10))
    for sequence in range(13, 18):
        assert buffer.add(packet(sequence)) == []
    released = buffer.add(packet(18))
    assert sequences(released) == list(range(13, 19))
    assert [release.lost_before for release in released] == [2, 0, 0, 0, 0, 0]
    assert buffer.counts.lost == 2


def test_packets_that_come_all_at_once_wait_only_up_to_a_number() -> None:
    buffer = InOrderBuffer()
    buffer.add(packet(10))
    burst = [replace(packet(sequence), arrived=1.0) for sequence in range(12, 12 + WAITING)]
    assert [buffer.add(late) for late in burst[:-1]] == [[]] * (WAITING - 1)
    assert sequences(buffer.add(burst[-1])) == list(range(12, 12 + WAITING))


def test_late_and_duplicate_packets_are_counted_and_dropped() -> None:
    released, buffer = run([1, 2, 4, 5, 6, 7, 8, 9, 3, 5, 8, 11, 11])
    assert released == [1, 2, 4, 5, 6, 7, 8, 9]
    assert (buffer.counts.late, buffer.counts.duplicate) == (1, 3)
    assert sequences(buffer.flush()) == [11]


def test_nothing_stays_unflushed() -> None:
    released, buffer = run([1, 2, 4, 6])
    assert released == [1, 2]
    assert [(r.packet.sequence, r.lost_before) for r in buffer.flush()] == [(4, 1), (6, 1)]
    assert buffer.flush() == []
    assert sequences(buffer.add(packet(7))) == [7]


def test_a_sender_that_begins_anew_is_followed() -> None:
    buffer = InOrderBuffer()
    buffer.add(packet(30_000))
    assert buffer.add(packet(5)) == []
    assert [(r.packet.sequence, r.restart) for r in buffer.add(packet(6))] == [(6, True)]
    assert sequences(buffer.add(packet(7))) == [7]


def test_a_single_stray_packet_does_not_restart() -> None:
    buffer = InOrderBuffer()
    buffer.add(packet(30_000))
    assert buffer.add(packet(5)) == []
    assert sequences(buffer.add(packet(30_001))) == [30_001]
    assert buffer.add(packet(6)) == []
    assert sequences(buffer.add(packet(30_002))) == [30_002]


def test_another_source_flushes_the_first() -> None:
    buffer = InOrderBuffer()
    buffer.add(packet(1))
    buffer.add(packet(3))
    released = buffer.add(packet(9000, ssrc=2))
    assert [(r.packet.ssrc, r.packet.sequence, r.restart) for r in released] == [
        (1, 3, False),
        (2, 9000, True),
    ]


def copy(sequence: int) -> AudioPacket:
    return replace(packet(sequence), copy=True)


def test_a_copy_takes_the_place_of_a_lost_packet() -> None:
    buffer = InOrderBuffer()
    assert buffer.add(copy(0)) == []
    buffer.add(packet(1))
    assert buffer.add(copy(1)) == []
    assert buffer.add(packet(4)) == []
    assert sequences(buffer.add(copy(2))) == [2]
    assert sequences(buffer.add(copy(3))) == [3, 4]
    assert buffer.add(packet(3)) == []
    counts = buffer.counts
    assert (counts.recovered, counts.released, counts.duplicate, counts.lost) == (2, 4, 1, 0)


def test_a_copy_begins_nothing() -> None:
    buffer = InOrderBuffer()
    buffer.add(packet(30_000))
    assert buffer.add(copy(5)) == buffer.add(copy(6)) == buffer.add(copy(31_000)) == []
    assert buffer.add(replace(copy(30_001), ssrc=2)) == []
    assert sequences(buffer.add(packet(30_001))) == [30_001]


@given(st.lists(st.tuples(st.integers(0, 65_535), st.booleans()), max_size=200))
def test_it_is_bounded_and_accounts_for_every_packet(order: list[tuple[int, bool]]) -> None:
    buffer = InOrderBuffer()
    for sequence, is_copy in order:
        buffer.add(replace(packet(sequence), copy=is_copy))
        counts = buffer.counts
        waiting = counts.received + counts.recovered - counts.released - counts.late - counts.duplicate
        assert 0 <= waiting <= WAITING
    buffer.flush()
    counts = buffer.counts
    assert counts.released + counts.late + counts.duplicate == counts.received + counts.recovered


@given(st.permutations(range(60)), st.sets(st.integers(1, 58)))
def test_a_link_that_reorders_a_little_loses_nothing_more(order: list[int], lost: set[int]) -> None:
    shuffled = [
        0,
        *sorted((s for s in order if s and s not in lost), key=lambda s: s // 2 * 2 + order[s] % 2),
    ]
    released, _ = run(shuffled)
    assert released == sorted(released)


def stock_delivery(received: list[int]) -> float:
    """The share of received packets that aiortc's own audio buffer gives to the decoder."""
    buffer = JitterBuffer(capacity=16, prefetch=4)
    delivered = 0
    for sequence in received:
        rtp = RtpPacket(sequence_number=sequence & 0xFFFF, timestamp=sequence * 960, payload=b"x")
        rtp._data = b"x"  # type: ignore[attr-defined]  # as the receiver sets it
        delivered += buffer.add(rtp)[1] is not None
    return delivered / len(received)


STOCK_SHARES = [(0.01, 0.95), (0.05, 0.80), (0.10, 0.62), (0.20, 0.37), (0.30, 0.21)]


@pytest.mark.parametrize(("loss", "stock_share"), STOCK_SHARES)
def test_figures_of_both_buffers_under_loss(loss: float, stock_share: float) -> None:
    chance = random.Random(7)
    received = [sequence for sequence in range(20_000) if chance.random() >= loss]
    assert stock_delivery(received) == pytest.approx(stock_share, abs=0.04)

    released, buffer = run(received)
    released += sequences(buffer.flush())
    assert released == received
    assert buffer.counts.lost == received[-1] + 1 - received[0] - len(received)


def through(link: Link, count: int = 15_000) -> tuple[float, list[float]]:
    """The share of received packets that comes out of the buffer, and how long each was held in it."""
    buffer = InOrderBuffer()
    held = [
        packet.arrived - release.packet.arrived
        for packet in link.carry(map(packet, range(count)))
        for release in buffer.add(packet)
    ]
    return buffer.counts.released / buffer.counts.received, held


# A queue that delays, and a network in which every packet finds its own way.
@pytest.mark.parametrize("in_order", [True, False])
@pytest.mark.parametrize("loss", [0.0, 0.1, 0.2, 0.3])
def test_nearly_everything_received_is_delivered(loss: float, in_order: bool) -> None:
    delivered, held = through(Link(loss, jitter=0.1, reordered=0.02, in_order=in_order))
    assert delivered >= 0.999
    assert sum(held) / len(held) <= 0.08


def test_a_clean_link_holds_nothing_and_one_that_only_loses_little() -> None:
    assert max(through(Link())[1]) == 0
    assert max(through(Link(jitter=0.1))[1]) == 0
    held = through(Link(loss=0.1))[1]
    # Of a loss three in a row are held, for 60, 40 and 20 ms.
    assert sum(held) / len(held) < 0.012
    assert sorted(held)[int(0.99 * len(held))] < 0.09


def test_install_fails_loudly_where_aiortc_has_changed() -> None:
    with pytest.raises(RuntimeError, match=r"1\.16\.0"):
        install(SimpleNamespace(), lambda *_: None)


async def test_install_takes_the_packets_of_the_pinned_aiortc() -> None:
    taken: list[tuple[int, int, int, int, bytes]] = []
    receiver = RTCRtpReceiver("audio", SimpleNamespace(state="new"))  # type: ignore[arg-type]
    install(receiver, lambda *packet: taken.append(packet))
    buffer = receiver._RTCRtpReceiver__jitter_buffer  # type: ignore[attr-defined]
    assert buffer.add(RtpPacket(111, sequence_number=7, timestamp=9, ssrc=3, payload=b"opus")) == (
        False,
        None,
    )
    assert taken == [(111, 3, 7, 9, b"opus")]
