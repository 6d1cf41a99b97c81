"""The jitter buffer: puts received audio packets back into order and drops none that arrived in time.

aiortc's own buffer is made for video frames, and drops most audio packets once some are lost. This one releases
packets in the order of their sequence numbers, without a fixed delay. It waits for a missing packet as long as late
packets usually take on this network (see reorder_delay.py), or until the owner calls `flush()`.
"""

from collections import deque
from dataclasses import dataclass
from typing import Any, Protocol

from .reorder_delay import ReorderDelay

# When this many packets wait, the missing packet is given up, however little time has passed.
WAITING = 16
# Two consecutive packets that are this far behind mean that the sender has restarted (RFC 3550, A.1).
_MISORDERED = 100
_REMEMBERED = 64
_PRIVATE = "_RTCRtpReceiver__jitter_buffer"


@dataclass(frozen=True, slots=True)
class AudioPacket:
    """One RTP packet with Opus."""

    ssrc: int
    sequence: int
    """The RTP sequence number, 16 bits."""
    timestamp: int
    """The RTP time stamp in 1/48000 s, 32 bits."""
    payload: bytes
    arrived: float
    """When it arrived, in monotonic seconds."""
    copy: bool = False
    """Whether it is a copy that a later packet carried (RED)."""


@dataclass(frozen=True, slots=True)
class Release:
    """The next packet in order."""

    packet: AudioPacket
    lost_before: int = 0
    """How many packets before it were given up."""
    restart: bool = False
    """Whether another stream begins, whose time stamps do not continue the earlier ones."""


@dataclass(slots=True)
class JitterCounts:
    """What happened to the packets of one stream."""

    received: int = 0
    """Packets that arrived, copies not counted."""
    recovered: int = 0
    """Copies that replaced a missing packet."""
    released: int = 0
    """Packets that were passed on, copies included."""
    lost: int = 0
    """Packets that were given up."""
    late: int = 0
    """Packets that arrived after they were given up."""
    duplicate: int = 0
    waits: int = 0
    """How often packets began to wait for a missing one."""


class InOrderBuffer:
    """Reorders the packets of one stream. Holds at most WAITING - 1 packets between calls."""

    def __init__(self) -> None:
        self.counts = JitterCounts()
        self._ssrc: int | None = None
        self._next = 0
        self._waiting: dict[int, AudioPacket] = {}
        self._recent: deque[int] = deque(maxlen=_REMEMBERED)
        self._restart_at: int | None = None
        self._delay = ReorderDelay()
        self._expected = 0  # the sequence number after the highest one that arrived

    @property
    def delay_seconds(self) -> float:
        """How long it currently waits for a missing packet."""
        return self._delay.seconds

    def add(self, packet: AudioPacket) -> list[Release]:
        """Takes a packet; returns the packets that are next in order now, which may be none."""
        if packet.copy:
            return self._add_copy(packet)
        self.counts.received += 1
        if packet.ssrc != self._ssrc:
            before = self.flush()
            self._begin(packet)
            return before + self._release(packet, restart=True)
        sequence = packet.sequence
        self._delay.came(sequence, packet.arrived)
        ahead = (sequence - self._next) & 0xFFFF
        if ahead >= 0x8000:
            return self._behind(packet, 0x10000 - ahead)
        self._restart_at = None
        if sequence in self._waiting:
            self.counts.duplicate += 1
            return []
        if (overtaken := (sequence - self._expected) & 0xFFFF) < 0x8000:
            self._delay.overtaken(self._expected, overtaken, packet.arrived)
            self._expected = (sequence + 1) & 0xFFFF
        waited = bool(self._waiting)
        self._waiting[sequence] = packet
        released = self._run()
        self.counts.waits += bool(self._waiting) and not waited
        while self._waiting and (len(self._waiting) >= WAITING or self._waited(packet.arrived)):
            released += self._skip()
        return released

    def _add_copy(self, packet: AudioPacket) -> list[Release]:
        ahead = (packet.sequence - self._next) & 0xFFFF
        if packet.ssrc != self._ssrc or ahead >= WAITING or packet.sequence in self._waiting:
            return []
        self.counts.recovered += 1
        self._waiting[packet.sequence] = packet
        return self._run()

    def flush(self) -> list[Release]:
        """Gives up every missing packet and returns all that waited."""
        released: list[Release] = []
        while self._waiting:
            released += self._skip()
        return released

    def _waited(self, now: float) -> bool:
        """Whether the oldest packet has waited long enough for the missing one before it."""
        return now - min(packet.arrived for packet in self._waiting.values()) >= self._delay.seconds

    def _begin(self, packet: AudioPacket) -> None:
        self._ssrc = packet.ssrc
        self._expected = (packet.sequence + 1) & 0xFFFF
        self._delay.forget()
        self._recent.clear()
        self._restart_at = None

    def _behind(self, packet: AudioPacket, distance: int) -> list[Release]:
        if packet.sequence in self._recent:
            self.counts.duplicate += 1
            return []
        if distance >= _MISORDERED and packet.sequence == self._restart_at:
            before = self.flush()
            self._begin(packet)
            return before + self._release(packet, restart=True)
        self._restart_at = (packet.sequence + 1) & 0xFFFF if distance >= _MISORDERED else None
        self.counts.late += 1
        return []

    def _run(self) -> list[Release]:
        released: list[Release] = []
        while (packet := self._waiting.pop(self._next, None)) is not None:
            released += self._release(packet)
        return released

    def _skip(self) -> list[Release]:
        lost, nearest = min(((sequence - self._next) & 0xFFFF, sequence) for sequence in self._waiting)
        self.counts.lost += lost
        return self._release(self._waiting.pop(nearest), lost_before=lost) + self._run()

    def _release(self, packet: AudioPacket, *, lost_before: int = 0, restart: bool = False) -> list[Release]:
        self.counts.released += 1
        self._next = (packet.sequence + 1) & 0xFFFF
        self._recent.append(packet.sequence)
        return [Release(packet, lost_before, restart)]


class PacketSink(Protocol):
    def __call__(
        self, payload_type: int, ssrc: int, sequence: int, timestamp: int, payload: bytes, /
    ) -> None: ...


class _Tap:
    """Replaces aiortc's jitter buffer: passes packets on and never returns a frame for aiortc to decode."""

    def __init__(self, sink: PacketSink) -> None:
        self._sink = sink

    def add(self, packet: Any) -> tuple[bool, None]:
        self._sink(packet.payload_type, packet.ssrc, packet.sequence_number, packet.timestamp, packet.payload)
        return False, None


def install(receiver: Any, sink: PacketSink) -> None:
    """Replaces the jitter buffer of an RTCRtpReceiver, so that `sink` gets its packets undecoded.

    The attribute is private to aiortc, whose version is pinned. Raises RuntimeError when it does not exist.
    """
    if not hasattr(getattr(receiver, _PRIVATE, None), "add"):
        raise RuntimeError("This version of aiortc has no audio jitter buffer where 1.16.0 has it.")
    setattr(receiver, _PRIVATE, _Tap(sink))
