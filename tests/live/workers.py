"""Audio workers in the process of a test: real channel layer, stores, peers and speech; a scripted engine."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from captions.asr.engine.base import Task
from captions.asr.process.config import RecogniserState
from captions.live.worker.service import AudioWorker, WorkerConfig, make_name
from captions.live.worker.session_limits import LiveLimits
from captions.live.worker.sound_port import SoundPort
from captions.protocol.registry import Registry
from captions.speech.endpointing import EndpointSettings
from captions.speech.live_settings import LiveSettings
from captions.speech.types import Hypothesis, Word
from captions.speech.vad import VadModel
from captions.transcripts.final_writer import FinalWriter
from tests.speech_data import Pcm

CONFIG = WorkerConfig(
    sessions=1,
    heartbeat_seconds=0.2,
    drain_seconds=5,
    endpoints=EndpointSettings(silence_ms=500),
    live=LiveSettings(),
    limits=LiveLimits(
        session_seconds=60,
        silence_seconds=60,
        pause_seconds=60,
        media_end_seconds=60,
        resume_seconds=60,
        alone_seconds=600,
        stop_grace_seconds=0.3,
    ),
    peer_options={"ice_seconds": 5, "warn_seconds": 1, "park_seconds": 2},
)


class CountingRecogniser:
    """Hears one sentence of a word after the other, "One." and "Two." and so on, a second or so apart."""

    state = RecogniserState("ready", model="scripted")
    overloaded = False
    only_language = ""
    names = ("One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")

    def __init__(self) -> None:
        self.hotwords: tuple[str, ...] = ()

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    def drop(self, session: str) -> None: ...

    def be_patient(self, session: str, patient: bool) -> None: ...

    async def decode(
        self, session: str, audio: Pcm, task: Task, *, urgent: bool = False
    ) -> Hypothesis | None:
        self.hotwords = task.hotwords
        new_ms = task.new_ms or 0
        known_ms = audio.size // 16 - new_ms
        before = [f"{word.rstrip('.')}." for word in task.prefix.split()]
        words = [Word(0, known_ms, f" {word}", 0.95) for word in before]
        if not before or new_ms >= 1_100 or (urgent and new_ms >= 500):
            last = (before or task.prompt.split() or [""])[-1].rstrip(".")
            following = self.names.index(last) + 1 if last in self.names else 0
            name = self.names[following % len(self.names)]
            words.append(Word(known_ms, known_ms + min(new_ms, 750), f" {name}.", 0.95))
        return Hypothesis(tuple(words), "en", 0.9, 0.0, -0.1, 1.0)


Hire = Callable[..., Awaitable[AudioWorker]]


@pytest.fixture
async def hire(layer: Any, tmp_path: Path) -> AsyncIterator[Hire]:
    """Starts workers."""
    running: list[tuple[asyncio.Task[None], FinalWriter]] = []

    async def hire(config: WorkerConfig = CONFIG, **options: Any) -> AudioWorker:
        final_writer = FinalWriter(
            tmp_path / "spool",
            on_saved=lambda record, seq: worker.saved(record, seq),
            on_rejected=lambda record, reason: worker.rejected(record, reason),
        )
        final_writer.start()
        worker = AudioWorker(
            config,
            name=make_name(),
            layer=layer,
            registry=Registry(),
            recogniser=CountingRecogniser(),  # type: ignore[arg-type]
            final_writer=final_writer,
            vad=VadModel(),
            sound_port=SoundPort(),
            **options,
        )
        running.append((asyncio.create_task(worker.run()), final_writer))
        return worker

    yield hire
    for task, final_writer in running:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await asyncio.to_thread(final_writer.close, 5)
