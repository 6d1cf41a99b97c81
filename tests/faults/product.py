"""The product as `script/run` starts it, with a handle on each of its processes."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg

from tests.processes import could_dictate, free_port, until
from whisperstream_site.launcher.stores import urls

REPOSITORY = Path(__file__).resolve().parents[2]
CACHE = REPOSITORY / ".cache" / "faults"
USERNAME = "admin"
PASSWORD = "a long password for faults"
_READY_SECONDS = 600
_STOP_SECONDS = 120
# What a machine has set for another installation.
_OTHERS = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "BASE_PATH", "HOST", "VAR_DIR", "PORT")

# Which processes of the launcher's tree have which name here.
_PATTERNS = {
    "web": r"manage\.py web$",
    "audioworker": r"manage\.py audioworker$",
    "recogniser": r"captions\.asr\.process",
    "celery": r"-m celery .* worker ",
    "valkey": r"valkey-server",
    "postmaster": r"/bin/postgres .*-D",
}


class NotStarted(Exception):
    """The product could not be started; the message says why."""


class Product:
    """One installation in a folder of its own. `settings` are environment variables beside the usual ones."""

    def __init__(self, folder: Path, settings: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.port = free_port()
        self.environment = {
            **{key: value for key, value in os.environ.items() if key not in _OTHERS},
            "LOCAL": "yes",
            "PORT": str(self.port),
            "VAR_DIR": str(folder / "var"),
            "LOG_LEVEL": "info",
            "DJANGO_SUPERUSER_USERNAME": USERNAME,
            "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
            "WORKER_SESSIONS": "4",
            **{name: value.format(port=self.port) for name, value in (settings or {}).items()},
        }
        self.var = Path(self.environment["VAR_DIR"])
        self._launcher: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """What it said, from one run to the next."""
        return CACHE / "product.log"

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._launcher = subprocess.Popen(
                [sys.executable, "-m", "whisperstream_site.launcher"],
                cwd=REPOSITORY,
                env=self.environment,
                stdout=log,
                stderr=log,
            )

    def stop(self) -> None:
        """Asks everything to stop, as Ctrl-C does, and waits for it."""
        if self._launcher is None:
            return
        self._launcher.send_signal(signal.SIGTERM)
        try:
            self._launcher.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill_all()
        self._launcher = None

    def kill_all(self) -> None:
        """A `kill -9` of the launcher and of the child that does its work."""
        assert self._launcher is not None
        serve = next(
            child
            for child in psutil.Process(self._launcher.pid).children()
            if "serve" in str(child.cmdline())
        )
        for process in (self._launcher, serve):
            process.kill()
        self._launcher.wait()
        self._launcher = None

    def wait_until_ready(self) -> None:
        """Returns when a dictation could begin. Raises NotStarted."""
        deadline = time.monotonic() + _READY_SECONDS
        while self._launcher and self._launcher.poll() is None and time.monotonic() < deadline:
            if self.is_ready():
                return
            time.sleep(0.1)
        raise NotStarted(f"The product does not start; what it said is in {self.log}.")

    def is_ready(self) -> bool:
        return could_dictate(f"http://127.0.0.1:{self.port}")

    @property
    def is_running(self) -> bool:
        return self._launcher is not None and self._launcher.poll() is None

    def processes(self, name: str) -> list[psutil.Process]:
        """Those of one kind (`_PATTERNS`) that run now."""
        if name in ("valkey", "postmaster"):
            return self._store(name)
        assert self._launcher is not None
        found = []
        for process in psutil.Process(self._launcher.pid).children(recursive=True):
            with suppress(psutil.Error):
                command = " ".join(process.cmdline())
                inner = name == "celery" and re.search(_PATTERNS[name], self._command_of_parent(process))
                if re.search(_PATTERNS[name], command) and not inner:
                    found.append(process)
        return found

    def kill(self, name: str) -> None:
        """`kill -9` of all processes of one kind; fails if there is none, or if one lives on."""
        victims = self.processes(name)
        assert victims, f"there is no {name}"
        for process in victims:
            process.kill()
        psutil.wait_procs(victims, timeout=10)
        assert not [each for each in victims if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """Stops all processes of one kind, with their children, and lets them go on afterwards."""
        victims = [
            each for process in self.processes(name) for each in (process, *process.children(recursive=True))
        ]
        assert victims, f"there is no {name}"
        with suspended(victims):
            yield

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the database answers."""
        with psycopg.connect(urls(self.var).database, autocommit=True, connect_timeout=10) as connection:
            return connection.execute(query, list(values)).fetchall()

    def transcript(self, session: str) -> list[tuple[int, int, int, str]]:
        """(seq, start_ms, end_ms, text) of each row that a user finds, in the order of the page."""
        return [
            (row[0], row[1], row[2], row[3])
            for row in self.rows(
                "SELECT seq, start_ms, end_ms, text FROM captions_utterance WHERE session_id = %s "
                "ORDER BY start_ms, seq",
                session,
            )
        ]

    def open_gaps(self, session: str) -> int:
        """How many pieces of sound of a session are still to be transcribed."""
        found = self.rows(
            "SELECT count(*) FROM captions_missed WHERE session_id = %s AND due_at IS NOT NULL", session
        )
        return int(found[0][0])

    def _store(self, name: str) -> list[psutil.Process]:
        file = self.var / ("valkey/valkey.pid" if name == "valkey" else "postgres/postmaster.pid")
        try:
            process = psutil.Process(int(file.read_text().split()[0]))
            return [process] if re.search(name[:8].replace("postmast", "postgres"), process.name()) else []
        except (OSError, ValueError, IndexError, psutil.Error):
            return []

    @staticmethod
    def _command_of_parent(process: psutil.Process) -> str:
        parent = process.parent()
        return " ".join(parent.cmdline()) if parent else ""


@contextmanager
def suspended(processes: list[psutil.Process]) -> Iterator[None]:
    """Lets processes stand still for a while; fails if one of them does not."""

    def stands(process: psutil.Process) -> bool:
        try:
            return process.status() in (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return True

    try:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.suspend()
        until(lambda: all(map(stands, processes)), "they stand still", 10)
        yield
    finally:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.resume()


@contextmanager
def running(settings: dict[str, str]) -> Iterator[Product]:
    """Starts the product with nothing in it, and stops it; its log stays in `.cache/faults`."""
    folder = CACHE / "product"
    for process in psutil.process_iter(["environ"]):
        if (process.info["environ"] or {}).get("VAR_DIR") == str(folder / "var"):
            raise NotStarted(f"Another run works in {folder}: process {process.pid} is of it.")
    shutil.rmtree(folder, ignore_errors=True)
    product = Product(folder, settings)
    product.start()
    try:
        product.wait_until_ready()
        # It would find words that were lost, and take processor time from the row that follows.
        product.rows("UPDATE captions_user SET second_pass = false RETURNING id")
        yield product
    finally:
        product.stop()
