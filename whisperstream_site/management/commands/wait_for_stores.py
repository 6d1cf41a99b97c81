from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from captions.core.stores import StoresAwayError, wait_for_stores


class Command(BaseCommand):
    help = "Waits until PostgreSQL and Valkey answer; says which one is away."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seconds", type=float, help="Give up after this time (default: never).")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            wait_for_stores(self.stderr.write, options["seconds"])
        except StoresAwayError as error:
            raise CommandError(str(error)) from error
