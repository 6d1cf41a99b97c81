import socket
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from whisperstream_site.waiting import wait_for_stores

CONFIGURATION_ERROR = 78


class Command(BaseCommand):
    help = "Serves the pages and the signaling sockets."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.HOST)
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        check_free(host, port)
        wait_for_stores(self.stderr.write)
        # Importing these installs Twisted's reactor, which only this command wants.
        from captions.signaling.server import serve
        from whisperstream_site.asgi import application

        serve(application, host, port)


def check_free(host: str, port: int) -> None:
    """Raises CommandError when nobody can listen on `host` and `port`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} on {host} cannot be used ({error.strerror}). "
                "Stop the program that has it, or choose another port with PORT.",
                returncode=CONFIGURATION_ERROR,
            ) from error
