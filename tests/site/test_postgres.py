"""A server of PostgreSQL that is frozen: it takes connections and says nothing, as one that SIGSTOP has stopped."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from whisperstream_site.postgres import connection as connection_module
from whisperstream_site.postgres.base import DatabaseWrapper
from whisperstream_site.postgres.connection import Connection
from whisperstream_site.postgres.server import Server, server


class Gate:
    """A port in front of PostgreSQL that can be frozen."""

    def __init__(self, port: socket.socket, target: str) -> None:
        self.port: int = port.getsockname()[1]
        self._listening = port
        self._target = target
        self._flows = threading.Event()
        self._flows.set()
        self._connections: list[socket.socket] = []

    def freeze(self) -> None:
        self._flows.clear()

    def thaw(self) -> None:
        self._flows.set()

    def serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                ours, _address = self._listening.accept()
                theirs = socket.socket(socket.AF_UNIX)
                theirs.connect(self._target)
                self._connections += [ours, theirs]
                for pair in ((ours, theirs), (theirs, ours)):
                    threading.Thread(target=self._copy, args=pair, daemon=True).start()

    def close(self) -> None:
        self.thaw()
        self._listening.shutdown(socket.SHUT_RDWR)
        for each in self._connections:
            each.close()

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._flows.wait()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


@pytest.fixture
def folder(postgres_url: str) -> str:
    """The folder of PostgreSQL's socket."""
    host = psycopg.conninfo.conninfo_to_dict(postgres_url).get("host")
    if not isinstance(host, str) or not host.startswith("/"):
        pytest.skip("PostgreSQL has no socket in a folder.")
    return host


@pytest.fixture
def gate(folder: str) -> Iterator[Gate]:
    with socket.create_server(("127.0.0.1", 0)) as port:
        gate = Gate(port, f"{folder}/.s.PGSQL.5432")
        serving = threading.Thread(target=gate.serve)
        serving.start()
        yield gate
        gate.close()
        serving.join()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "PATIENCE_SECONDS", 0.05)


def test_a_server_answers_a_knock(folder: str, gate: Gate) -> None:
    assert Server(folder, 5432).answers()
    assert Server("127.0.0.1", gate.port).answers()
    gate.freeze()
    frozen = Server("127.0.0.1", gate.port)
    assert not frozen.answers()
    assert frozen.is_silent
    assert not Server("127.0.0.1", 1).answers()
    assert not Server("/nowhere", 5432).answers()


def test_a_query_is_given_up_where_nobody_answers(gate: Gate, postgres_url: str) -> None:
    through: dict[str, Any] = {"host": "127.0.0.1", "port": gate.port, "autocommit": True}
    with Connection.connect(postgres_url, **through) as connection:
        assert connection.execute("SELECT pg_sleep(0.3), 7").fetchone() == ("", 7), "it is only slow"
        gate.freeze()
        with pytest.raises(psycopg.OperationalError, match="does not answer"):
            connection.execute("SELECT 1")
        assert connection.closed
    wrapper = DatabaseWrapper({"NAME": "postgres", "OPTIONS": {}})
    with pytest.raises(psycopg.OperationalError, match="does not answer"):
        wrapper.get_new_connection({"host": "127.0.0.1", "port": gate.port})
    gate.thaw()
    # It is forgotten after a moment.
    server("127.0.0.1", gate.port)._silent_at = 0
    with Connection.connect(postgres_url, **through) as connection:
        assert connection.execute("SELECT 7").fetchone() == (7,)
