"""Computes the waveform of a recording, which the player shows."""

from typing import IO

import av
import numpy as np
import structlog

from ..audio.levels import as_bytes, power
from ..models import Recording

log = structlog.get_logger(__name__)

# Most values of a waveform: a wide page has room for about this many strokes.
MOST = 1200
# The shortest time that one value stands for: shorter than this the eye cannot follow.
LEAST_MS = 50
_RATE = 48_000


def draw_missing() -> int:
    """Computes the waveform of each recording that has none; returns how many were saved. Idempotent."""
    drawn = 0
    for recording in Recording.objects.undrawn().iterator():
        try:
            with recording.file.open("rb") as file:
                peaks = peaks_of(file, recording.duration_ms)
        except (FileNotFoundError, av.FFmpegError):
            # It would fail again, so the recording gets a flat waveform.
            log.exception("waveform_not_computed", session=str(recording.session_id))
            peaks = bytes(1)
        except Exception:
            # An S3 storage that cannot be reached raises exceptions of its own. The next run tries again.
            log.exception("sound_not_read", session=str(recording.session_id))
            continue
        # Not saved if the file was replaced or deleted in the meantime.
        same = Recording.objects.filter(pk=recording.pk, file=recording.file.name)
        drawn += same.update(peaks=peaks)
    return drawn


def peaks_of(file: IO[bytes], duration_ms: int) -> bytes:
    """The waveform of an Ogg Opus file: one byte for each of at most MOST equal parts of `duration_ms`.

    A byte is the power of the loudest frame in its part, linear in dB: 0 is -60 dB or less, 255 is 0 dB. The file is
    decoded packet by packet, so its length does not affect the memory.
    """
    count = max(1, min(MOST, duration_ms // LEAST_MS))
    powers = np.zeros(count)
    samples_a_stretch = max(1, duration_ms * _RATE // 1000 // count)
    with av.open(file, "r", format="ogg") as container:
        at = 0
        for frame in container.decode(audio=0):
            column = min(count - 1, at // samples_a_stretch)
            powers[column] = max(powers[column], power(frame))
            at += frame.samples
    return as_bytes(powers)
