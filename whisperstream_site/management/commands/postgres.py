import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from whisperstream_site.launcher.embedded import StoreError
from whisperstream_site.postgres.programs import PROGRAMS, invocation


class Command(BaseCommand):
    help = "Runs a program of PostgreSQL on our database: pg_dump, pg_restore, psql, … with its own options."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("program", choices=PROGRAMS)

    def run_from_argv(self, argv: list[str]) -> None:
        # What follows the name of the program is for that program, --help as well.
        self._arguments = argv[3:]
        super().run_from_argv(argv[:3])

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            command, environment = invocation(options["program"], *self._arguments)
        except StoreError as error:
            raise CommandError(str(error)) from error
        sys.stdout.flush()
        os.execve(command[0], command, environment)
