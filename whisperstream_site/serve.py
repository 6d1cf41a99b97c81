"""The launcher behind `script/run`: stores, preparation, then every role of the Procfile until Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from . import env, keep, ports, stores
from .embedded import StoreError
from .instance import AlreadyRunning, Instance
from .restarts import CONFIGURATION_ERROR

BASE_DIR = Path(__file__).resolve().parent.parent


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
    host, port = env.text("HOST", "127.0.0.1"), env.integer("PORT", 8000, least=1, most=65535)
    var_dir = Path(env.text("VAR_DIR", str(BASE_DIR / "var"))).absolute()
    var_dir.mkdir(parents=True, exist_ok=True)
    with Instance(var_dir, _say):
        if problem := ports.problem(host, port):
            raise Refused(problem)
        embedded = stores.Embedded(var_dir)
        try:
            for notice in embedded.start(_say):
                _say(notice)
            environment = _environment(var_dir)
            report = _run_json([sys.executable, "manage.py", "prepare"], environment)
            environment |= _model(environment)
            environment |= {
                "WHISPERSTREAM_ADMIN": report["admin"],
                "WHISPERSTREAM_ADMIN_PASSWORD": report["password"] or "",
            }
            from .roles import run_roles

            return run_roles(BASE_DIR / "Procfile", environment, watch_stores=embedded.any)
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
        keep.LAUNCHER: keep.identity(),
    }


def _model(environment: dict[str, str]) -> dict[str, str]:
    """Makes sure that a speech model can be had."""
    report = _run_json([sys.executable, "manage.py", "model", "--probe"], environment)
    return {"WHISPERSTREAM_MODEL": str(report.get("model", ""))}


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
    print(sentence, file=sys.stderr, flush=True)


Say = Callable[[str], None]

if __name__ == "__main__":
    sys.exit(main())
