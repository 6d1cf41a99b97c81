"""`script/run`'s launcher, whole: embedded stores, every role, real kills."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.conftest import REPOSITORY
from tests.e2e.product import SETTLED
from tests.processes import could_dictate, free_port, gone, until
from tests.toy import TOY_MODEL


class Launched:
    """One run of the launcher in a session of its own, as a terminal would give it."""

    def __init__(self, environment: dict[str, str], output: Path) -> None:
        self.environment = environment
        self.var_dir = Path(environment["VAR_DIR"])
        self._output = output
        with output.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "whisperstream_site.launcher"],
                cwd=REPOSITORY,
                env=environment,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self._output.read_text(errors="replace")

    def ready(self) -> bool:
        assert self.process.poll() is None, self.output
        return could_dictate(f"http://127.0.0.1:{self.environment['PORT']}")

    def wait_until_ready(self) -> None:
        until(self.ready, f"readiness of:\n{self.output}", 180)

    def role(self, name: str) -> int | None:
        """The process number of a role that runs: `manage.py web`, `-m celery`."""
        for process in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.Error):
                if name in process.cmdline()[1:3]:
                    return int(process.pid)
        return None

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        """The status and the page at a path."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.environment['PORT']}{path}", headers=headers
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def stores(self) -> list[int]:
        files = (self.var_dir / "postgres" / "postmaster.pid", self.var_dir / "valkey" / "valkey.pid")
        return [int(file.read_text().split()[0]) for file in files if file.exists()]

    def everything(self) -> list[int]:
        """The process numbers of the launcher and of all it has started."""
        family = psutil.Process(self.process.pid).children(recursive=True)
        return [self.process.pid, *self.stores(), *(process.pid for process in family)]

    def interrupt(self) -> int:
        """Ctrl-C: SIGINT for the whole foreground process group."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(120)


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., Launched]]:
    # Short: the stores' sockets are in it.
    var_dir = Path(tempfile.mkdtemp(prefix="wsl-"))
    environment = {
        key: value
        for key, value in os.environ.items()
        if key not in ("DATABASE_URL", "REDIS_URL", "DEBUG", "LOCAL", "SECRET_KEY", "HOST", "LOG_LEVEL")
    } | {"VAR_DIR": str(var_dir), "PORT": str(free_port()), "WHISPER_MODEL": TOY_MODEL, **SETTLED}
    runs: list[Launched] = []

    def start(**other: str) -> Launched:
        run = Launched(environment | other, tmp_path / f"output-{len(runs)}")
        runs.append(run)
        return run

    yield start
    for run in runs:
        if run.process.poll() is None:
            run.process.terminate()
            run.process.wait(120)
        for pid in run.stores():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    shutil.rmtree(var_dir, ignore_errors=True)


def test_the_product_starts_survives_kills_and_stops(launch):
    first = launch()
    first.wait_until_ready()
    until(lambda: "Log in as " in first.output, "the address and the login")
    *_, address, login = first.output.splitlines()
    assert address.endswith(f" Open http://localhost:{first.environment['PORT']}/ in a browser.")
    password = re.search(r"Log in as admin with the password ([\w-]{16}) ", login)
    assert password, "the login is said last"
    assert "Waiting for the speech model" in first.output

    # manage.py works beside it with nothing set but the folder.
    beside = first.environment | {"LOCAL": "1"}
    command = [sys.executable, "manage.py", "prepare", "--password"]
    done = subprocess.run(command, cwd=REPOSITORY, env=beside, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("The administrator is admin, with the new password ")
    assert password[1] not in done.stdout

    again = launch(PORT=str(free_port()))
    assert again.process.wait(120) == 78
    assert again.output.startswith(
        f"WhisperStream already runs from {first.var_dir} (process {first.process.pid})."
    )

    killed = first.role("audioworker")
    assert killed
    os.kill(killed, signal.SIGKILL)
    until(lambda: first.role("audioworker") not in (None, killed), "another audio worker")
    first.wait_until_ready()

    postgres = first.stores()[0]
    os.kill(postgres, signal.SIGKILL)
    until(lambda: "PostgreSQL has ended; starting it again." in first.output, "PostgreSQL is missed")
    first.wait_until_ready()

    family = first.everything()
    assert first.interrupt() == 0, first.output
    assert [pid for pid in family if not gone(pid)] == []
    assert not (first.var_dir / "stores.json").exists()
    assert "Traceback" not in first.output, first.output

    # The launcher and the stores killed: the roles follow, which the next start waits for.
    second = launch()
    second.wait_until_ready()
    until(lambda: "Log in as admin." in second.output, "the login")
    assert " with the password " not in second.output
    assert second.output.splitlines()[-1].endswith(" Log in as admin.")
    expect_own_error_pages(second)
    roles = [pid for name in ("web", "audioworker", "celery") if (pid := second.role(name))]
    assert len(roles) == 3
    for pid in (second.process.pid, *second.stores()):
        os.kill(pid, signal.SIGKILL)
    second.process.wait()
    third = launch()
    until(lambda: all(gone(pid) for pid in roles), "the roles of the killed launcher are gone")
    third.wait_until_ready()
    third.process.terminate()
    assert third.process.wait(120) == 0

    # The launcher alone killed, and before it was ready: nothing is left.
    fourth = launch()
    until(lambda: len(fourth.stores()) == 2, "both stores run")
    family = fourth.everything()
    fourth.process.kill()
    fourth.process.wait()
    until(lambda: all(gone(pid) for pid in family), "all that the killed launcher has started is gone")


def expect_own_error_pages(run: Launched) -> None:
    """The pages are the product's, not Django's for developers; an error is in the terminal with its traceback."""
    status, page = run.get("/nowhere/")
    assert status == 404
    assert "Page not found" in page
    assert "DEBUG" not in page
    stores = json.loads((run.var_dir / "stores.json").read_text())
    with psycopg.connect(stores["database"], autocommit=True) as connection:
        connection.execute("ALTER TABLE django_session RENAME TO elsewhere")
        status, page = run.get("/", Cookie=f"whisperstream_sessionid={'x' * 32}")
        connection.execute("ALTER TABLE elsewhere RENAME TO django_session")
    assert status == 500
    assert "Something went wrong" in page
    assert "DEBUG" not in page
    until(lambda: "psycopg.errors.UndefinedTable" in run.output, "the error in the terminal")
    assert "Traceback" in run.output


def test_a_port_that_is_taken_is_said_before_anything_else(launch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        run = launch(PORT=str(taken.getsockname()[1]))
        assert run.process.wait(120) == 78
        assert run.output.startswith(f"Port {taken.getsockname()[1]} on 127.0.0.1 cannot be used (")
        assert run.output.count("\n") == 1
        assert not (run.var_dir / "postgres").exists()


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"PORT": "http"}, "PORT must be a whole number from 1 to 65535."),
        ({"WHISPER_MODEL": "/nowhere/model"}, "/nowhere/model"),
        ({"LOCAL": "0"}, "SECRET_KEY must be set"),
        (
            {"REDIS_URL": "redis://:one#two@host"},
            "REDIS_URL cannot be read as an address. In its user name and",
        ),
    ],
)
def test_what_cannot_work_is_refused_with_the_reason(launch, setting, sentence):
    run = launch(**setting)
    assert run.process.wait(120) == 78
    assert sentence in run.output
    assert "Traceback" not in run.output
    assert run.stores() == [], "the stores are stopped again"
