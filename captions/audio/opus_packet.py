"""What the first byte of an Opus packet says (RFC 6716, 3.1)."""

_STEREO = 0b00000100


def is_stereo(payload: bytes) -> bool:
    """Whether the packet holds two channels. A dictation's packet of one holds the microphone alone."""
    return bool(payload) and bool(payload[0] & _STEREO)
