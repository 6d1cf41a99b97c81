"""Sound as media: a track whose frames come as time passes, and are silence where nothing was pushed."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from fractions import Fraction

import av
import numpy as np
from aiortc import MediaStreamTrack

from ....speech.types import SAMPLE_RATE
from .line import Samples

FRAME_SECONDS = 0.02
_FRAME = round(SAMPLE_RATE * FRAME_SECONDS)
# What has waited is sent a little faster than it was spoken, so that it does not wait for ever.
_HURRIED_SECONDS = 0.016
_LATE = 3 * _FRAME
# Whoever pushes faster than that waits.
_MOST_WAITING = SAMPLE_RATE
_TIME_BASE = Fraction(1, SAMPLE_RATE)


class PacedTrack(MediaStreamTrack):
    """`on_idle` is called once nothing was pushed for `idle_seconds`."""

    kind = "audio"

    def __init__(
        self,
        on_idle: Callable[[], None],
        *,
        idle_seconds: float,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__()
        self.frames = 0
        """How many were sent."""
        self._on_idle = on_idle
        self._most_silent = round(idle_seconds / FRAME_SECONDS)
        self._now = now
        self._sleep = sleep
        self._unsent: Samples = np.zeros(0, np.int16)
        self._silent = 0
        self._due: float | None = None
        self._taken = asyncio.Event()

    async def push(self, samples: Samples) -> None:
        """Takes sound, mono int16 at 16 kHz; waits while there is too much of it."""
        self._unsent = np.concatenate([self._unsent, samples])
        await self._until(_MOST_WAITING)

    async def drained(self) -> None:
        """Waits until all that was pushed is on its way."""
        await self._until(0)

    async def recv(self) -> av.AudioFrame:
        now = self._now()
        is_late = self._unsent.size > _LATE
        if self._due is None or now - self._due > 1:
            self._due = now
        else:
            self._due += _HURRIED_SECONDS if is_late else FRAME_SECONDS
        await self._sleep(max(0.0, self._due - now))
        frame = av.AudioFrame.from_ndarray(self._next().reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.time_base = SAMPLE_RATE, _TIME_BASE
        frame.pts = self.frames * _FRAME
        self.frames += 1
        return frame

    def _next(self) -> Samples:
        self._silent = 0 if self._unsent.size else self._silent + 1
        if self._silent == self._most_silent:
            self._on_idle()
        samples = np.zeros(_FRAME, np.int16)
        spoken = self._unsent[:_FRAME]
        samples[: spoken.size] = spoken
        self._unsent = self._unsent[_FRAME:]
        self._taken.set()
        return samples

    async def _until(self, most: int) -> None:
        while self._unsent.size > most:
            self._taken.clear()
            await self._taken.wait()
