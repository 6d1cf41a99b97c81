"""Runs the roles of the Procfile side by side, with honcho."""

import signal
import sys
from pathlib import Path
from typing import Any

import honcho.manager
from honcho.environ import parse_procfile
from honcho.printer import Printer

from . import keep


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


def run_roles(procfile: Path, environment: dict[str, str], *, watch_stores: bool) -> int:
    """Returns when all roles have ended: 0 when that was asked for, 1 when one of them gave up."""
    # Honcho's own five seconds would cut a draining worker short.
    honcho.manager.KILL_WAIT = keep.drain_seconds() + 5
    manager = Roles(Printer(sys.stdout))
    watch = f'exec "{sys.executable}" -m whisperstream_site.watch' + (" --stores" if watch_stores else "")
    commands: dict[str, Any] = {"whisperstream": watch}
    commands |= parse_procfile(procfile.read_text(encoding="utf-8")).processes
    for name, command in commands.items():
        manager.add_process(name, command, env=environment, cwd=str(procfile.parent))
    manager.loop()
    asked = {signal.Signals.SIGINT + 128, signal.Signals.SIGTERM + 128}
    return 0 if manager.returncode in asked else 1
