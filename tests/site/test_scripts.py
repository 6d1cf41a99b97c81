import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

SCRIPTS = [
    ".ci/run",
    *(
        f"script/{name}"
        for name in ("bootstrap", "browser", "check-scripts", "python", "run", "test", "translate")
    ),
]


def run(
    script: str, *arguments: str, folder: Path = REPOSITORY, **environment: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(folder / script), *arguments],
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
    assert "export CHECK_SCRIPTS=required" in lines


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

    def run(
        self, script: str, folder: Path = REPOSITORY, **environment: str
    ) -> "subprocess.CompletedProcess[str]":
        path = f"{self._folder}:{os.environ['PATH']}"
        return run(script, folder=folder, PATH=path, CHROMIUM="", **environment)


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


@pytest.mark.parametrize("missing", ["node", "npm"])
def test_without_node_scripts_are_not_checked_except_where_they_must_be(machine, missing):
    for name in ("node", "npm"):
        machine.has(name, f"exit {127 if name == missing else 0}")
    done = machine.run("script/check-scripts", CHECK_SCRIPTS="")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == (
        "Scripts and style sheets are not checked: that needs Node.js 20 or newer, with npm.\n"
    )
    done = machine.run("script/check-scripts", CHECK_SCRIPTS="required")
    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr == (
        "Checking scripts and style sheets needs Node.js 20 or newer, with npm; on Debian, as root: "
        "apt-get install --yes --no-install-recommends nodejs npm\n"
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What script/check-scripts needs of the project, to be installed into."""
    folder = tmp_path / "checkout"
    (folder / "script").mkdir(parents=True)
    for name in ("script/check-scripts", "package.json", "package-lock.json"):
        shutil.copy(REPOSITORY / name, folder / name)
    return folder


NPM = """
[ "$1" = ci ] || exit 0
mkdir -p node_modules/.bin
for name in biome tsc; do ln -sf "$(command -v $name)" node_modules/.bin/$name; done
"""


def test_what_checks_scripts_is_installed_once_and_whenever_it_changes(machine, checkout):
    machine.has("node", "")
    machine.has("npm", NPM)
    for name in ("biome", "tsc"):
        machine.has(name, "")
    first = machine.run("script/check-scripts", checkout)
    assert (first.returncode, first.stderr) == (0, "Installing what package-lock.json asks for.\n")
    again = machine.run("script/check-scripts", checkout)
    assert (again.returncode, again.stderr) == (0, "")
    (checkout / "package-lock.json").write_text("{}")
    assert machine.run("script/check-scripts", checkout).returncode == 0
    asked = [line for line in machine.log.read_text().splitlines() if not line.startswith(("node", "npm --"))]
    checks = ["biome ci --error-on-warnings", "tsc", "tsc --project tsconfig.worker.json"]
    assert asked == ["npm ci --loglevel=error", *checks, *checks, "npm ci --loglevel=error", *checks]


def test_what_cannot_be_installed_is_said(machine, checkout):
    machine.has("node", "")
    machine.has("npm", "[ $1 != ci ] || { echo 'npm error network' >&2; exit 1; }")
    done = machine.run("script/check-scripts", checkout)
    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr.splitlines()[1:] == [
        "npm error network",
        "npm cannot install what checks the scripts (reason above).",
    ]
    assert not (checkout / "node_modules").exists()


@pytest.mark.parametrize("tool", ["biome", "tsc"])
def test_what_a_check_of_the_scripts_finds_fails_it(machine, checkout, tool):
    machine.has("node", "")
    machine.has("npm", NPM)
    for name in ("biome", "tsc"):
        machine.has(name, f"exit {int(name == tool)}")
    assert machine.run("script/check-scripts", checkout).returncode == 1


def test_what_checks_scripts_is_pinned_and_comes_from_wherever_npm_gets_it():
    package = json.loads((REPOSITORY / "package.json").read_text())
    assert package["private"] is True
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in package["devDependencies"].values())
    lock = json.loads((REPOSITORY / "package-lock.json").read_text())
    root, *packages = lock["packages"].values()
    assert root["devDependencies"] == package["devDependencies"]
    assert packages
    for each in packages:
        assert each["integrity"].startswith("sha512-")
        assert "resolved" not in each
