"""Computes the waveform of a few seconds of a recording."""

from typing import IO

import av
import numpy as np

from ..audio.levels import as_bytes, power
from .remote import RemoteFile

LONGEST_MS = 60_000
_BEFORE_MS = 200


def waveform_window(file: str | IO[bytes] | RemoteFile, start_ms: int, end_ms: int, count: int) -> bytes:
    """The waveform from `start_ms` to `end_ms`: one byte for each of `count` equal parts, as in `waveform.peaks_of`.

    Only this part of the file (a path or an open file) is decoded; beyond its end the waveform is 0. Raises
    av.FFmpegError, OSError and what reading the file raises.
    """
    powers = np.zeros(count)
    each_ms = max(1.0, (end_ms - start_ms) / count)
    with av.open(file, "r", format="ogg") as container:
        stream = container.streams.audio[0]
        # It begins a little earlier, since an Opus decoder converges only after some packets (RFC 7845, 4.6).
        container.seek(max(0, start_ms - _BEFORE_MS) * 1000)
        for frame in container.decode(stream):
            if frame.time is None:
                continue
            at_ms = frame.time * 1000
            if at_ms >= end_ms:
                break
            column = int((at_ms - start_ms) // each_ms)
            if not 0 <= column < count:
                continue
            powers[column] = max(powers[column], power(frame))
    return as_bytes(powers)
