import asyncio
import gc
import signal
from typing import Any
from urllib.parse import urlsplit

from channels.layers import get_channel_layer
from django.conf import settings
from django.core.management.base import BaseCommand
from prometheus_client import start_http_server

from captions.asr.process.recogniser import Recogniser
from captions.core.stores import wait_for_stores
from captions.jobs.speech_settings import (
    endpoint_settings,
    live_settings,
    most_sessions,
    recogniser_config,
    streams,
)
from captions.live import tasks
from captions.live.worker.service import AudioWorker, WorkerConfig, make_name
from captions.live.worker.session_limits import LiveLimits
from captions.live.worker.sound_port import SoundPort
from captions.protocol.registry import Registry
from captions.recordings.audio_recorder import AudioRecorder
from captions.speech.vad import VadModel
from captions.transcripts.final_writer import FinalWriter

from ... import alive

# Whoever's sound arrives is there, but a login is rechecked by a socket.
_ALONE_SECONDS = 600.0


class Command(BaseCommand):
    help = "Hears dictations: takes sessions while it has room, until SIGTERM."

    def handle(self, *args: Any, **options: Any) -> None:
        wait_for_stores(self.stderr.write, None)
        if settings.WORKER_METRICS_PORT:
            start_http_server(settings.WORKER_METRICS_PORT, addr=settings.HOST)
        asyncio.run(work())


async def work() -> None:
    """Runs an audio worker with the configured settings, until SIGTERM or SIGINT."""
    recogniser = Recogniser(recogniser_config(), on_state=lambda state: worker.room_changed())
    final_writer = FinalWriter(
        settings.VAR_DIR / "spool",
        on_saved=lambda record, seq: worker.saved(record, seq),
        on_rejected=lambda record, reason: worker.rejected(record, reason),
    )
    audio_recorder = AudioRecorder(settings.SOUND_DIR) if settings.SOUND_KEEP_DAYS else None
    worker = AudioWorker(
        worker_config(),
        name=make_name(),
        layer=get_channel_layer(),
        registry=Registry(),
        recogniser=recogniser,
        final_writer=final_writer,
        vad=VadModel(),
        sound_port=SoundPort(
            settings.SOUND_PORT_HOST, settings.SOUND_PORT, peer=urlsplit(settings.REDIS_URL).hostname or ""
        ),
        audio_recorder=audio_recorder,
        streams=streams(),
        recover=tasks.recover_soon,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stop)
    final_writer.start()
    if audio_recorder is not None:
        audio_recorder.start()
    # Freezes what is loaded by now, so that garbage collection does not traverse it while sound arrives.
    gc.collect()
    gc.freeze()
    living = asyncio.create_task(alive.keep(lambda: recogniser.state.phase == "ready"))
    try:
        await worker.run()
    finally:
        living.cancel()
        await asyncio.to_thread(final_writer.close, settings.WORKER_DRAIN_SECONDS)
        if audio_recorder is not None:
            await asyncio.to_thread(audio_recorder.close, settings.WORKER_DRAIN_SECONDS)


def worker_config() -> WorkerConfig:
    return WorkerConfig(
        sessions=most_sessions(),
        heartbeat_seconds=settings.HEARTBEAT_SECONDS,
        drain_seconds=settings.WORKER_DRAIN_SECONDS,
        endpoints=endpoint_settings(),
        live=live_settings(),
        limits=LiveLimits(
            session_seconds=settings.LIMIT_SESSION_SECONDS,
            silence_seconds=settings.LIMIT_SILENCE_SECONDS,
            pause_seconds=settings.LIMIT_PAUSE_SECONDS,
            media_end_seconds=settings.MEDIA_END_SECONDS,
            resume_seconds=settings.RESUME_SECONDS,
            alone_seconds=max(settings.RESUME_SECONDS, _ALONE_SECONDS),
            stop_grace_seconds=settings.STOP_GRACE_SECONDS,
        ),
        peer_options={
            "ice_servers": settings.ICE_SERVERS,
            "ice_seconds": settings.ICE_SECONDS,
            "warn_seconds": settings.MEDIA_WARN_SECONDS,
            "park_seconds": settings.MEDIA_PARK_SECONDS,
            "offer_bytes": settings.LIMIT_OFFER_BYTES,
            "candidate_limit": settings.LIMIT_CANDIDATES,
            "allow_loopback": settings.ICE_ALLOW_LOOPBACK,
        },
    )
