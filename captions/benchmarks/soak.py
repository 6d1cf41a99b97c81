"""Soak test: hours of one session in minutes, with the real live path but an engine that needs no time.

The recording is repeated as fast as the machine can process it. Each repetition must give the same words, take as much
processor time as the first, and use no additional memory.
"""

import asyncio
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from statistics import mean, median
from typing import Any, cast

import numpy as np
import psutil

from ..asr.process.recogniser import Recogniser
from ..speech.endpointing import EndpointSettings
from ..speech.ring import Samples
from ..speech.types import SAMPLE_RATE
from ..speech.vad import VadModel
from ..webrtc.receive_pipeline import ReceivePipeline
from . import stream
from .corpus import Recording
from .errors import BenchError
from .livetest.measure import percentile
from .livetest.wer import normalise
from .packets import PACKET_SECONDS, Microphone
from .script import NoModel, NotedListener, Script, ScriptedRecogniser

# Iterations of the event loop after each 20 ms: enough for a decode to be requested, answered and published.
_TURNS = 4
_SHARE = 0.1
"""The share of all repetitions that counts as the beginning, and as the end."""

_MINUTE = 60
_FRAMES = round(1 / stream.FRAME_SECONDS)
_LOST = 0.03
_OVERTAKEN = 0.02


@dataclass(slots=True)
class Spent:
    """Processor seconds per second of sound in the first and last minute, and per repetition; memory after each.

    Few values are kept, so that they do not themselves increase the memory.
    """

    first: list[float] = field(default_factory=list)
    last: deque[float] = field(default_factory=lambda: deque(maxlen=_MINUTE))
    passes: list[float] = field(default_factory=list)
    rss_mb: list[float] = field(default_factory=list)

    def second(self, cpu_seconds: float) -> None:
        if len(self.first) < _MINUTE:
            self.first.append(cpu_seconds)
        self.last.append(cpu_seconds)


@dataclass(slots=True)
class _Counted:
    """Counts the finals of a session and their words."""

    words: int = 0
    finals: int = 0

    def __call__(self, message: dict[str, Any]) -> None:
        if message["type"] == "final":
            self.finals += 1
            self.words += len(normalise(message["text"]))


async def soak(
    recording: Recording,
    hours: float,
    vad: VadModel,
    endpoints: EndpointSettings,
    on_pass: Callable[[float], None] | None = None,
    *,
    packets: bool = False,
) -> dict[str, Any]:
    """Repeats `recording` for `hours` of session time and returns the figures. Raises BenchError.

    `on_pass` is called with the hours done. With `packets`, the sound arrives as Opus packets, some lost and some out
    of order, and goes through the receive pipeline of a peer.
    """
    if not recording.words:
        raise BenchError(f"To soak needs the times of words in {recording.path.with_suffix('.json')}.")
    silence = np.zeros(round(stream.TAIL_SECONDS * SAMPLE_RATE), np.int16)
    sound = np.concatenate([recording.sound, silence])
    sound = sound[: sound.size - sound.size % stream.FRAME]
    script = Script(recording.words, period_samples=sound.size)
    told = _Counted()
    transcriber = stream.live(
        str(uuid.uuid4()),
        told,
        language="en",
        listener=NotedListener(script, vad),
        recogniser=cast(Recogniser, ScriptedRecogniser(script, NoModel())),
        endpoints=endpoints,
    )
    source = _Packets(sound, transcriber) if packets else _Frames(sound, transcriber)
    count = max(2, round(hours * 3600 * SAMPLE_RATE / sound.size))
    spent = Spent()
    process = psutil.Process()
    try:
        for number in range(count):
            await _speak_once(source, spent)
            spent.rss_mb.append(process.memory_info().rss / 1_000_000)
            if on_pass is not None:
                on_pass((number + 1) * sound.size / SAMPLE_RATE / 3600)
        source.end()
        transcriber.flush()
        if not await transcriber.drained(stream.DRAIN_SECONDS):
            raise BenchError("The session was not done with its finals at the end.")
    finally:
        await transcriber.close()
    expected = count * sum(len(normalise(word.text)) for word in recording.words)
    return (
        summary(spent, sound.size / SAMPLE_RATE)
        | {"finals": told.finals, "words_expected": expected, "words": told.words}
        | source.figures
    )


