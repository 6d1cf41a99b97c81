"""A network of two: the browser's own network namespace, joined to this machine by a link that can be made bad.

The link is a pair of TUN devices, with a program between them (`python -m tests.faults.wire`) that drops, delays and
cuts what passes. It needs root, `ip`, and /dev/net/tun; nothing of the machine's own network is touched.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.browsers import chromium
from tests.faults.product import REPOSITORY

NETWORK = "10.203.0"
ADDRESS = f"{NETWORK}.1"
"""This machine's, on the link."""
NAMESPACE = "whisperstream-faults"
NEAR, FAR = "wsfault0", "wsfault1"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the link does to packets of either direction, each by itself.

    `loss` is the share that is dropped; the others are late by `delay_ms` and up to `jitter_ms` more, so that they
    overtake each other. `blocked` are the protocols that do not pass at all: "tcp" and "udp".
    """

    loss: float = 0.0
    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    blocked: tuple[str, ...] = ()


GOOD = Rules()
CUT = Rules(blocked=("tcp", "udp"))


class Link:
    """The link while it stands. `executable` starts Chromium at its far end."""

    def __init__(self, wire: "subprocess.Popen[str]", executable: str) -> None:
        self.executable = executable
        self._wire = wire
        self._host = 2

    def set(self, rules: Rules) -> None:
        """Makes it better or worse from now on. Raises AssertionError if the program between has ended."""
        assert self._ask(json.dumps(asdict(rules))) == "set", "the link has ended"

    def passed(self) -> dict[str, int]:
        """How many packets the link has passed, dropped and blocked since it stands."""
        counts: dict[str, int] = json.loads(self._ask(""))
        return counts

    def _ask(self, line: str) -> str:
        assert self._wire.stdin
        assert self._wire.stdout
        self._wire.stdin.write(f"{line}\n")
        self._wire.stdin.flush()
        return self._wire.stdout.readline().strip()

    def change_address(self) -> None:
        """Gives the browser's end another address, as a telephone gets that leaves the Wi-Fi."""
        before, self._host = self._host, self._host + 1
        _ip("-n", NAMESPACE, "address", "del", f"{NETWORK}.{before}/24", "dev", FAR)
        _ip("-n", NAMESPACE, "address", "add", f"{NETWORK}.{self._host}/24", "dev", FAR)
        _ip("-n", NAMESPACE, "route", "replace", "default", "via", ADDRESS)


def missing() -> str:
    """Why there can be no link here, or nothing."""
    if os.geteuid() != 0:
        return "It needs root, for a network namespace."
    if not Path("/dev/net/tun").exists():
        return "It needs /dev/net/tun."
    return "" if shutil.which("ip") else "It needs ip, of iproute2."


@contextmanager
def linked() -> Iterator[Link]:
    """Makes the link and the namespace, and takes them away. Raises OSError."""
    subprocess.run(["ip", "netns", "delete", NAMESPACE], capture_output=True)
    _ip("netns", "add", NAMESPACE)
    wire = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.wire"],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert wire.stdout is not None
        if wire.stdout.readline().strip() != "ready":
            raise OSError("The link could not be made; what is wrong is above.")
        _ip("address", "add", f"{ADDRESS}/24", "dev", NEAR)
        _ip("link", "set", NEAR, "up")
        _ip("-n", NAMESPACE, "link", "set", "lo", "up")
        _ip("-n", NAMESPACE, "address", "add", f"{NETWORK}.2/24", "dev", FAR)
        _ip("-n", NAMESPACE, "link", "set", FAR, "up")
        _ip("-n", NAMESPACE, "route", "add", "default", "via", ADDRESS)
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder) / "chromium"
            program.write_text(f'#!/bin/sh\nexec ip netns exec {NAMESPACE} {_browser()} "$@"\n')
            program.chmod(0o755)
            yield Link(wire, str(program))
    finally:
        wire.terminate()
        wire.wait(10)
        subprocess.run(["ip", "netns", "delete", NAMESPACE], capture_output=True)


def _browser() -> str:
    path = chromium()
    if path is None:
        raise OSError("It needs an installed Chromium, or CHROMIUM.")
    return path


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise OSError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
