"""Keeps one role running: `python -m whisperstream_site.launcher.supervisor COMMAND…`.

Starts the command again when it dies, passes SIGTERM on to it and waits for it to drain, and never outlives the
launcher, nor lets the command outlive itself.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

import psutil

from .. import env
from .restarts import CONFIGURATION_ERROR, Again, GiveUp, Restarts

# The launcher names itself here, as "PID CREATION-TIME".
LAUNCHER = "WHISPERSTREAM_LAUNCHER"

_LOOK_SECONDS = 1.0
_ORPHAN_SECONDS = 5.0
_PR_SET_PDEATHSIG = 1


def drain_seconds() -> float:
    """How long a role may take to stop, before it is killed."""
    return env.number("WORKER_DRAIN_SECONDS", 25, least=1) * 1.2


def identity() -> str:
    """What the launcher puts into the environment of its children."""
    return f"{os.getpid()} {psutil.Process().create_time()}"


class Supervisor:
    """Runs `command` again and again until told to stop; `run` returns the exit status."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)
        self._name = command[2] if len(command) > 2 and command[1].endswith("manage.py") else command[0]
        self._restarts = Restarts()
        self._stopping = threading.Event()
        self._parent = os.getppid()
        self._launcher = os.environ.get(LAUNCHER, "")
        self._wakeup_reader, self._wakeup_writer = os.pipe()
        for end in (self._wakeup_reader, self._wakeup_writer):
            os.set_blocking(end, False)

    def run(self) -> int:
        signal.set_wakeup_fd(self._wakeup_writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        while not self._stopping.is_set():
            began = time.monotonic()
            child = subprocess.Popen(
                self._command,
                # A group of its own: what is meant for us is passed on once, not delivered twice.
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
            returncode = self._attend(child)
            if self._stopping.is_set():
                return 0 if returncode in (0, -signal.SIGTERM, 128 + signal.SIGTERM) else 1
            verdict = self._restarts.ended(returncode, time.monotonic() - began)
            match verdict:
                case GiveUp(reason):
                    self._say(f"is not started again: {reason}. Its messages above say why.")
                    return CONFIGURATION_ERROR if returncode == CONFIGURATION_ERROR else 1
                case Again(delay):
                    self._say(f"ended {_how(returncode)}; starting it again.")
                    self._sleep_until(time.monotonic() + delay)
        return 0

    def _attend(self, child: "subprocess.Popen[bytes]") -> int:
        """Waits for the child's end, passing a stop on to it; returns its exit status."""
        deadline: float | None = None
        while (returncode := child.poll()) is None:
            if deadline is None and self._abandoned():
                self._stopping.set()
                deadline = time.monotonic() + _ORPHAN_SECONDS
                _send(child, signal.SIGTERM)
            elif deadline is None and self._stopping.is_set():
                deadline = time.monotonic() + drain_seconds()
                _send(child, signal.SIGTERM)
            elif deadline is not None and time.monotonic() >= deadline:
                self._say("did not stop in time and was killed.")
                _send(child, signal.SIGKILL, group=True)
                deadline += 1
            self._sleep_until(time.monotonic() + _LOOK_SECONDS, child)
        return returncode

    def _sleep_until(self, moment: float, child: "subprocess.Popen[bytes] | None" = None) -> None:
        """Sleeps until `moment`, a signal to stop, or the child's end. A child may be told to stop already."""
        stopping = child is not None and self._stopping.is_set()
        while (left := moment - time.monotonic()) > 0:
            if self._stopping.is_set() != stopping or (child is not None and child.poll() is not None):
                return
            select.select([self._wakeup_reader], [], [], left)
            with suppress(BlockingIOError):
                os.read(self._wakeup_reader, 512)

    def _abandoned(self) -> bool:
        if os.getppid() != self._parent:
            return True
        if not self._launcher:
            return False
        pid, created = self._launcher.split()
        try:
            return bool(abs(psutil.Process(int(pid)).create_time() - float(created)) > 1)
        except psutil.Error:
            return True

    def _stop(self, signal_number: int, frame: object) -> None:
        self._stopping.set()

    def _say(self, what: str) -> None:
        with suppress(OSError):
            print(f"{self._name} {what}", file=sys.stderr, flush=True)


def _send(child: "subprocess.Popen[bytes]", number: signal.Signals, *, group: bool = False) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if group:
            os.killpg(child.pid, number)
        else:
            child.send_signal(number)


def _how(returncode: int) -> str:
    if returncode < 0:
        return f"by signal {signal.Signals(-returncode).name}"
    return f"with status {returncode}"


def _die_with_parent() -> None:
    # Even a kill -9 of the keeper then leaves no role behind that holds the port.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def main(arguments: Sequence[str]) -> int:
    if not arguments:
        print("Usage: python -m whisperstream_site.launcher.supervisor COMMAND [ARGUMENT…]", file=sys.stderr)
        return 2
    return Supervisor(arguments).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
