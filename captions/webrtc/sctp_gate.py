"""Checks SCTP packets before aiortc parses them, which trusts its peer: some would keep it busy for ever.

A packet is dropped that is not well-formed, that acknowledges far more than can be outstanding, or that lies far ahead
of what was received. So that no state grows, there is a number of chunks that are taken each second; what is dropped
for that comes again, as if the network had lost it. See RFC 9260 for the formats. Pure: time is an input.
"""

from collections.abc import Iterator
from struct import unpack_from

from ..core.allowance import Allowance

_HEAD, _CHUNK_HEAD = 12, 4
_DATA, _SACK, _FORWARD_TSN = 0, 3, 192
# Where the parameters of INIT, INIT ACK, HEARTBEAT, HEARTBEAT ACK, ABORT, ERROR and RE-CONFIG begin.
_PARAMETERS_AT = {1: 16, 2: 16, 4: 0, 5: 0, 6: 0, 9: 0, 130: 0}
_DATA_HEAD, _SACK_HEAD = 12, 12
_CHUNKS_PER_SECOND, _CHUNKS_AT_ONCE = 200, 400
# Browsers have no higher stream.
_MOST_STREAMS = 1024
# How far ahead data may come: a few times what aiortc has room for.
_WINDOW = 1024
# What is looked at for an acknowledgement costs as much as a chunk for each so many packets.
_ACKNOWLEDGED = 64


class SctpGate:
    """The packets of one association. `last_tsn` is the number of the last chunk that was received in order."""

    def __init__(self) -> None:
        self._allowance = Allowance(_CHUNKS_PER_SECOND, _CHUNKS_AT_ONCE)

    def admits(self, packet: bytes, now: float, last_tsn: int | None) -> bool:
        """Whether aiortc may be given a packet that arrived `now`, in monotonic seconds."""
        cost = 0
        for kind, body in _chunks(packet):
            chunk_cost = _cost(kind, body, last_tsn)
            if not chunk_cost:
                return False
            cost += chunk_cost
        return bool(cost) and self._allowance.take(now, cost)


def _chunks(packet: bytes) -> Iterator[tuple[int, bytes]]:
    """The type and the body of each chunk; type -1 for one that is not whole."""
    position = _HEAD
    while position <= len(packet) - _CHUNK_HEAD:
        kind, length = unpack_from("!BxH", packet, position)
        if length < _CHUNK_HEAD or position + length > len(packet):
            yield -1, b""
            return
        yield kind, packet[position + _CHUNK_HEAD : position + length]
        position += length + -length % 4


def _cost(kind: int, body: bytes, last_tsn: int | None) -> int:
    """What it costs to take a chunk; 0 if it must not be taken."""
    # FORWARD TSN is for messages that may be lost.
    if kind in (-1, _FORWARD_TSN):
        return 0
    if kind == _DATA:
        return int(_is_due(body, last_tsn))
    if kind == _SACK:
        return _cost_of_sack(body)
    if kind in _PARAMETERS_AT:
        return int(_has_parameters(body, _PARAMETERS_AT[kind]))
    return 1


def _is_due(body: bytes, last_tsn: int | None) -> bool:
    """Whether DATA is whole, and near what was received or received already."""
    if len(body) <= _DATA_HEAD or last_tsn is None:
        return False
    tsn, stream = unpack_from("!LH", body)
    ahead = (tsn - last_tsn) % 2**32
    return bool(stream < _MOST_STREAMS) and (ahead <= _WINDOW or ahead > 2**31)


def _cost_of_sack(body: bytes) -> int:
    if len(body) < _SACK_HEAD:
        return 0
    gaps, duplicates = unpack_from("!HH", body, 8)
    if len(body) < _SACK_HEAD + 4 * (gaps + duplicates):
        return 0
    acknowledged = before = 0
    for start, end in (unpack_from("!HH", body, _SACK_HEAD + 4 * gap) for gap in range(gaps)):
        if not before < start <= end:
            return 0
        acknowledged += end - start + 1
        before = end
    return 1 + acknowledged // _ACKNOWLEDGED


def _has_parameters(body: bytes, position: int) -> bool:
    """Whether each parameter from `position` on is whole; one of no length would never end."""
    if len(body) < position:
        return False
    while position <= len(body) - 4:
        (length,) = unpack_from("!H", body, position + 2)
        if length < 4 or position + length > len(body):
            return False
        position += length + -length % 4
    return True
