import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings
from django.core.management.base import BaseCommand

from captions.core.resolving import EVERYWHERE
from captions.core.stores import wait_for_stores
from captions.outputs.service import OutputService, make_name
from captions.webhooks.service import WebhookService

from ... import alive

_LOOKUPS = 64


class Command(BaseCommand):
    help = (
        "Sends webhooks, and captions to YouTube and Zoom, where people have asked for that, until SIGTERM."
    )
    # `prepare` has checked the settings; here the checks would load all pages, which take 25 MB.
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        wait_for_stores(self.stderr.write, None)
        asyncio.run(work())


async def work() -> None:
    outputs = OutputService(
        get_channel_layer(),
        name=make_name(),
        allowed=settings.CAPTION_OUTPUT_HOSTS,
        drain_seconds=settings.WORKER_DRAIN_SECONDS,
    )
    webhooks = WebhookService(
        allowed=EVERYWHERE if settings.WEBHOOKS_PRIVATE else (),
        drain_seconds=settings.WORKER_DRAIN_SECONDS,
    )
    loop = asyncio.get_running_loop()
    # Names are looked up in threads, of which a name server that does not answer can hold many.
    loop.set_default_executor(ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="lookup"))

    def stop() -> None:
        outputs.stop()
        webhooks.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    living = asyncio.create_task(alive.keep())
    try:
        async with asyncio.TaskGroup() as both:
            both.create_task(outputs.run())
            both.create_task(webhooks.run())
    finally:
        living.cancel()
