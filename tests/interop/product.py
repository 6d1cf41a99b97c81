"""The product as a user runs it, by its own launcher, with a folder and an account of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.interop.environments import CACHE, REPOSITORY
from tests.processes import could_dictate

USERNAME = "admin"
PASSWORD = "a long password for interop"
_READY_SECONDS = 900
_STOP_SECONDS = 90

# What a machine has set for another installation.
_OTHERS = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "BASE_PATH", "HOST")


PRODUCT = pytest.StashKey["Product"]()
"""Where a run of pytest has the product that its checks use."""


class NotStarted(Exception):
    """The product could not be started; the message says why."""


@dataclass(frozen=True, eq=False)
class Product:
    port: int
    environment: dict[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def manage(self, *arguments: str) -> str:
        """Runs a management command beside the product and returns what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=REPOSITORY,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        if done.returncode:
            raise NotStarted(done.stderr.strip()[-2000:])
        return done.stdout.strip()

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Begins a management command beside the product."""
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=REPOSITORY,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def token(self, *scopes: str, keep_history: bool = False) -> str:
        """A new API token of the account."""
        kept = ["--keep-history"] if keep_history else []
        asked = [part for scope in scopes for part in ("--scope", scope)]
        return self.manage("token", "--username", USERNAME, *asked, *kept)


@contextmanager
def running() -> Iterator[Product]:
    """Starts the product with nothing in it and stops it; its log stays in `.cache/interop/product.log`."""
    var = CACHE / "var"
    shutil.rmtree(var, ignore_errors=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    product = Product(int(os.environ.get("PORT") or free_port()), {})
    product.environment.update(_environment(product.port, var))
    with (CACHE / "product.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "whisperstream_site.launcher"],
            cwd=REPOSITORY,
            env=product.environment,
            stdout=log,
            stderr=log,
        )
        try:
            _wait(product, process, log.name)
            yield product
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(_STOP_SECONDS)


def _wait(product: Product, process: subprocess.Popen[bytes], log: str) -> None:
    """Waits until a dictation could begin."""
    deadline = time.monotonic() + _READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if could_dictate(product.url):
            return
        time.sleep(0.5)
    raise NotStarted(f"The product does not start; what it said is in {log}.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(port: int, var: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in _OTHERS}
    return {
        **kept,
        "LOCAL": "yes",
        "PORT": str(port),
        "VAR_DIR": str(var),
        "LOG_LEVEL": "info",
        "DJANGO_SUPERUSER_USERNAME": USERNAME,
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
        "LIVETEST_PASSWORD": PASSWORD,
        # The doors that are closed unless somebody asks for them.
        "SIMPLE_ENDPOINTS": "yes",
        "WYOMING_URI": f"tcp://127.0.0.1:{free_port()}",
        "WYOMING_USER": USERNAME,
        # The only address that Vosk's own client knows.
        "VOSK_PORT": "2700",
        "VOSK_USER": USERNAME,
        # Their receiver is on this machine.
        "WEBHOOKS_PRIVATE": "yes",
        # Many clients of one account, one after the other.
        "LIMIT_SESSIONS_PER_USER": "20",
        "LIMIT_SOCKETS_PER_USER": "20",
        "LIMIT_TOKEN_REQUESTS_PER_MINUTE": "6000",
        "LIMIT_TOKEN_REQUESTS_AT_ONCE": "20",
        "LIMIT_WRONG_TOKENS_PER_MINUTE": "1000",
    }
