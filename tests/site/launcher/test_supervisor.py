"""The supervisor with real processes and real kills."""

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.conftest import REPOSITORY
from tests.processes import gone, until
from whisperstream_site.launcher.supervisor import Supervisor

# Notes its process number, then does as it is told.
ROLE = """
import os, signal, subprocess, sys, time
with open(sys.argv[1], "a") as file:
    print(os.getpid(), file=file)
if sys.argv[2] == "drain":
    def stop(*_):
        time.sleep(0.2)
        print("drained", file=open(sys.argv[1], "a"))
        sys.exit(0)
    signal.signal(signal.SIGTERM, stop)
elif sys.argv[2] == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen(["sleep", "600"])
    print(child.pid, file=open(sys.argv[1], "a"))
else:
    print("I end")
    sys.exit(int(sys.argv[2]))
print("up", file=open(sys.argv[1], "a"))
while True:
    signal.pause()
"""


@pytest.fixture
def procfile(tmp_path: Path):
    """Writes one with a role for each behaviour; returns it. The roles' notes are beside it."""
    (tmp_path / "notes").touch()
    (tmp_path / "role.py").write_text(ROLE)

    def write(*behaviours: str) -> Path:
        file = tmp_path / "Procfile"
        python = shlex.quote(sys.executable)
        file.write_text("".join(f"does-{each}: {python} role.py notes {each}\n" for each in behaviours))
        return file

    yield write
    for pid in pids(tmp_path / "notes"):
        if psutil.pid_exists(pid):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def supervise(procfile, monkeypatch):
    """Starts roles that behave as asked; returns their supervisor and their notes."""
    supervisors = []

    def start(*behaviours: str) -> tuple[Supervisor, Path]:
        file = procfile(*behaviours)
        supervisor = Supervisor(file, dict(os.environ))
        supervisors.append(supervisor)
        supervisor.start()
        return supervisor, file.with_name("notes")

    yield start
    monkeypatch.setenv("WORKER_DRAIN_SECONDS", "1")
    for supervisor in supervisors:
        supervisor.stop()


def pids(notes: Path) -> list[int]:
    return [int(line) for line in notes.read_text().split() if line.isdigit()]


def ups(notes: Path) -> int:
    return notes.read_text().count("up\n")


def test_a_killed_role_comes_back(supervise):
    supervisor, notes = supervise("drain")
    until(lambda: ups(notes) == 1, "the role runs")
    os.kill(pids(notes)[0], signal.SIGKILL)
    until(lambda: ups(notes) == 2, "the role runs again")
    assert pids(notes)[0] != pids(notes)[1]
    assert not supervisor.gave_up.is_set()


def test_a_role_that_has_nothing_to_do_is_left_out(procfile):
    file = procfile("drain", "stubborn")
    supervisor = Supervisor(file, dict(os.environ), without=["does-stubborn"])
    supervisor.start()
    until(lambda: ups(file.with_name("notes")) == 1, "the role runs")
    supervisor.stop()
    assert len(pids(file.with_name("notes"))) == 1


def test_a_stop_is_passed_on_and_waited_for(supervise, capsys):
    supervisor, notes = supervise("drain")
    until(lambda: ups(notes) == 1, "the role runs")
    supervisor.stop()
    assert "drained" in notes.read_text()
    assert len(pids(notes)) == 1
    assert gone(pids(notes)[0])
    assert "does-drain stopped (rc=0)" in capsys.readouterr().out


def test_a_role_that_does_not_stop_is_killed_with_its_children(supervise, monkeypatch, capsys):
    monkeypatch.setenv("WORKER_DRAIN_SECONDS", "1")
    supervisor, notes = supervise("stubborn")
    until(lambda: ups(notes) == 1, "the role runs")
    supervisor.stop()
    assert "does-stubborn did not stop in time" in capsys.readouterr().out
    role, child = pids(notes)
    assert gone(role)
    until(lambda: gone(child), "its child is gone")


def test_a_configuration_error_is_not_tried_again(supervise, capsys):
    supervisor, notes = supervise("drain", "78")
    assert supervisor.gave_up.wait(60)
    until(lambda: ups(notes) == 1, "the other role runs")
    supervisor.stop()
    assert "drained" in notes.read_text()
    assert len(pids(notes)) == 2
    said = [line.partition(" | ")[2] for line in capsys.readouterr().out.splitlines() if "78" in line]
    assert said[-2:] == [
        "I end",
        "does-78 is not started again: it cannot run with the present settings. Its messages above say why.",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_a_role_does_not_outlive_a_killed_supervisor(procfile):
    file = procfile("stubborn")
    notes = file.with_name("notes")
    program = (
        "import os, sys, pathlib; from whisperstream_site.launcher.supervisor import Supervisor; "
        "supervisor = Supervisor(pathlib.Path(sys.argv[1]), dict(os.environ)); "
        "supervisor.start(); supervisor.gave_up.wait()"
    )
    killed = subprocess.Popen([sys.executable, "-c", program, str(file)], cwd=REPOSITORY)
    until(lambda: ups(notes) == 1, "the role runs")
    killed.kill()
    killed.wait()
    until(lambda: gone(pids(notes)[0]), "the role is gone")


def test_a_stop_between_two_starts_is_at_once(supervise, capsys: pytest.CaptureFixture[str]):
    supervisor, notes = supervise("1")
    said = ""

    def ends() -> int:
        nonlocal said
        said += capsys.readouterr().out
        return said.count("starting it again")

    until(lambda: ends() == 3, "the role ends three times")
    # The next start is seconds away.
    began = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - began < 2
    assert len(pids(notes)) == 3
