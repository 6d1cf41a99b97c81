from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from captions.core.stores import wait_for_stores

from ...launcher import ports
from ...launcher.restarts import CONFIGURATION_ERROR


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
        from ...sockets import is_of_page

        serve(application, host, port, is_of_page)
