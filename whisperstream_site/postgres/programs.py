"""Runs pg_dump, pg_restore and psql of the PostgreSQL that is installed with the product, on our database."""

import os

from django.db import connection

from ..launcher.embedded.postgres import programs_folder

PROGRAMS = ("pg_dump", "pg_restore", "psql")

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


def invocation(program: str, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """The command with its arguments, and the environment in which it finds our database. Raises StoreError."""
    path = programs_folder() / program
    named = {name: str(value) for name, value in connection.get_connection_params().items()}
    environment = {_VARIABLES[name]: value for name, value in named.items() if name in _VARIABLES}
    database = ["--dbname", named["dbname"]] if program in _NAMED else []
    return [str(path), *database, *arguments], {**os.environ, **environment}
