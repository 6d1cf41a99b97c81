import os
import socket
import subprocess
import sys
from pathlib import Path

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
        timeout=240,
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


class Machine:
    """Stand-ins for what a machine has, in front of what this one has."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.log = folder / "log"
        self.log.touch()

    def has(self, name: str, lines: str) -> str:
        program = self._folder / name
        program.write_text(f"#!/bin/sh\necho {name} $* >>{self.log}\n{lines}\n")
        program.chmod(0o755)
        return str(program)

    def run(self, script: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return run(script, PATH=f"{self._folder}:{os.environ['PATH']}", CHROMIUM="", **environment)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


BROKEN = "echo 'node: error while loading shared libraries: libatomic.so.1: cannot open' >&2; exit 127"
BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def test_a_driver_that_does_not_run_is_said_in_one_sentence(machine):
    machine.has("id", "echo 1000")
    done = machine.run("script/browser", PLAYWRIGHT_NODEJS_PATH=machine.has("node", BROKEN))
    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr.startswith(
        "Playwright's driver does not run (node: error while loading shared libraries"
    )
    assert "as root: apt-get install --yes --no-install-recommends libatomic1" in done.stderr
    assert done.stderr.count("\n") == 1


def test_root_has_what_is_missing_installed(machine):
    machine.has("id", "echo 0")
    for name in BROWSERS:
        machine.has(name, "exit 127")
    machine.has("chromium", f"grep -q 'install .* chromium' {machine.log}")
    node = machine.has("node", f"grep -q 'install .* libatomic1' {machine.log} || {{ {BROKEN}; }}")
    machine.has("apt-get", "")
    done = machine.run("script/browser", PLAYWRIGHT_NODEJS_PATH=node)
    assert (done.returncode, done.stdout) == (0, f"{machine.log.with_name('chromium')}\n"), done.stderr
    assert [line for line in machine.log.read_text().splitlines() if line.startswith("apt-get")] == [
        "apt-get update",
        "apt-get install --yes --no-install-recommends libatomic1",
        "apt-get install --yes --no-install-recommends chromium",
    ]


def test_a_browser_that_cannot_be_had_is_named(machine):
    machine.has("id", "echo 1000")
    for name in BROWSERS:
        machine.has(name, "exit 127")
    node = machine.has("node", "case $* in *install*) echo 'Failed to download' >&2; exit 1 ;; esac")
    done = machine.run("script/browser", PLAYWRIGHT_NODEJS_PATH=node)
    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr.splitlines()[-1] == (
        "The tests need a Chromium; on Debian and Ubuntu, as root: "
        "apt-get install --yes --no-install-recommends chromium"
    )


def test_a_browser_that_does_not_start_is_said_before_the_tests_begin():
    done = subprocess.run(
        [sys.executable, "-m", "tests.ready"],
        cwd=REPOSITORY,
        env={**os.environ, "CHROMIUM": "/bin/false"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 78
    assert done.stderr.startswith("/bin/false does not start (")
    assert done.stderr.endswith("): repair it, or name another browser with CHROMIUM.\n")
    assert done.stderr.count("\n") == 1
