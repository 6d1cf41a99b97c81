"""Whether a PostgreSQL server answers at all."""

import socket
import struct
import time
from functools import cache

_SECONDS = 0.8
_REMEMBERED_SECONDS = 1.0
# Length and code of a request for encryption by GSSAPI. Any answer will do: it comes before a login, and nothing is
# logged when the connection ends after it.
_KNOCK = struct.pack("!ii", 8, 80877104)


class Server:
    """The server at a host, or in the folder of a socket, and a port."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._silent_at = float("-inf")

    @property
    def is_silent(self) -> bool:
        """Whether it did not answer a moment ago."""
        return time.monotonic() - self._silent_at < _REMEMBERED_SECONDS

    def answers(self) -> bool:
        """Knocks, unless it is known to be silent; takes up to about a second."""
        if self.is_silent:
            return False
        try:
            with self._connected() as connection:
                connection.sendall(_KNOCK)
                if connection.recv(1):
                    return True
        except OSError:
            pass
        self._silent_at = time.monotonic()
        return False

    def _connected(self) -> socket.socket:
        if not self._host.startswith("/"):
            return socket.create_connection((self._host, self._port), _SECONDS)
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(_SECONDS)
            connection.connect(f"{self._host}/.s.PGSQL.{self._port}")
        except BaseException:
            connection.close()
            raise
        return connection


@cache
def server(host: str, port: int) -> Server:
    """The one object for this server, which all threads share."""
    return Server(host, port)
