"""Hours of one session in minutes: the policy and its memory, with an engine that needs no time.

The recording is spoken again and again, as fast as the machine can listen. Each pass must give the same words, take as
long as the first, and leave nothing behind in memory.
"""

import asyncio
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import mean, median
from typing import Any, cast

import numpy as np
import psutil

from ..livetest.wer import normalise
from ..recogniser.recogniser import Recogniser
from ..speech.endpointing import EndpointSettings
from ..speech.types import SAMPLE_RATE
from ..speech.vad import VadModel
from . import stream
from .errors import BenchError
from .material import Material
from .script import NoModel, NotedListener, Script, ScriptedRecogniser

# Turns of the loop after each 20 ms, for a decode that takes no time to be asked for, answered and shown.
_TURNS = 4
_SHARE = 0.1
"""The share of all passes that counts as the beginning, and as the end."""


@dataclass(slots=True)
class _Passes:
    """What each pass cost, and what memory was after it."""

    cpu_seconds: list[float] = field(default_factory=list)
    rss_mb: list[float] = field(default_factory=list)


@dataclass(slots=True)
class _Counted:
    """Takes what a session is told, and keeps two numbers of it."""

    words: int = 0
    finals: int = 0

    def __call__(self, message: dict[str, Any]) -> None:
        if message["type"] == "final":
            self.finals += 1
            self.words += len(normalise(message["text"]))


async def soak(
    material: Material,
    hours: float,
    vad: VadModel,
    endpoints: EndpointSettings,
    on_pass: Callable[[float], None] | None = None,
) -> dict[str, Any]:
    """Speaks `material` for `hours` of session time; `on_pass` hears how many hours are done. Raises BenchError."""
    if material.reference is None:
        raise BenchError(f"To soak needs {material.path.with_suffix('.json')}.")
    silence = np.zeros(round(stream.TAIL_SECONDS * SAMPLE_RATE), np.int16)
    sound = np.concatenate([material.sound, silence])
    sound = sound[: sound.size - sound.size % stream.FRAME]
    script = Script(material.reference, period_samples=sound.size)
    told = _Counted()
    transcriber = stream.live(
        str(uuid.uuid4()),
        told,
        language="en",
        listener=NotedListener(script, vad, endpoints),
        recogniser=cast(Recogniser, ScriptedRecogniser(script, NoModel())),
    )
    count = max(2, round(hours * 3600 * SAMPLE_RATE / sound.size))
    passes = _Passes()
    process = psutil.Process()
    try:
        for number in range(count):
            began = time.process_time()
            for start in range(0, sound.size, stream.FRAME):
                transcriber.push(sound[start : start + stream.FRAME])
                for _ in range(_TURNS):
                    await asyncio.sleep(0)
            passes.cpu_seconds.append(time.process_time() - began)
            passes.rss_mb.append(process.memory_info().rss / 1_000_000)
            if on_pass is not None:
                on_pass((number + 1) * sound.size / SAMPLE_RATE / 3600)
        transcriber.flush()
        if not await transcriber.drained(stream.DRAIN_SECONDS):
            raise BenchError("The session was not done with its finals at the end.")
    finally:
        await transcriber.close()
    expected = count * len(material.reference.words)
    return summary(passes.cpu_seconds, passes.rss_mb, sound.size / SAMPLE_RATE) | {
        "finals": told.finals,
        "words_expected": expected,
        "words": told.words,
    }


def summary(
    cpu_seconds: Sequence[float], rss_mb: Sequence[float], seconds_a_pass: float
) -> dict[str, float | int]:
    """Beginning against end. The slope of memory is that of a line through all but the first tenth of the passes."""
    part = max(1, round(len(cpu_seconds) * _SHARE))
    first, last = median(cpu_seconds[:part]), median(cpu_seconds[-part:])
    settled = rss_mb[part:]
    slope = 0.0
    if len(settled) > 1:
        hours = np.arange(len(settled)) * seconds_a_pass / 3600
        slope = float(np.polyfit(hours, settled, 1)[0])
    return {
        "session_hours": round(len(cpu_seconds) * seconds_a_pass / 3600, 3),
        "passes": len(cpu_seconds),
        "cpu_s_per_audio_s_first": round(first / seconds_a_pass, 5),
        "cpu_s_per_audio_s_last": round(last / seconds_a_pass, 5),
        "slower": round(last / first, 3) if first else 1.0,
        "rss_mb_first": round(rss_mb[0]),
        "rss_mb_last": round(rss_mb[-1]),
        "rss_percent_per_hour": round(100 * slope / mean(rss_mb), 3),
    }
