"""One speaker of a benchmark: a recording spoken in real time into a transcriber, and what comes back."""

import asyncio
import time
import uuid
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from ..asr.process.recogniser import Recogniser
from ..live.worker.transcriber import Transcriber
from ..speech.endpointing import EndpointSettings
from ..speech.listener import Listener
from ..speech.ring import Samples
from ..speech.types import SAMPLE_RATE
from ..transcripts.final_writer import FinalRecord
from ..webrtc.audio import Audio, Gap, Pcm
from .livetest.measure import Event

FRAME = SAMPLE_RATE // 50
FRAME_SECONDS = FRAME / SAMPLE_RATE
TAIL_SECONDS = 3.0
"""Silence after the recording, so that its last words end as those of a speaker do who stops to speak."""

DRAIN_SECONDS = 60.0
"""How long after the end it may take until its last finals are there; whoever needs longer is far behind."""

Tell = Callable[[dict[str, Any]], None]
Make = Callable[[str, Tell], "Speaking"]


class Speaking(Protocol):
    """What a benchmark needs of the live transcriber."""

    def push(self, samples: Samples) -> None: ...
    def skip(self, samples: int) -> None: ...
    def flush(self) -> None: ...
    async def drained(self, seconds: float) -> bool: ...
    async def close(self) -> None: ...


class Told:
    """Everything a stream was told, on the clock of its sound: `began` is the monotonic time of its first sample."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.complete = False
        self._received: list[tuple[float, dict[str, Any]]] = []

    def __call__(self, message: dict[str, Any]) -> None:
        self._received.append((time.monotonic(), message))

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(Event((at - self.began) * 1000, message) for at, message in self._received)


def live(
    session: str,
    publish: Tell,
    *,
    language: str,
    listener: Listener,
    recogniser: Recogniser,
    endpoints: EndpointSettings | None = None,
) -> Speaking:
    """The worker's own transcriber; its finals count as saved on the next turn of the loop.

    This is the one place where a benchmark makes one.
    """
    loop = asyncio.get_running_loop()
    count = 0

    def save(record: FinalRecord) -> None:
        nonlocal count
        count += 1
        loop.call_soon(transcriber.saved, record, count)

    transcriber = Transcriber(
        session,
        language=language,
        last_seq=0,
        listener=listener,
        recogniser=recogniser,
        publish=publish,
        save=save,
        endpoints=endpoints,
    )
    return transcriber


class Ear:
    """Gives a transcriber the sound of a peer. `enough` is set when it was `seconds` of it, silence included."""

    def __init__(self, transcriber: Speaking, seconds: float = 0.0) -> None:
        self._transcriber = transcriber
        self._missing = round(seconds * SAMPLE_RATE)
        self.enough = asyncio.Event()

    def __call__(self, audio: Audio) -> None:
        match audio:
            case Pcm(samples=samples):
                self._transcriber.push(samples)
                self._missing -= samples.size
            case Gap(samples=hole):
                self._transcriber.skip(hole)
                self._missing -= hole
        if self._missing <= 0:
            self.enough.set()


def with_tail(sound: Samples) -> Samples:
    """The sound and the silence after it."""
    return np.concatenate([sound, np.zeros(round(TAIL_SECONDS * SAMPLE_RATE), np.int16)])


async def speak(sound: Samples, make: Make) -> Told:
    """Speaks `sound`; each 20 ms are given when the last of it would have been spoken."""
    told = Told()
    transcriber = make(str(uuid.uuid4()), told)
    try:
        told.began = time.monotonic()
        whole = with_tail(sound)
        for index, start in enumerate(range(0, whole.size, FRAME), 1):
            await asyncio.sleep(max(0.0, told.began + index * FRAME_SECONDS - time.monotonic()))
            transcriber.push(whole[start : start + FRAME])
        transcriber.flush()
        told.complete = await transcriber.drained(DRAIN_SECONDS)
    finally:
        await transcriber.close()
    return told
