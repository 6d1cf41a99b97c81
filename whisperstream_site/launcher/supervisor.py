"""Runs the roles of a Procfile side by side, starts those again that die, and stops them all."""

import ctypes
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import IO

from .. import env
from .output import Output
from .restarts import GiveUp, Restarts

_PR_SET_PDEATHSIG = 1


def drain_seconds() -> float:
    """How long a role may take to stop, before it is killed."""
    return env.number("WORKER_DRAIN_SECONDS", 25, least=1) * 1.2


class Supervisor:
    """Keeps each role of `procfile` running, in its folder, but those of `without`.

    `gave_up` is set once one is not started again.
    """

    def __init__(self, procfile: Path, environment: dict[str, str], without: Collection[str] = ()) -> None:
        commands = re.findall(r"^([\w-]+):(.+)$", procfile.read_text(encoding="utf-8"), re.MULTILINE)
        self._folder = procfile.parent
        self._environment = environment
        self._keepers = {
            name: threading.Thread(target=self._keep, args=[name, shlex.split(command)], daemon=True)
            for name, command in commands
            if name not in without
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        # Held while a process is started, so that none starts unseen by whoever stops them.
        self._starting = threading.Lock()
        self._stopping = threading.Event()
        self.gave_up = threading.Event()
        self.output = Output(list(self._keepers))

    def start(self) -> None:
        for keeper in self._keepers.values():
            keeper.start()

    def stop(self) -> None:
        """Asks all roles to stop, kills those that take too long, and returns when none is left."""
        self._stopping.set()
        with self._starting:
            for process in self._processes.values():
                # To it alone: it still needs its children to finish.
                process.terminate()
        deadline = time.monotonic() + drain_seconds()
        for name, keeper in self._keepers.items():
            if keeper.is_alive():
                keeper.join(max(0.0, deadline - time.monotonic()))
            if keeper.is_alive():
                self.output.say(f"{name} did not stop in time and is killed.")
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._processes[name].pid, signal.SIGKILL)
                keeper.join()

    def _keep(self, name: str, command: list[str]) -> None:
        """Runs one role again and again, in a thread of its own."""
        restarts = Restarts()
        try:
            while process := self._started(name, command):
                began = time.monotonic()
                returncode = self._relay_until_end(name, process)
                if self._stopping.is_set():
                    self.output.say(f"{name} stopped (rc={returncode})")
                    return
                delay = restarts.delay_seconds(returncode, time.monotonic() - began)
                self.output.say(f"{name} ended {_how(returncode)}; starting it again.")
                self._stopping.wait(delay)
        except GiveUp as reason:
            self.output.say(f"{name} is not started again: {reason}. Its messages above say why.")
        finally:
            self.gave_up.set()

    def _started(self, name: str, command: list[str]) -> "subprocess.Popen[bytes] | None":
        with self._starting:
            if self._stopping.is_set():
                return None
            self._processes[name] = process = subprocess.Popen(
                command,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                # A group of its own, to be killed with all that it has started.
                start_new_session=True,
                preexec_fn=_die_with_us if sys.platform == "linux" else None,
            )
        self.output.say(f"{name} started (pid={process.pid})")
        return process

    def _relay_until_end(self, name: str, process: "subprocess.Popen[bytes]") -> int:
        """Prints what it says; returns its exit status."""

        def relay(lines: IO[bytes]) -> None:
            with lines:
                for line in lines:
                    self.output.write(name, line)

        relaying = threading.Thread(target=relay, args=[process.stdout], daemon=True)
        relaying.start()
        returncode = process.wait()
        # What it said last comes before what is said of it; but a child that it left may hold its output open.
        relaying.join(1)
        return returncode


def _how(returncode: int) -> str:
    if returncode < 0:
        return f"by signal {signal.Signals(-returncode).name}"
    return f"with status {returncode}"


def _die_with_us() -> None:
    # Even a kill -9 of this process then leaves no role behind that holds the port.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
