"""The binary messages of a sound socket."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.protocol import sound_frames
from captions.protocol.sound_frames import MOST_BYTES, PlacedPacket, SoundFrame, SoundFrameError

# 20 ms of one channel.
PACKET = b"\x48hello"


def test_packets_follow_each_other() -> None:
    message = sound_frames.pack(4_800, 120, [PACKET, PACKET])
    assert sound_frames.parse(message) == SoundFrame(
        120, (PlacedPacket(4_800, 960, PACKET), PlacedPacket(5_760, 960, PACKET))
    )


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        (b"", "within a number"),
        (sound_frames.pack(0, 0, []), "no packet"),
        (sound_frames.pack(0, 0, [PACKET])[:-1], "within a packet"),
        (sound_frames.pack(0, 0, [PACKET]) + b"\x00", "within a number"),
        (sound_frames.pack(0, 0, [b""]), "at least one byte"),
        (sound_frames.pack(0, 0, [b"\x4b\x3f"]), "120 ms"),
        (sound_frames.pack(2**63, 0, [PACKET]), "a day"),
        (sound_frames.pack(0, 0, [PACKET * 3_000]), f"{MOST_BYTES} bytes"),
    ],
)
def test_what_is_wrong_is_said(message: bytes, sentence: str) -> None:
    with pytest.raises(SoundFrameError, match=sentence):
        sound_frames.parse(message)


@given(st.binary(max_size=300))
def test_whatever_comes_is_read_or_refused(message: bytes) -> None:
    try:
        frame = sound_frames.parse(message)
    except SoundFrameError:
        return
    assert (
        sound_frames.pack(
            frame.packets[0].position, frame.age_ms, [packet.payload for packet in frame.packets]
        )
        == message
    )
