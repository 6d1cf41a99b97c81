"""The keeper with real processes and real kills."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.conftest import REPOSITORY
from tests.processes import gone, until

# Notes its process number, then does as it is told.
ROLE = """
import os, signal, sys, time
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
else:
    sys.exit(int(sys.argv[2]))
print("up", file=open(sys.argv[1], "a"))
signal.pause()
while True:
    signal.pause()
"""


@pytest.fixture
def keep(tmp_path):
    """Starts the keeper of a role that behaves as asked; returns it and the role's notes."""
    notes = tmp_path / "notes"
    notes.touch()
    keepers = []

    def start(behaviour: str, **environment: str) -> tuple["subprocess.Popen[str]", Path]:
        keeper = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "whisperstream_site.launcher.supervisor",
                sys.executable,
                "-c",
                ROLE,
                str(notes),
                behaviour,
            ],
            cwd=REPOSITORY,
            env={**os.environ, **environment},
            stderr=subprocess.PIPE,
            text=True,
        )
        keepers.append(keeper)
        return keeper, notes

    yield start
    for keeper in keepers:
        keeper.kill()
        keeper.communicate()
    for line in notes.read_text().split():
        if line.isdigit() and psutil.pid_exists(int(line)):
            os.kill(int(line), signal.SIGKILL)


def pids(notes: Path) -> list[int]:
    return [int(line) for line in notes.read_text().split() if line.isdigit()]


def ups(notes: Path) -> int:
    return notes.read_text().count("up\n")


def test_a_killed_role_comes_back(keep):
    _, notes = keep("drain")
    until(lambda: ups(notes) == 1, "the role runs")
    os.kill(pids(notes)[0], signal.SIGKILL)
    until(lambda: ups(notes) == 2, "the role runs again")
    assert pids(notes)[0] != pids(notes)[1]


def test_a_stop_is_passed_on_and_waited_for(keep):
    keeper, notes = keep("drain")
    until(lambda: ups(notes) == 1, "the role runs")
    keeper.terminate()
    assert keeper.wait(120) == 0
    assert "drained" in notes.read_text()
    assert len(pids(notes)) == 1


def test_a_role_that_does_not_stop_is_killed(keep):
    keeper, notes = keep("stubborn", WORKER_DRAIN_SECONDS="1")
    until(lambda: ups(notes) == 1, "the role runs")
    keeper.terminate()
    assert keeper.wait(120) == 1
    assert "did not stop in time" in keeper.stderr.read()
    assert gone(pids(notes)[0])


def test_a_configuration_error_is_not_tried_again(keep):
    keeper, notes = keep("78")
    assert keeper.wait(120) == 78
    assert "cannot run with the present settings" in keeper.stderr.read()
    assert len(pids(notes)) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_a_role_does_not_outlive_a_killed_keeper(keep):
    keeper, notes = keep("stubborn")
    until(lambda: ups(notes) == 1, "the role runs")
    keeper.kill()
    until(lambda: gone(pids(notes)[0]), "the role is gone")


def test_a_keeper_does_not_outlive_the_launcher(keep):
    launcher = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    created = psutil.Process(launcher.pid).create_time()
    keeper, notes = keep("drain", WHISPERSTREAM_LAUNCHER=f"{launcher.pid} {created}")
    until(lambda: ups(notes) == 1, "the role runs")
    launcher.kill()
    launcher.wait()
    keeper.wait(120)
    assert "drained" in notes.read_text()


def test_a_stop_between_two_starts_is_at_once(keep):
    keeper, notes = keep("1")
    for _ in range(3):
        assert "starting it again" in keeper.stderr.readline()
    # The next start is seconds away.
    keeper.terminate()
    assert keeper.wait(2) == 0
    assert len(pids(notes)) == 3
