import os
import socket
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY

SCRIPTS = [
    ".ci/run",
    *(f"script/{name}" for name in ("bootstrap", "browser", "python", "run", "test", "translate")),
]


def run(script: str, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(REPOSITORY / script), *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("script", SCRIPTS)
def test_it_is_a_script_that_any_shell_can_read(script):
    file = REPOSITORY / script
    assert os.access(file, os.X_OK)
    assert file.read_text().startswith("#!/bin/sh\n")
    assert "set -eu" in file.read_text()
    subprocess.run(["sh", "-n", str(file)], check=True)


def test_ci_runs_the_tests_of_everyone():
    lines = (REPOSITORY / ".ci" / "run").read_text().splitlines()
    assert lines[-1] == "exec script/test"


def test_a_python_can_be_named():
    done = run("script/python", PYTHON=sys.executable)
    assert (done.returncode, done.stdout.strip()) == (0, sys.executable)


def test_a_python_that_does_not_fit_is_refused():
    done = run("script/python", PYTHON="/bin/false")
    assert done.returncode == 78
    assert "PYTHON is /bin/false, which is not a Python 3.11, 3.12 or 3.13" in done.stderr


def test_without_any_python_it_says_what_to_install(tmp_path):
    # Stand-ins that only say that the real one is missing.
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 127\n")
        (tmp_path / name).chmod(0o755)
    done = run("script/python", PYTHON="", PATH=f"{tmp_path}:/bin")
    if done.returncode == 0:
        pytest.skip("a Python lies beside the shell")
    assert done.returncode == 78
    assert "WhisperStream needs Python 3.11, 3.12 or 3.13" in done.stderr


def test_run_says_at_once_that_a_port_is_taken():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("script/run", PORT=str(port), HOST="127.0.0.1")
    assert done.returncode == 78
    assert done.stdout == ""
    assert done.stderr.startswith(f"Port {port} on 127.0.0.1 cannot be used (address already in use).")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_run_refuses_what_is_no_port(port):
    done = run("script/run", PORT=port)
    assert (done.returncode, done.stderr) == (78, "PORT must be a whole number from 1 to 65535.\n")
