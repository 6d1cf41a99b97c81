"""Plays a sound file as the microphone of a WebRTC client."""

import asyncio
import fractions
import time
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from .errors import LivetestError

RATE = 48_000
FRAME = RATE // 50
FRAME_SECONDS = FRAME / RATE

Sound = npt.NDArray[np.int16]


def load_sound(path: Path, rate: int = RATE) -> Sound:
    """The sound of any file that FFmpeg reads, int16 mono at `rate`, shape (n,). Raises LivetestError."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
    parts: list[Sound] = []
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(audio=0):
                parts += [
                    np.asarray(part.to_ndarray(), np.int16).reshape(-1) for part in resampler.resample(frame)
                ]
        parts += [np.asarray(part.to_ndarray(), np.int16).reshape(-1) for part in resampler.resample(None)]
    except OSError as error:
        raise LivetestError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (av.FFmpegError, IndexError) as error:
        raise LivetestError(f"{path} is not a sound file.") from error
    if not parts:
        raise LivetestError(f"{path} has no sound in it.")
    return np.concatenate(parts)


class FileTrack(MediaStreamTrack):
    """Plays a sound in real time, once, followed by silence until it is stopped.

    Each frame is returned when its last sample would have been spoken. Frames are due at fixed times after the first,
    so that one late frame does not delay the following ones.
    """

    kind = "audio"

    def __init__(self, sound: Sound) -> None:
        super().__init__()
        self._sound = sound
        self._sent = 0
        self.spoken = asyncio.Event()
        # The monotonic time of the sound's first sample; None before the first frame is requested.
        self.began: float | None = None

    @property
    def milliseconds(self) -> int:
        return len(self._sound) * 1000 // RATE

    async def recv(self) -> av.AudioFrame:
        if self.readyState != "live":
            raise MediaStreamError
        if self.began is None:
            self.began = time.monotonic()
        due = self.began + (self._sent + 1) * FRAME_SECONDS
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        start = self._sent * FRAME
        samples = np.zeros(FRAME, np.int16)
        part = self._sound[start : start + FRAME]
        samples[: len(part)] = part
        if start + FRAME >= len(self._sound):
            self.spoken.set()
        frame = av.AudioFrame.from_ndarray(samples[np.newaxis], format="s16", layout="mono")
        frame.sample_rate = RATE
        frame.pts = start
        frame.time_base = fractions.Fraction(1, RATE)
        self._sent += 1
        return frame
