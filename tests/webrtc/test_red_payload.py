import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.webrtc.jitter import AudioPacket
from captions.webrtc.red_payload import unpack
from tests.webrtc.speech_packets import OPUS, Receiver, with_copies
from tests.webrtc.support import opus_packets

PACKET = AudioPacket(1, 0, 500, b"", 3.0)


def block(size: int, offset: int, opus: int = OPUS) -> bytes:
    return ((0x80 | opus) << 24 | offset << 10 | size).to_bytes(4, "big")


def test_a_packet_without_copies_is_itself() -> None:
    packet = replace(PACKET, payload=bytes([OPUS]) + b"now")
    assert unpack(packet, OPUS) == [replace(PACKET, payload=b"now")]


def test_copies_come_first_with_the_numbers_and_times_of_their_originals() -> None:
    payload = block(5, 1920) + block(3, 960) + bytes([OPUS]) + b"olderoldnow"
    assert unpack(replace(PACKET, payload=payload), OPUS) == [
        replace(PACKET, sequence=65_534, timestamp=2**32 - 1420, payload=b"older", copy=True),
        replace(PACKET, sequence=65_535, timestamp=2**32 - 460, payload=b"old", copy=True),
        replace(PACKET, payload=b"now"),
    ]


def test_copies_that_are_empty_or_something_else_are_left_out() -> None:
    payload = block(3, 1920, opus=13) + block(0, 960) + bytes([OPUS]) + b"cngnow"
    assert unpack(replace(PACKET, payload=payload), OPUS) == [replace(PACKET, payload=b"now")]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xef\x0f",
        block(3, 960),
        bytes([13]) + b"noise",
        block(9, 960) + bytes([OPUS]) + b"short",
        block(0, 960) * 9 + bytes([OPUS]) + b"many",
    ],
)
def test_what_is_not_of_that_form_is_nothing(payload: bytes) -> None:
    assert unpack(replace(PACKET, payload=payload), OPUS) == []


@given(st.binary(max_size=80))
def test_any_input_is_safe(payload: bytes) -> None:
    for part in unpack(replace(PACKET, payload=payload), OPUS):
        assert len(part.payload) < len(payload)


def test_the_sound_of_packets_lost_one_at_a_time_is_complete() -> None:
    packets = opus_packets(200)
    whole = Receiver().take(packets).samples
    chance = random.Random(3)
    sent = with_copies(packets)
    kept = [True]
    while len(kept) < len(sent):
        kept.append(not kept[-1] or chance.random() < 0.7)
    kept[-1] = True
    receiver = Receiver(copies=True).take(packet for packet, here in zip(sent, kept, strict=True) if here)
    counts = receiver.path.stats.packets
    assert (receiver.samples == whole).all()
    assert counts.recovered == kept.count(False) > 30
    assert counts.lost == counts.duplicate == receiver.path.stats.concealed == 0
    # A copy closes the hole as soon as it is seen: nothing waits.
    assert receiver.path.stats.longest_hold_seconds == 0
