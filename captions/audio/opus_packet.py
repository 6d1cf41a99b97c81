"""What the first bytes of an Opus packet say (RFC 6716, 3.1 and 3.2)."""

from ..core.errors import WhisperStreamError

_STEREO = 0b00000100
# The longest packet is 120 ms, in ticks of 1/48000 s.
_MOST_TICKS = 5760
# The lengths of frames in ticks, by the configuration: SILK, hybrid and CELT.
_SILK = (480, 960, 1920, 2880)
_HYBRID = (480, 960)
_CELT = (120, 240, 480, 960)
_FRAME_TICKS = (*_SILK * 3, *_HYBRID * 2, *_CELT * 4)


class OpusPacketError(WhisperStreamError):
    """These bytes are no Opus packet."""


def is_stereo(payload: bytes) -> bool:
    """Whether the packet holds two channels. A dictation's packet of one holds the microphone alone."""
    return bool(payload) and bool(payload[0] & _STEREO)


def ticks_of(payload: bytes) -> int:
    """How long the sound of a packet lasts, in 1/48000 s. Raises OpusPacketError."""
    if not payload:
        raise OpusPacketError("An Opus packet has at least one byte.")
    frame, code = _FRAME_TICKS[payload[0] >> 3], payload[0] & 0b11
    if code == 3 and len(payload) < 2:
        raise OpusPacketError("An Opus packet ends before it says how many frames it has.")
    count = payload[1] & 0b111111 if code == 3 else (1, 2, 2)[code]
    ticks = frame * count
    if not 0 < ticks <= _MOST_TICKS:
        raise OpusPacketError("An Opus packet may last 120 ms at most.")
    return ticks
