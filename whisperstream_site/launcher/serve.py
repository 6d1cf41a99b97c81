"""What the launcher does: stores, preparation, then every role of the Procfile until it is asked to stop.

`python -m whisperstream_site.launcher.serve LIFELINE`: started by `__main__`, which holds the other end of that pipe.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from . import ports, stores
from .announcing import Announcer, Welcome
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
    except PermissionError as error:
        _say(
            f"User {os.geteuid()} may not use {error.filename}. Run WhisperStream as the user to whom it belongs, "
            "or set VAR_DIR to another folder."
        )
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
    os.environ.setdefault("LOCAL", "yes")
    # Whoever looks at this terminal waits for an address; what goes wrong is said all the same.
    os.environ.setdefault("LOG_LEVEL", "warning")
    os.environ.setdefault("LOG_FORMAT", "console" if sys.stdout.isatty() else "auto")
    # Reads every variable, and refuses here what cannot work.
    from .. import settings

    var_dir = settings.VAR_DIR
    var_dir.mkdir(parents=True, exist_ok=True)
    with alone_in(var_dir, _say):
        if problem := next(_port_problems(settings), ""):
            raise Refused(problem)
        embedded = stores.Embedded(var_dir)
        try:
            for notice in embedded.start(_say):
                _say(notice)
            environment = _environment(var_dir)
            administrator = _run_json([sys.executable, "manage.py", "prepare"], environment)
            # Makes sure that a speech model can be had.
            model = _run_json([sys.executable, "manage.py", "model", "--probe"], environment)
            host = _probed(settings.HOST)
            welcome = Welcome(
                address=_address(host, settings.PORT, settings.BASE_PATH),
                administrator=administrator["admin"],
                password=administrator["password"],
                model=model["model"],
                is_model_cached=model["cached"],
            )
            supervisor = Supervisor(BASE_DIR / "Procfile", environment, without=_unused_roles(settings))
            _run_roles(supervisor, embedded, Announcer(welcome), partial(_readiness, host, settings.PORT))
            return 1
        finally:
            _ignore_further_signals()
            embedded.stop(_say)


def _port_problems(settings: Any) -> Iterator[str]:
    """A sentence for each port on which nobody can listen."""
    addresses = [(settings.HOST, settings.PORT, "PORT")]
    if settings.VOSK_PORT:
        addresses.append((ports.LOOPBACK, settings.VOSK_PORT, "VOSK_PORT"))
    if settings.WYOMING_ADDRESS:
        addresses.append((*settings.WYOMING_ADDRESS, "WYOMING_URI"))
    return (problem for address in addresses if (problem := ports.problem(*address)))


def _unused_roles(settings: Any) -> list[str]:
    """Those that would have nothing to do."""
    return [] if settings.WYOMING_ADDRESS else ["wyoming"]


def _run_roles(
    supervisor: Supervisor,
    embedded: stores.Embedded,
    announcer: Announcer,
    readiness: Callable[[], dict[str, str] | None],
) -> None:
    """Returns when a role is given up; stops all roles then, and when interrupted."""
    say = supervisor.output.say
    began = time.monotonic()
    try:
        supervisor.start()
        while not supervisor.gave_up.wait(_LOOK_SECONDS if announcer.is_done else 0.3):
            if not announcer.is_done:
                for sentence in announcer.look(readiness(), time.monotonic() - began):
                    say(sentence)
            embedded.revive(say)
    finally:
        _ignore_further_signals()
        say("Stopping.")
        supervisor.stop()


def _readiness(host: str, port: int) -> dict[str, str] | None:
    """The parts that `/readyz` names, with their states; None while the web process does not answer."""
    connection = HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        answer = json.loads(connection.getresponse().read())
        return {part: state for part, state in answer.items() if isinstance(state, str)}
    except (OSError, HTTPException, ValueError, AttributeError):
        return None
    finally:
        connection.close()


def _probed(host: str) -> str:
    """An address at which a server that listens on `host` can be reached from here."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def _address(host: str, port: int, base_path: str) -> str:
    """The address of the pages for a browser on this machine."""
    netloc = f"[{host}]" if ":" in host else host
    return f"http://{'localhost' if host in ('127.0.0.1', '::1') else netloc}:{port}{base_path}/"


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
