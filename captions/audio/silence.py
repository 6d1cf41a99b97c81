"""Silence as Opus packets, in place of sound that did not arrive."""

from collections.abc import Iterator

# Opus counts time in ticks of 1/48000 s at every sampling rate; its shortest frame has 120 of them, 2.5 ms.
TICK_RATE = 48_000
SHORTEST = 120
_LONGEST_FRAME = 960
# TOC bytes (RFC 6716, section 3.1) of mono full-band CELT frames, by their length in ticks.
_TOC = {120: 0xE0, 240: 0xE8, 480: 0xF0, 960: 0xF8}
# A CELT frame of digital silence, whatever its length.
_FRAME = b"\xff\xfe"
_FRAMES_A_PACKET = 6
_SEVERAL = 0b11
_PACKETS = frozenset(
    [
        *(bytes([toc]) + _FRAME for toc in _TOC.values()),
        bytes([_TOC[_LONGEST_FRAME] | _SEVERAL, _FRAMES_A_PACKET]) + _FRAME * _FRAMES_A_PACKET,
    ]
)


def is_silence(packet: bytes) -> bool:
    """Whether it is one of the packets that `silence` makes."""
    return packet in _PACKETS


def silence(ticks: int) -> Iterator[tuple[bytes, int]]:
    """Packets that last `ticks` together, each with its length in ticks; a rest below SHORTEST is left out."""
    packet_ticks = _LONGEST_FRAME * _FRAMES_A_PACKET
    packet = bytes([_TOC[_LONGEST_FRAME] | _SEVERAL, _FRAMES_A_PACKET]) + _FRAME * _FRAMES_A_PACKET
    while ticks >= packet_ticks:
        yield packet, packet_ticks
        ticks -= packet_ticks
    for length in sorted(_TOC, reverse=True):
        while ticks >= length:
            yield bytes([_TOC[length]]) + _FRAME, length
            ticks -= length
