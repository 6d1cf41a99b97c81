"""Machines on one host: each a network namespace with an address, which all reach each other over one bridge."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from tests.conftest import REPOSITORY

# Addresses that are in no other network: the namespaces have no way out.
_NETWORK = "10.86.0"
_CLOCK = str(Path(__file__).with_name("clock"))


def missing() -> str:
    """What this host lacks to have machines on it, as a sentence; empty if nothing."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return "Only root can make network namespaces, with iproute2."
    tried = subprocess.run(["ip", "netns", "add", f"ws-{os.getpid()}-try"], capture_output=True, text=True)
    if tried.returncode:
        return f"No network namespace can be made here: {tried.stderr.strip()}"
    subprocess.run(["ip", "netns", "delete", f"ws-{os.getpid()}-try"], check=True)
    return ""


class Machine:
    """One of them. `skew_seconds` is by how much the clock is fast of the Python programs that `start` starts there."""

    def __init__(self, namespace: str, address: str, skew_seconds: float) -> None:
        self.namespace = namespace
        self.address = address
        self._skew = skew_seconds
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def inside(self) -> list[str]:
        """What a command begins with that runs on this machine."""
        return ["ip", "netns", "exec", self.namespace]

    def start(
        self, command: Sequence[str], environment: Mapping[str, str], log: Path, folder: Path = REPOSITORY
    ) -> subprocess.Popen[bytes]:
        paths = filter(None, (_CLOCK, environment.get("PYTHONPATH", "")))
        clock = {"CLOCK_SKEW_SECONDS": str(self._skew), "PYTHONPATH": os.pathsep.join(paths)}
        with log.open("ab") as output:
            process = subprocess.Popen(
                [*self.inside, *command],
                cwd=folder,
                env={**environment, **clock},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._processes.append(process)
        return process

    def favour(self) -> None:
        """Serves all that runs there now before what runs on other machines."""
        for process in self._running():
            with suppress(psutil.NoSuchProcess):
                process.nice(-15)

    def kill(self) -> None:
        """As a power failure: all its processes at once, those too that these have started."""
        for process in self._running():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        for process in self._processes:
            process.wait(60)
        self._processes.clear()

    def _running(self) -> Iterator[psutil.Process]:
        pids = subprocess.run(["ip", "netns", "pids", self.namespace], capture_output=True, text=True)
        for pid in pids.stdout.split():
            with suppress(psutil.NoSuchProcess):
                yield psutil.Process(int(pid))


class Network:
    """A bridge and the machines at it; a context manager, at whose end nothing of them is left."""

    def __init__(self) -> None:
        self._prefix = f"ws-{os.getpid()}"
        self._bridge = f"{self._prefix}-lan"
        self.machines: list[Machine] = []

    def __enter__(self) -> Self:
        _ip("netns", "add", self._bridge)
        _ip("-n", self._bridge, "link", "add", "lan", "type", "bridge")
        _ip("-n", self._bridge, "link", "set", "lan", "up")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for machine in self.machines:
            machine.kill()
            _ip("netns", "delete", machine.namespace)
        _ip("netns", "delete", self._bridge)

    def add(self, name: str, *, skew_seconds: float = 0) -> Machine:
        """A new machine, on the network."""
        machine = Machine(f"{self._prefix}-{name}", f"{_NETWORK}.{len(self.machines) + 1}", skew_seconds)
        _ip("netns", "add", machine.namespace)
        self.machines.append(machine)
        there = ["-n", machine.namespace]
        _ip(
            "-n",
            self._bridge,
            "link",
            "add",
            name,
            "type",
            "veth",
            "peer",
            "eth0",
            "netns",
            machine.namespace,
        )
        _ip("-n", self._bridge, "link", "set", name, "master", "lan", "up")
        _ip(*there, "address", "add", f"{machine.address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            _ip(*there, "link", "set", device, "up")
        return machine


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)
