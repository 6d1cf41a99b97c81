"""Unpacks RED (RFC 2198, `audio/red`): packets that also carry copies of earlier ones.

A browser sends each Opus packet again in the next one, so that the loss of a single packet loses no sound. How RED is
negotiated is in red_offer.py.
"""

from dataclasses import dataclass, replace

from .jitter import AudioPacket

_MORE = 0x80
_HEADER = 4
# Most copies in a packet; browsers send one.
_MOST_COPIES = 4


@dataclass(frozen=True, slots=True)
class _Copy:
    format: int
    offset: int  # how much older it is than its packet, in 1/48000 s
    size: int


def unpack(packet: AudioPacket, opus: int) -> list[AudioPacket]:
    """The Opus packets in a RED packet: the copies of earlier ones, oldest first, then the packet itself.

    `opus` is the payload type of its blocks. Empty if the packet is malformed.
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
