"""Runs programs that use the clients of other projects: JSON in, JSON out, in the environment of that client."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.interop import environments

PROGRAMS = environments.HERE / "programs"
SECONDS = 240


def python(family: str, program: str, **ask: Any) -> Any:
    """What `programs/PROGRAM.py` answers to a question, run with the packages of a family."""
    try:
        interpreter = environments.python(family)
    except environments.NotInstalled as error:
        pytest.fail(str(error))
    return _answer([str(interpreter), str(PROGRAMS / f"{program}.py")], ask)


def node(program: str, *, environment: dict[str, str] | None = None, **ask: Any) -> Any:
    """What `node/PROGRAM.mjs` answers to a question."""
    try:
        folder = environments.node()
    except environments.NotInstalled as error:
        pytest.fail(str(error))
    return _answer(["node", str(folder / f"{program}.mjs")], ask, environment)


def _answer(command: list[str], ask: dict[str, Any], environment: dict[str, str] | None = None) -> Any:
    done = command_line(command, json.dumps(ask, default=str), environment=environment)
    if done.returncode:
        pytest.fail(
            f"{Path(command[1]).name} ended with status {done.returncode}:\n{done.stderr.strip()[-3000:]}"
        )
    return json.loads(done.stdout.strip().splitlines()[-1])


def command_line(
    command: list[str],
    stdin: str = "",
    *,
    seconds: float = SECONDS,
    environment: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end; fails the check if that takes too long."""
    # What this machine has for another server must not reach a client, nor a proxy between it and the product.
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("OPENAI_", "DEEPGRAM_")) and not key.lower().endswith("_proxy")
    }
    try:
        return subprocess.run(
            command,
            input=stdin,
            env={**kept, **(environment or {})},
            capture_output=True,
            text=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as error:
        said = (error.stderr or b"").decode(errors="replace")[-2000:]
        return pytest.fail(f"{Path(command[0]).name} did not end within {seconds:.0f} s. {said}")
