"""The module in which Django looks for a backend."""

import time
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import PoolTimeout

from .server import Server, server

# The time-out of the pool is much shorter: it tells nothing but that somebody should knock.
_MOST_SECONDS = 5


class DatabaseWrapper(base.DatabaseWrapper):
    """Waits for a connection of the pool while all are in use, but not for a server that does not answer."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        one = _only_server(conn_params)
        if one is not None and one.is_silent:
            raise psycopg.OperationalError("PostgreSQL does not answer.")
        until = time.monotonic() + _MOST_SECONDS
        while True:
            try:
                return super().get_new_connection(conn_params)
            except PoolTimeout:
                if time.monotonic() >= until or (one is not None and not one.answers()):
                    raise


def _only_server(conn_params: dict[str, Any]) -> Server | None:
    """The server of which there is no other; None if libpq chooses one."""
    host = str(conn_params.get("hostaddr") or conn_params.get("host") or "")
    port = str(conn_params.get("port") or 5432)
    return server(host, int(port)) if host and "," not in host + port else None
