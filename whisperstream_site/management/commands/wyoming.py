import asyncio
import signal
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from captions.clients.named_account import NoAccountError, named_account
from captions.clients.wyoming.server import WyomingServer
from captions.core.stores import wait_for_stores

from ...launcher import ports
from ...launcher.restarts import CONFIGURATION_ERROR

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Transcribes for Home Assistant, which speaks the Wyoming protocol, until SIGTERM."
    # `prepare` has checked the settings; here the checks would load all pages, which take 25 MB.
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.WYOMING_ADDRESS is None:
            raise CommandError(
                "WYOMING_URI is not set, for example to tcp://127.0.0.1:10300.",
                returncode=CONFIGURATION_ERROR,
            )
        if problem := ports.problem(*settings.WYOMING_ADDRESS, "WYOMING_URI"):
            raise CommandError(problem, returncode=CONFIGURATION_ERROR)
        wait_for_stores(self.stderr.write)
        asyncio.run(serve(*settings.WYOMING_ADDRESS))


async def serve(host: str, port: int) -> None:
    server = WyomingServer(settings.WYOMING_USER, kept=settings.WYOMING_KEEP_HISTORY)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    try:
        await named_account(settings.WYOMING_USER)
    except NoAccountError:
        # Each client is told, and the account may still be made.
        log.warning("no_account", setting="WYOMING_USER")
    await server.start(host, port)
    log.info("wyoming_started", host=host, port=port)
    await stopped.wait()
    await server.close(settings.WORKER_DRAIN_SECONDS)
    log.info("wyoming_stopped")
