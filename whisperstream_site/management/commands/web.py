from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from captions.core.stores import wait_for_stores

from ...launcher import ports
from ...launcher.restarts import CONFIGURATION_ERROR

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Serves the pages and the signaling sockets."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.HOST)
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        if problem := ports.problem(host, port):
            raise CommandError(problem, returncode=CONFIGURATION_ERROR)
        wait_for_stores(self.stderr.write)
        # Importing these installs Twisted's reactor, which only this command needs.
        from captions.web.server import serve

        from ...asgi import application
        from ...bodies import may_be_long
        from ...sockets import is_of_page

        serve(application, [(host, port), *_vosk_address()], is_of_page, may_be_long)


def _vosk_address() -> list[tuple[str, int]]:
    """Where programs of Vosk are answered without a token, if that is wanted; by one web process of a machine."""
    if not settings.VOSK_PORT:
        return []
    if problem := ports.problem(ports.LOOPBACK, settings.VOSK_PORT, "VOSK_PORT"):
        log.warning("vosk_port_taken", problem=problem)
        return []
    return [(ports.LOOPBACK, settings.VOSK_PORT)]
