"""A stream of a benchmark: a recording sent in real time to a transcriber, and the messages that come back."""

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
from ..webrtc.audio import AudioChunk, Gap, Pcm
from .livetest.events import Event

FRAME = SAMPLE_RATE // 50
FRAME_SECONDS = FRAME / SAMPLE_RATE
TAIL_SECONDS = 3.0
"""Silence after the recording, so that its last words become stable as at the end of real speech."""

DRAIN_SECONDS = 60.0
"""The time limit for the last finals after the end of the sound; only an overloaded system needs longer."""

Tell = Callable[[dict[str, Any]], None]
Make = Callable[[str, Tell], "Speaking"]


class Speaking(Protocol):
    """The part of the live transcriber's interface that benchmarks use."""

    def push(self, samples: Samples) -> None: ...
    def skip(self, samples: int) -> None: ...
    def flush(self) -> None: ...
    async def drained(self, seconds: float) -> bool: ...
    async def close(self) -> None: ...


class Told:
    """All messages to a stream; `began` is the monotonic time of the sound's first sample.

    `complete` is false if finals were still missing when the time limit was over.
    """

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
) -> Transcriber:
    """The transcriber of the audio worker; its finals count as saved in the next iteration of the event loop."""
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
    """Passes the sound of a peer to a transcriber. `enough` is set after `seconds` of it, including gaps."""

    def __init__(self, transcriber: Speaking, seconds: float = 0.0) -> None:
        self._transcriber = transcriber
        self._missing = round(seconds * SAMPLE_RATE)
        self.enough = asyncio.Event()

    def __call__(self, audio: AudioChunk) -> None:
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
    """The sound followed by TAIL_SECONDS of silence; int16 mono 16 kHz."""
    return np.concatenate([sound, np.zeros(round(TAIL_SECONDS * SAMPLE_RATE), np.int16)])


async def speak(sound: Samples, make: Make) -> Told:
    """Sends `sound` (int16 mono 16 kHz) in real time; each 20 ms are passed on when their last sample is due."""
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
