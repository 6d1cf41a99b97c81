"""What the launcher does: stores, preparation, then every role of the Procfile until it is asked to stop.

`python -m whisperstream_site.launcher.serve LIFELINE`: started by `__main__`, which holds the other end of that pipe.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from . import ports, stores
from .embedded import StoreError
from .instance import AlreadyRunning, alone_in
from .restarts import CONFIGURATION_ERROR
from .supervisor import Supervisor

BASE_DIR = Path(__file__).resolve().parents[2]

_ASKS_TO_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LOOK_SECONDS = 2.0


class Refused(Exception):
    """The product cannot be started; the message says why, or is empty when a child process has said it."""


def main() -> int:
    for number in _ASKS_TO_STOP:
        signal.signal(number, _interrupt)
    lifeline, main_thread = int(sys.argv[1]), threading.get_ident()
    threading.Thread(target=_stop_with_the_launcher, args=[lifeline, main_thread], daemon=True).start()
    try:
        return _serve()
    except (Refused, AlreadyRunning, StoreError, ImproperlyConfigured) as error:
        if str(error):
            _say(str(error))
        return CONFIGURATION_ERROR
    except KeyboardInterrupt:
        _say("Stopped.")
        return 0


def _interrupt(signal_number: int, frame: object) -> None:
    _ignore_further_signals()
    raise KeyboardInterrupt


def _ignore_further_signals() -> None:
    """From here on nothing may keep roles and stores from being stopped in order."""
    for number in _ASKS_TO_STOP:
        signal.signal(number, signal.SIG_IGN)


def _stop_with_the_launcher(lifeline: int, main_thread: int) -> None:
    os.read(lifeline, 1)
    signal.pthread_kill(main_thread, signal.SIGTERM)


def _serve() -> int:
    os.environ.setdefault("DEBUG", "1")
    os.environ.setdefault("LOG_FORMAT", "console" if sys.stdout.isatty() else "auto")
    # Reads every variable, and refuses here what cannot work.
    from .. import settings

    var_dir = settings.VAR_DIR
    var_dir.mkdir(parents=True, exist_ok=True)
    with alone_in(var_dir, _say):
        if problem := ports.problem(settings.HOST, settings.PORT):
            raise Refused(problem)
        embedded = stores.Embedded(var_dir)
        try:
            for notice in embedded.start(_say):
                _say(notice)
            environment = _environment(var_dir)
            administrator = _prepare(environment)
            model = _model(environment)
            address = partial(_address, settings.HOST, settings.PORT)
            _run_roles(environment, embedded, address, greeting=[administrator, model])
            return 1
        finally:
            _ignore_further_signals()
            embedded.stop(_say)


def _run_roles(
    environment: dict[str, str], embedded: stores.Embedded, address: Callable[[], str], *, greeting: list[str]
) -> None:
    """Returns when a role is given up; stops all roles then, and when interrupted.

    `greeting` is said once the pages can be opened, which is when they have an `address`.
    """
    supervisor = Supervisor(BASE_DIR / "Procfile", environment)
    say = supervisor.output.say
    announced = False
    try:
        supervisor.start()
        while not supervisor.gave_up.wait(_LOOK_SECONDS if announced else 0.2):
            if not announced and (url := address()):
                for sentence in (f"Open {url} in a browser.", *greeting, "Ctrl-C stops everything."):
                    say(sentence)
                announced = True
            embedded.revive(say)
    finally:
        _ignore_further_signals()
        say("Stopping.")
        supervisor.stop()


def _address(host: str, port: int) -> str:
    """Where the pages can be opened; empty while they cannot."""
    probe = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    connection = HTTPConnection(probe, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        # Also where it refuses our name for it (ALLOWED_HOSTS): it answers.
        connection.getresponse()
    except (OSError, HTTPException):
        return ""
    finally:
        connection.close()
    netloc = f"[{probe}]" if ":" in probe else probe
    return f"http://{'localhost' if probe in ('127.0.0.1', '::1') else netloc}:{port}/"


def _environment(var_dir: Path) -> dict[str, str]:
    metrics = var_dir / "metrics"
    metrics.mkdir(exist_ok=True)
    for left_over in metrics.glob("*.db"):
        left_over.unlink()
    return {
        **os.environ,
        "VAR_DIR": str(var_dir),
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        "PYTHONUNBUFFERED": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }


def _prepare(environment: dict[str, str]) -> str:
    """Makes the database, the static files and the administrator ready; returns a sentence on the last."""
    report = _run_json([sys.executable, "manage.py", "prepare"], environment)
    name, password = report["admin"], report["password"]
    if not password:
        return f"The administrator is {name}."
    # At once: nobody could tell it later, however the start goes on.
    _say(
        f"The administrator is {name}, with the password {password} (shown this once; change it after logging in)."
    )
    return f"Log in as {name}, with the password above."


def _model(environment: dict[str, str]) -> str:
    """Makes sure that a speech model can be had; returns a sentence on which one it will be."""
    report = _run_json([sys.executable, "manage.py", "model", "--probe"], environment)
    if not report["cached"]:
        return f"Speech model: {report['model']}, which is being downloaded; dictation can begin once it is there."
    return f"Speech model: {report['model']}."


def _run_json(command: list[str], environment: dict[str, str]) -> dict[str, Any]:
    """Runs a preparing command, whose progress goes to the terminal, and returns the object it prints."""
    child = subprocess.run(command, env=environment, cwd=BASE_DIR, stdout=subprocess.PIPE, text=True)
    if child.returncode:
        raise Refused("")
    result = json.loads(child.stdout)
    assert isinstance(result, dict)
    return result


def _say(sentence: str) -> None:
    # A terminal that was closed must not keep the stores from being stopped.
    with suppress(OSError):
        print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
