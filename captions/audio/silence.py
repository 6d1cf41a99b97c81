"""Silence as Opus packets, to stand where no sound arrived."""

from collections.abc import Iterator

# Opus counts time in 1/48000 s at every sampling rate; its shortest frame lasts 2.5 ms.
TICK_RATE = 48_000
SHORTEST = 120
_LONGEST_FRAME = 960
# TOC bytes (RFC 6716, 3.1) of mono CELT frames of the full band, by their length in ticks.
_TOC = {120: 0xE0, 240: 0xE8, 480: 0xF0, 960: 0xF8}
# The codec's own way to say that a frame is digital silence, whatever its length.
_FRAME = b"\xff\xfe"
_FRAMES_A_PACKET = 6
_SEVERAL = 0b11


def silence(ticks: int) -> Iterator[tuple[bytes, int]]:
    """Packets, each with its length in ticks, that last `ticks` together; what is left below SHORTEST is not filled."""
    packet_ticks = _LONGEST_FRAME * _FRAMES_A_PACKET
    packet = bytes([_TOC[_LONGEST_FRAME] | _SEVERAL, _FRAMES_A_PACKET]) + _FRAME * _FRAMES_A_PACKET
    while ticks >= packet_ticks:
        yield packet, packet_ticks
        ticks -= packet_ticks
    for length in sorted(_TOC, reverse=True):
        while ticks >= length:
            yield bytes([_TOC[length]]) + _FRAME, length
            ticks -= length
