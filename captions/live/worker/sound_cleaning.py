"""Takes noise out of the sound of one microphone before it is decoded."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import structlog

from ...audio.noise.kinds import make_cleaner
from ...core.cancellation import cancel_and_wait
from ...protocol import messages
from ...speech.cleaning import Cleaning, CleaningKind
from ...speech.listener import Listener
from ...speech.ring import Samples
from ...speech.types import SAMPLE_RATE
from . import sentences

log = structlog.get_logger(__name__)

_MOST_WAITING = 5 * SAMPLE_RATE


class SoundCleaning:
    """Replaces the sound in a listener by the same sound without noise, in a thread, as soon as it has it.

    Nothing waits for that: decodes get the last few hundredths of a second as they came, and more where the thread does
    not keep up. Where noise cannot be taken out, that is logged and told once, and all stays as it came.
    """

    def __init__(self, session: str, listener: Listener, publish: Callable[[dict[str, Any]], None]) -> None:
        self._listener = listener
        self._publish = publish
        self._log = log.bind(session=session)
        self._kind: CleaningKind = "off"
        self._cleaning: Cleaning | None = None
        # Where each piece begins on the session's clock, in samples, and the piece.
        self._waiting: deque[tuple[int, Samples]] = deque()
        # Where the sound ends that was cleaned last.
        self._cleaned_to = -1
        self._work: asyncio.Task[None] | None = None
        self._gave_up = False

    @property
    def is_busy(self) -> bool:
        return self._work is not None and not self._work.done()

    @property
    def waiting(self) -> int:
        """How many samples wait for the thread."""
        return sum(piece.size for _, piece in self._waiting)

    def choose(self, kind: CleaningKind) -> None:
        """Sets what is done from the next sound on. No effect if that is done, or was tried, already."""
        if kind != self._kind:
            self._kind, self._cleaning, self._gave_up = kind, None, False
            self._waiting.clear()

    def take(self, samples: Samples) -> None:
        """Takes samples (int16, shape (n,)) that the listener is about to hear."""
        if self._kind == "off" or self._gave_up:
            return
        if self.waiting > _MOST_WAITING:
            self._waiting.clear()
        self._waiting.append((self._listener.clock_samples, samples))
        if not self.is_busy:
            self._work = asyncio.create_task(self._clean_all(), name="clean-sound")

    async def close(self) -> None:
        self._gave_up = True
        if self._work is not None:
            await cancel_and_wait([self._work])

    async def _clean_all(self) -> None:
        while self._waiting:
            kind = self._kind
            try:
                await self._clean_next(kind)
            except Exception as error:
                # A library may raise anything, and nothing depends on it.
                if kind == self._kind:
                    self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        self._gave_up = True
        self._waiting.clear()
        self._log.warning("noise_not_taken_out", kind=self._kind, error=str(error) or repr(error))
        self._publish(messages.error("not_cleaned", sentences.NOT_CLEANED))

    async def _clean_next(self, kind: CleaningKind) -> None:
        """Cleans all that waits and belongs together."""
        if self._cleaning is None:
            cleaner = await asyncio.to_thread(make_cleaner, kind)
            # What waited may be void by now, as the cleaner may.
            if kind == self._kind:
                self._cleaning = Cleaning(cleaner)
            return
        cleaning = self._cleaning
        start, samples = self._take_waiting()
        if start != self._cleaned_to:
            cleaning.begin()
        self._cleaned_to = start + samples.size
        cleaned = await asyncio.to_thread(cleaning.push, samples)
        if kind == self._kind:
            self._listener.rewrite(self._cleaned_to - cleaning.pending - cleaned.size, cleaned)

    def _take_waiting(self) -> tuple[int, Samples]:
        start, first = self._waiting.popleft()
        pieces, end = [first], start + first.size
        while self._waiting and self._waiting[0][0] == end:
            pieces.append(self._waiting.popleft()[1])
            end += pieces[-1].size
        return start, np.concatenate(pieces)
