"""Writes raw samples as a WAV file, which says itself what is in it."""

import struct

from .pcm_stream import BYTES, Encoding, check_format

_HEAD = struct.Struct("<4sI4s4sIHHIIHH4sI")
_UNKNOWN = 0xFFFFFFFF
_TAGS: dict[Encoding, int] = {"s16": 1, "s32": 1, "f32": 3, "alaw": 6, "mulaw": 7}


def wav_head(encoding: Encoding, rate: int, channels: int, size: int) -> bytes:
    """The bytes that stand before `size` bytes of interleaved samples. Raises PcmFormatError."""
    check_format(rate, channels)
    frame = BYTES[encoding] * channels
    return _HEAD.pack(
        b"RIFF",
        min(size + _HEAD.size - 8, _UNKNOWN),
        b"WAVE",
        b"fmt ",
        16,
        _TAGS[encoding],
        channels,
        rate,
        rate * frame,
        frame,
        BYTES[encoding] * 8,
        b"data",
        min(size, _UNKNOWN),
    )
