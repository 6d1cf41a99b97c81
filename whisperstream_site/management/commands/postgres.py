import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from whisperstream_site.launcher.embedded import StoreError
from whisperstream_site.launcher.embedded.postgres import programs_folder

# Of libpq: what it takes from the environment, by the name that psycopg has for it. A password in an argument could be
# read by every user of the host.
_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
}
# The programs that look for their database among their arguments only.
_NAMED = ("pg_restore",)


class Command(BaseCommand):
    help = "Runs a program of PostgreSQL on our database: pg_dump, pg_restore, psql, … with its own options."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("program", choices=("pg_dump", "pg_restore", "psql"))

    def run_from_argv(self, argv: list[str]) -> None:
        # What follows the name of the program is for that program, --help as well.
        self._arguments = argv[3:]
        super().run_from_argv(argv[:3])

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            program = programs_folder() / options["program"]
        except StoreError as error:
            raise CommandError(str(error)) from error
        named = {name: str(value) for name, value in connection.get_connection_params().items()}
        environment = {_VARIABLES[name]: value for name, value in named.items() if name in _VARIABLES}
        database = ["--dbname", named["dbname"]] if options["program"] in _NAMED else []
        sys.stdout.flush()
        os.execve(program, [str(program), *database, *self._arguments], {**os.environ, **environment})
