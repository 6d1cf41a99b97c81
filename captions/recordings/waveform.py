"""The outline of a recording, for the line on its page."""

from typing import IO

import av
import numpy as np
import structlog

from ..audio.levels import as_bytes, power
from ..models import Recording

log = structlog.get_logger(__name__)

# As many as a wide page has room for strokes.
MOST = 1200
# A stretch is not shorter than the eye can follow.
LEAST_MS = 50
_RATE = 48_000


def draw_missing() -> int:
    """Computes the outlines that are missing; returns how many there were. It may be done twice."""
    drawn = 0
    for recording in Recording.objects.undrawn().iterator():
        try:
            with recording.file.open("rb") as file:
                peaks = peaks_of(file, recording.duration_ms)
        except (FileNotFoundError, av.FFmpegError):
            # It would fail again: a line that is flat must do.
            log.exception("waveform_not_computed", session=str(recording.session_id))
            peaks = bytes(1)
        except Exception:
            # A bucket that is away raises exceptions of its own kinds; it is back some time.
            log.exception("sound_not_read", session=str(recording.session_id))
            continue
        # Of a file that was replaced or deleted meanwhile they would be wrong.
        same = Recording.objects.filter(pk=recording.pk, file=recording.file.name)
        drawn += same.update(peaks=peaks)
    return drawn


def peaks_of(file: IO[bytes], duration_ms: int) -> bytes:
    """A byte for each of at most MOST equal stretches of `duration_ms`: its loudest frame from -60 dB, 0, to 0 dB, 255.

    The file is decoded packet by packet, so a long one takes no more memory than a short one.
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
