import asyncio
import signal
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings
from django.core.management.base import BaseCommand

from captions.core.stores import wait_for_stores
from captions.outputs.service import OutputService, make_name

from ... import alive


class Command(BaseCommand):
    help = "Sends the captions of dictations to YouTube and Zoom, where people have asked for that, until SIGTERM."
    # `prepare` has checked the settings; here the checks would load all pages, which take 25 MB.
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        wait_for_stores(self.stderr.write, None)
        asyncio.run(work())


async def work() -> None:
    service = OutputService(
        get_channel_layer(),
        name=make_name(),
        allowed=settings.CAPTION_OUTPUT_HOSTS,
        drain_seconds=settings.WORKER_DRAIN_SECONDS,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, service.stop)
    living = asyncio.create_task(alive.keep())
    try:
        await service.run()
    finally:
        living.cancel()
