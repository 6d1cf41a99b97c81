"""The launcher behind `script/run`: stores, preparation, then every role of the Procfile until Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from . import ports, stores, supervisor
from .embedded import StoreError
from .instance import AlreadyRunning, Instance
from .restarts import CONFIGURATION_ERROR
from .roles import run_roles

BASE_DIR = Path(__file__).resolve().parents[2]


class Refused(Exception):
    """The product cannot be started; the message says why, or is empty when a child process has said it."""


def main() -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        return _serve()
    except (Refused, AlreadyRunning, StoreError, ImproperlyConfigured) as error:
        if str(error):
            _say(str(error))
        return CONFIGURATION_ERROR
    except KeyboardInterrupt:
        _say("Stopped.")
        return 0


def _serve() -> int:
    os.environ.setdefault("DEBUG", "1")
    os.environ.setdefault("LOG_FORMAT", "console" if sys.stdout.isatty() else "auto")
    # Reads every variable, and refuses here what cannot work.
    from .. import settings

    var_dir = settings.VAR_DIR
    var_dir.mkdir(parents=True, exist_ok=True)
    with Instance(var_dir, _say):
        if problem := ports.problem(settings.HOST, settings.PORT):
            raise Refused(problem)
        embedded = stores.Embedded(var_dir)
        try:
            for notice in embedded.start(_say):
                _say(notice)
            environment = _environment(var_dir)
            administrator = _prepare(environment)
            model = _model(environment)
            return run_roles(
                BASE_DIR / "Procfile", environment, greeting=[administrator, model], watch_stores=embedded.any
            )
        finally:
            # From here on nothing may keep the stores from being stopped in order.
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            embedded.stop(_say)


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
        supervisor.LAUNCHER: supervisor.identity(),
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
    child = subprocess.Popen(command, env=environment, cwd=BASE_DIR, stdout=subprocess.PIPE, text=True)
    try:
        output, _ = child.communicate()
    except BaseException:
        child.terminate()
        child.wait()
        raise
    if child.returncode:
        raise Refused("")
    result = json.loads(output)
    assert isinstance(result, dict)
    return result


def _interrupt(signal_number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _say(sentence: str) -> None:
    # A terminal that was closed must not keep the stores from being stopped.
    with suppress(OSError):
        print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
