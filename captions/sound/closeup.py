"""The outline of a few seconds of a recording."""

import av
import numpy as np

LONGEST_MS = 60_000
_QUIETEST_DB = -60.0
_BEFORE_MS = 200


def closeup(path: str, start_ms: int, end_ms: int, count: int) -> bytes:
    """A byte for each of `count` equal stretches from `start_ms` to `end_ms`: from -60 dB, 0, to 0 dB, 255.

    Only this part of the file is decoded. What lies behind its end is silent. Raises av.FFmpegError.
    """
    powers = np.zeros(count)
    each_ms = max(1.0, (end_ms - start_ms) / count)
    with av.open(path, "r", format="ogg") as container:
        stream = container.streams.audio[0]
        # A little earlier: a decoder of Opus needs some packets to get into its stride.
        container.seek(max(0, start_ms - _BEFORE_MS) * 1000)
        for frame in container.decode(stream):
            if frame.time is None:
                continue
            at_ms = frame.time * 1000
            if at_ms >= end_ms:
                break
            stretch = int((at_ms - start_ms) // each_ms)
            if not 0 <= stretch < count:
                continue
            sound = frame.to_ndarray().astype(np.float64).reshape(-1)
            scale = 1.0 if frame.format.name.startswith("flt") else 32768.0
            power = float(np.mean(np.square(sound / scale))) if sound.size else 0.0
            powers[stretch] = max(powers[stretch], power)
    decibels = 10 * np.log10(np.maximum(powers, 1e-12))
    levels = np.clip((decibels - _QUIETEST_DB) / -_QUIETEST_DB, 0, 1)
    return bytes(np.round(levels * 255).astype(np.uint8))
