"""The product on several machines: each with roles, files and a clock of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import psycopg
from redis import Redis

from captions.protocol.registry import WorkerState
from tests.conftest import REPOSITORY
from tests.e2e.product import SETTLED
from tests.machines.network import Machine, Network
from tests.processes import until

PORT = 8000
# What a file server has that all machines use; the rest is on the disk of each.
SHARED = ("sound", "uploads", "archives", "static")
CELERY = ("celery", "files", "gaps")
_COMMANDS = {
    "web": ("web",),
    "audioworker": ("audioworker",),
    "celery": ("celeryworker", "--beat"),
    "files": ("celeryworker", "--files"),
    "gaps": ("celeryworker", "--gaps"),
}


@dataclass(eq=False)
class Host:
    """A machine with roles of the product, of the `version` whose code is in that folder."""

    name: str
    machine: Machine
    environment: dict[str, str]
    logs: Path
    version: Path
    roles: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, *roles: str) -> None:
        for role in roles:
            command = [sys.executable, "manage.py", *_COMMANDS[role]]
            log = self.logs / f"{self.name}-{role}.log"
            self.roles[role] = self.machine.start(command, self.environment, log, self.version)

    def replace(self, role: str) -> None:
        """Sends SIGTERM, starts a new process beside the one that ends, and waits for that."""
        process = self.roles.pop(role)
        process.send_signal(signal.SIGTERM)
        self.start(role)
        process.wait(120)

    def die(self) -> None:
        self.machine.kill()
        self.roles.clear()


class Cluster:
    """Hosts, the stores that they share, and a client before whom a load balancer stands on localhost:PORT.

    `recogniser` are the variables that say what hears on all hosts, `version` is the folder of the code that they have.
    """

    def __init__(
        self,
        network: Network,
        environment: dict[str, str],
        recogniser: dict[str, str],
        folder: Path,
        version: Path,
    ) -> None:
        self._network = network
        self._version = version
        self._folder = folder
        self._own_urls = environment["DATABASE_URL"], environment["REDIS_URL"]
        self._stores = network.add("stores")
        self.client = network.add("client")
        self._environment = {
            **environment,
            **SETTLED,
            **recogniser,
            "DATABASE_URL": f"postgresql://postgres@{self._stores.address}:5432{self._database}",
            "REDIS_URL": f"redis://{self._stores.address}:6379/{self._valkey_number}",
            "HOST": "0.0.0.0",
            "PORT": str(PORT),
            "SOUND_PORT_HOST": "0.0.0.0",
            "WEB_DRAIN_SECONDS": "1",
            "LOG_LEVEL": "info",
            "LIMIT_SOCKETS_PER_USER": "50",
            "LIMIT_SESSIONS_PER_USER": "50",
        }
        self.hosts: dict[str, Host] = {}

    @property
    def url(self) -> str:
        return f"http://localhost:{PORT}"

    def add_host(self, name: str, *, skew_seconds: float, **environment: str) -> Host:
        """A host whose clock is fast by so much; nothing runs there yet."""
        var = self._folder / name
        var.mkdir()
        for shared in SHARED:
            (self._folder / "shared" / shared).mkdir(parents=True, exist_ok=True)
            (var / shared).symlink_to(self._folder / "shared" / shared)
        own = {**self._environment, "VAR_DIR": str(var), **environment}
        machine = self._network.add(name, skew_seconds=skew_seconds)
        self.hosts[name] = Host(name, machine, own, self._folder, self._version)
        return self.hosts[name]

    def open(self) -> None:
        """Opens the ways to the stores, and from the client to the web processes."""
        database, valkey = self._own_urls
        self._relay(
            self._stores, "0.0.0.0:5432", f"{parse_qs(urlsplit(database).query)['host'][0]}/.s.PGSQL.5432"
        )
        self._relay(self._stores, "0.0.0.0:6379", urlsplit(valkey).path)
        webs = [f"{host.machine.address}:{PORT}" for host in self.hosts.values()]
        self._relay(self.client, f"127.0.0.1:{PORT}", *webs)

    def store_sound_in_a_bucket(self) -> dict[str, str]:
        """Starts an S3 server beside the other stores; the variables of hosts that keep recordings there."""
        folder = self._folder / "s3"
        (folder / "recordings").mkdir(parents=True)
        keys = {"NANIO_ACCESS_KEY": "key", "NANIO_SECRET_KEY": "a long secret for tests"}
        program = str(Path(sys.executable).with_name("nanio"))
        self._stores.start(
            [program, "serve", "--data-dir", str(folder), "--port", "9000"],
            {**os.environ, **keys},
            self._folder / "s3.log",
        )
        return {
            "SOUND_S3_BUCKET": "recordings",
            "SOUND_S3_ENDPOINT": f"http://{self._stores.address}:9000",
            "SOUND_S3_REGION": "us-east-1",
            "SOUND_S3_KEY": keys["NANIO_ACCESS_KEY"],
            "SOUND_S3_SECRET": keys["NANIO_SECRET_KEY"],
        }

    def _relay(self, machine: Machine, listen: str, *targets: str) -> None:
        command = [sys.executable, "-m", "tests.machines.relay", listen, *targets]
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
        machine.start(command, environment, self._folder / "relay.log")

    @property
    def _database(self) -> str:
        return urlsplit(self._own_urls[0]).path

    @property
    def _valkey_number(self) -> str:
        return parse_qs(urlsplit(self._own_urls[1]).query).get("db", ["0"])[0]

    @contextmanager
    def database(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        with psycopg.connect(self._own_urls[0], autocommit=True) as connection:
            yield connection

    def workers(self) -> dict[str, WorkerState]:
        """The audio workers that announce themselves as ready, by the address from which they do."""
        with Redis.from_url(self._own_urls[1]) as valkey:
            keys = list(valkey.scan_iter(match="whisperstream:workers:*"))
            entries = [entry for entry in valkey.mget(keys) if entry] if keys else []
        states = [msgspec.json.decode(entry, type=WorkerState) for entry in entries]
        return {state.name: state for state in states if state.state == "ready"}

    def until_workers(self, count: int) -> None:
        until(lambda: len(self.workers()) == count, f"{count} audio workers are ready", 180)

    def holders(self) -> list[str]:
        """The audio worker of each session that is held."""
        with Redis.from_url(self._own_urls[1]) as valkey:
            keys = list(valkey.scan_iter(match="whisperstream:holder:*"))
            return [holder.decode() for holder in valkey.mget(keys) if holder] if keys else []
