"""A connection that does not wait for a server that has stopped answering."""

import time
from collections.abc import Generator
from typing import Any

import psycopg

from .server import Server, server

PATIENCE_SECONDS = 0.8
"""How long nothing comes before somebody knocks."""


class Connection(psycopg.Connection[Any]):
    """A connection of psycopg. A query may take as long as it likes while its server answers others.

    Else it raises psycopg.OperationalError, and the connection is closed: a frozen server keeps its connections open,
    and no time-out of TCP ends them.
    """

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        return super().wait(self._heeding(gen), interval, timeout)

    def _server(self) -> Server:
        host = self.pgconn.hostaddr or self.pgconn.host
        return server(host.decode(), int(self.pgconn.port))

    def _heeding(self, gen: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """The same generator of psycopg, which is sent what its socket is ready for: nothing at each interval."""
        knock_at = time.monotonic() + PATIENCE_SECONDS
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready and time.monotonic() >= knock_at:
                    if not self._server().answers():
                        self.pgconn.finish()
                        raise psycopg.OperationalError("PostgreSQL does not answer.")
                    # A long query: seldom is enough.
                    knock_at = time.monotonic() + 10 * PATIENCE_SECONDS
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value
