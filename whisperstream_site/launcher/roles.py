"""Runs the roles of the Procfile side by side, with honcho."""

import os
import shlex
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import honcho.manager
from honcho.environ import parse_procfile
from honcho.printer import Printer

from . import supervisor


class Roles(honcho.manager.Manager):
    """Honcho's manager, which cannot yet be told to stop before every role has started."""

    _stop_asked = False

    def terminate(self) -> None:
        self._stop_asked = True
        if super()._all_started():
            super().terminate()

    def _all_started(self) -> bool:
        started: bool = super()._all_started()
        if started and self._stop_asked and not self._terminating:
            super().terminate()
        return started


class Output(Printer):
    """Honcho's printer, which survives the terminal it prints to."""

    def write(self, message: Any) -> None:
        with suppress(OSError):
            super().write(message)


def run_roles(
    procfile: Path, environment: dict[str, str], *, greeting: Sequence[str], watch_stores: bool
) -> int:
    """Returns when all roles have ended: 0 when that was asked for, 1 when one of them gave up.

    `greeting` is said once the pages can be opened. With `watch_stores`, embedded stores that die are started again.
    """
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    # Honcho's own five seconds would cut a draining worker short.
    honcho.manager.KILL_WAIT = supervisor.drain_seconds() + 5
    manager = Roles(Output(sys.stdout))
    watch = ["exec", sys.executable, "-m", "whisperstream_site.launcher.watch", *greeting]
    if watch_stores:
        watch.insert(4, "--stores")
    commands: dict[str, Any] = {"whisperstream": shlex.join(watch)}
    commands |= parse_procfile(procfile.read_text(encoding="utf-8")).processes
    for name, command in commands.items():
        manager.add_process(name, command, env=environment, cwd=str(procfile.parent))
    manager.loop()
    asked = {signal.Signals.SIGINT + 128, signal.Signals.SIGTERM + 128}
    return 0 if manager.returncode in asked else 1
