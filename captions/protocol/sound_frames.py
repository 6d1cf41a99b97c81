"""The binary messages of a sound socket: Opus packets that follow each other, with their place on the page's clock.

A message is the position of its first packet (8 bytes: 1/48000 s since the page began to record), how long ago the
sound of that was captured when the message was sent (4 bytes: milliseconds), and the packets, each with its length
before it (2 bytes). Numbers are big-endian.
"""

import struct
from dataclasses import dataclass

from ..audio.opus_packet import OpusPacketError, ticks_of
from ..core.errors import WhisperStreamError

MOST_BYTES = 16 * 1024
"""The longest message: two seconds of sound at the highest rate that browsers choose for speech, and more."""
TICK_RATE = 48_000
_HEAD = struct.Struct("!QI")
_LENGTH = struct.Struct("!H")
# A day, on the page's clock.
_MOST_POSITION = 24 * 3600 * TICK_RATE


class SoundFrameError(WhisperStreamError):
    """The other side does not send messages of a sound socket."""


@dataclass(frozen=True, slots=True)
class PlacedPacket:
    """An Opus packet; its sound begins at `position` on the page's clock and lasts `ticks`, both in 1/48000 s."""

    position: int
    ticks: int
    payload: bytes

    @property
    def end(self) -> int:
        return self.position + self.ticks


@dataclass(frozen=True, slots=True)
class SoundFrame:
    age_ms: int
    """How old the beginning of the first packet was when the message was sent."""
    packets: tuple[PlacedPacket, ...]


def pack(position: int, age_ms: int, payloads: list[bytes]) -> bytes:
    return _HEAD.pack(position, age_ms) + b"".join(_LENGTH.pack(len(each)) + each for each in payloads)


def parse(message: bytes) -> SoundFrame:
    """Reads one message; the packets are not decoded. Raises SoundFrameError."""
    if len(message) > MOST_BYTES:
        raise SoundFrameError(f"A message of sound may have {MOST_BYTES} bytes at most.")
    packets = []
    try:
        position, age_ms = _HEAD.unpack_from(message)
        at = _HEAD.size
        while at < len(message):
            (length,) = _LENGTH.unpack_from(message, at)
            payload = message[at + _LENGTH.size : at + _LENGTH.size + length]
            if len(payload) < length:
                raise SoundFrameError("A message of sound ends within a packet.")
            packets.append(PlacedPacket(position, ticks_of(payload), payload))
            position, at = packets[-1].end, at + _LENGTH.size + length
    except struct.error as error:
        raise SoundFrameError("A message of sound ends within a number.") from error
    except OpusPacketError as error:
        raise SoundFrameError(str(error)) from error
    if not packets:
        raise SoundFrameError("A message of sound has no packet.")
    if position > _MOST_POSITION:
        raise SoundFrameError("The position of a packet is further than a day.")
    return SoundFrame(age_ms, tuple(packets))
