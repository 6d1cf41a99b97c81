"""Packets that also carry copies of those before them (RFC 2198, `audio/red`): a single lost packet is no loss.

A browser that offers it sends each Opus packet twice, the second time with its successor, for some 30 kbit/s more.
What they agree on is in redundancy.py.
"""

from dataclasses import dataclass, replace

from .jitter import AudioPacket

_MORE = 0x80
_HEADER = 4
# Copies that a packet may carry; browsers send one.
_MOST_COPIES = 4


@dataclass(frozen=True, slots=True)
class _Copy:
    format: int
    offset: int  # ticks that it is older than its packet
    size: int


def unpack(packet: AudioPacket, opus: int) -> list[AudioPacket]:
    """The packets in one: copies of its predecessors, oldest first, and itself.

    `opus` is the payload type that the blocks inside must have. Empty for what is not of that form.
    """
    payload = packet.payload
    copies: list[_Copy] = []
    at = 0
    while at < len(payload) and payload[at] & _MORE:
        if len(copies) == _MOST_COPIES or at + _HEADER > len(payload):
            return []
        header = int.from_bytes(payload[at : at + _HEADER], "big")
        copies.append(_Copy(header >> 24 & 0x7F, header >> 10 & 0x3FFF, header & 0x3FF))
        at += _HEADER
    if at >= len(payload) or payload[at] != opus:
        return []
    at += 1
    if at + sum(copy.size for copy in copies) > len(payload):
        return []
    unpacked = []
    for behind, copy in zip(range(len(copies), 0, -1), copies, strict=True):
        if copy.format == opus and copy.size and copy.offset:
            unpacked.append(
                replace(
                    packet,
                    sequence=(packet.sequence - behind) & 0xFFFF,
                    timestamp=(packet.timestamp - copy.offset) & 0xFFFFFFFF,
                    payload=payload[at : at + copy.size],
                    copy=True,
                )
            )
        at += copy.size
    return [*unpacked, replace(packet, payload=payload[at:])]