async def _speak_once(source: "_Frames | _Packets", spent: Spent) -> None:
    began = second_began = time.process_time()
    for number, _ in enumerate(source.speak(), 1):
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        if number % _FRAMES == 0:
            now = time.process_time()
            spent.second(now - second_began)
            second_began = now
    spent.passes.append(time.process_time() - began)


class _Frames:
    """The sound itself, 20 ms at a time."""

    figures: dict[str, Any] = {}

    def __init__(self, sound: Samples, transcriber: stream.Speaking) -> None:
        self._sound = sound
        self._transcriber = transcriber

    def speak(self) -> Iterator[None]:
        for start in range(0, self._sound.size, stream.FRAME):
            self._transcriber.push(self._sound[start : start + stream.FRAME])
            yield

    def end(self) -> None:
        """There is nothing buffered to flush."""


class _Packets:
    """The sound as packets that arrive over a bad network."""

    def __init__(self, sound: Samples, transcriber: stream.Speaking) -> None:
        self._microphone = Microphone(sound, lost=_LOST, overtaken=_OVERTAKEN)
        self._now = 0.0
        self._path = ReceivePipeline(stream.Ear(transcriber), lambda: self._now)

    def speak(self) -> Iterator[None]:
        for arriving in self._microphone.speak():
            self._now += PACKET_SECONDS
            for packet in arriving:
                self._path.add(packet)
            self._path.tick(self._now)
            yield

    def end(self) -> None:
        self._path.flush()

    @property
    def figures(self) -> dict[str, Any]:
        stats = self._path.stats
        return {
            "packets": stats.packets.received,
            "packets_lost": stats.packets.lost,
            "packets_concealed": stats.concealed,
        }


def summary(spent: Spent, seconds_a_pass: float) -> dict[str, Any]:
    """The beginning compared with the end. Memory growth is a linear fit without the first tenth of the repetitions."""
    part = max(1, round(len(spent.passes) * _SHARE))
    first, last = median(spent.passes[:part]), median(spent.passes[-part:])
    minutes = {"first_minute": _milliseconds(spent.first), "last_minute": _milliseconds(spent.last)}
    settled = spent.rss_mb[part:]
    slope = 0.0
    if len(settled) > 1:
        hours = np.arange(len(settled)) * seconds_a_pass / 3600
        slope = float(np.polyfit(hours, settled, 1)[0])
    return {
        "session_hours": round(len(spent.passes) * seconds_a_pass / 3600, 3),
        "passes": len(spent.passes),
        "cpu_ms_per_audio_s": minutes,
        "slower_minute": _ratio(minutes["last_minute"]["p50"], minutes["first_minute"]["p50"]),
        "cpu_s_per_audio_s_first": round(first / seconds_a_pass, 5),
        "cpu_s_per_audio_s_last": round(last / seconds_a_pass, 5),
        "slower": _ratio(last, first),
        "rss_mb_first": round(spent.rss_mb[0]),
        "rss_mb_last": round(spent.rss_mb[-1]),
        "rss_percent_per_hour": round(100 * slope / mean(spent.rss_mb), 3),
    }


def _milliseconds(seconds: Iterable[float]) -> dict[str, float | None]:
    found = sorted(seconds)
    return {
        name: None if (each := percentile(found, share)) is None else round(each * 1000, 2)
        for name, share in (("p50", 0.5), ("p95", 0.95))
    }


def _ratio(last: float | None, first: float | None) -> float | None:
    return round(last / first, 3) if last is not None and first else None
