"""The whole product as separate processes: web and audio worker, on real stores."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, LiteralString, Self
from urllib.error import URLError

import psutil
import psycopg

from captions.core import token_text
from tests.conftest import REPOSITORY
from tests.processes import could_dictate, free_port, until

PASSWORD = "a long password for tests"
# Fixed settings in place of the recogniser's calibration, whose result depends on the load of the machine.
SETTLED = {
    "WHISPER_CPU_THREADS": "1",
    "WHISPER_PARALLEL": "1",
    "WORKER_SESSIONS": "4",
}


# In logs: what says little, and what all lines of a role have in common.
_ROUTINE = ("request", "words_vanished")
_KNOWN = ("logger", "level", "worker")


class Product:
    """An installation whose roles are started and killed one by one; `environment` names existing stores.

    `version` is the folder of the code, which may be changed at any time.
    """

    version = REPOSITORY

    def __init__(self, environment: dict[str, str], logs: Path, model: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **environment,
            **SETTLED,
            "PORT": str(self.port),
            "WHISPER_MODEL": model,
            "LOG_LEVEL": "info",
            "CAPTION_OUTPUT_HOSTS": "127.0.0.1",
        }
        self.logs = logs
        self.roles: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        self.prepare()
        self.start("web")
        self.start("audioworker")
        # Sound that came too late to be heard, as on a busy machine, is to become words here too.
        self.start("celeryworker", "--gaps")
        self.wait_until_ready()
        return self

    def __exit__(self, *exception: object) -> None:
        for role in list(self.roles):
            self.stop(role)

    def prepare(self) -> None:
        """Prepares the database, with an account that `add_user` copies, and the static files, in one process."""
        self.manage(
            "shell",
            "--command",
            "from django.core.management import call_command; from captions.models import User; "
            "call_command('migrate', verbosity=0); "
            "call_command('collectstatic', interactive=False, verbosity=0); "
            f"User.objects.create_superuser('first', password='{PASSWORD}')",
        )

    def manage(self, *arguments: str) -> str:
        """Runs a management command and returns what it printed."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command,
            cwd=self.version,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def logged_since(self, start: float) -> str:
        """What the roles have logged since then, in seconds of the Unix clock, without requests."""
        lines = []
        for log in sorted(self.logs.glob("*.log")):
            for line in log.read_text(errors="replace").splitlines():
                with suppress(ValueError):
                    said = json.loads(line)
                    at, event = datetime.fromisoformat(said.pop("timestamp")).timestamp(), said.pop("event")
                    if at >= start and event not in _ROUTINE:
                        facts = " ".join(
                            f"{name}={value}" for name, value in said.items() if name not in _KNOWN
                        )
                        lines.append(f"{at - start:6.1f} {log.stem} {event} {facts}")
        return "\n".join(sorted(lines))

    def recover(self) -> None:
        """Recovers gaps, as a Celery worker for gaps does soon after another worker has taken over a session."""
        self.manage("shell", "--command", "from captions.live.tasks import recover_gaps; recover_gaps()")

    def listen_again(self, session: str) -> None:
        """Makes the recordings of ended sessions and runs the second pass of this one, as Celery workers do."""
        self.manage(
            "shell",
            "--command",
            "from captions import models; from captions.recordings.tasks import finish_sound; "
            "from captions.second_pass import tasks; finish_sound(); tasks.listen_to_what_ended(); "
            f"tasks.listen_again(str(models.Proposal.objects.pending().get(session='{session}').pk))",
        )

    def start(self, role: str, *options: str) -> None:
        with (self.logs / f"{role}.log").open("ab") as log:
            self.roles[role] = subprocess.Popen(
                [sys.executable, "manage.py", role, *options],
                cwd=self.version,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def stop(self, role: str) -> int:
        """Stops a role with SIGTERM; returns its exit status."""
        process = self.roles.pop(role)
        process.send_signal(signal.SIGTERM)
        return process.wait(120)

    def kill(self, role: str) -> None:
        """Kills a role without warning, as a power failure would."""
        process = self.roles.pop(role)
        process.kill()
        process.wait()

    def kill_recogniser(self) -> None:
        for child in psutil.Process(self.roles["audioworker"].pid).children(recursive=True):
            if any("captions.asr.process" in part for part in child.cmdline()):
                os.kill(child.pid, signal.SIGKILL)
                return
        raise AssertionError("There is no recogniser.")

    def wait_until_ready(self) -> None:
        until(lambda: could_dictate(self.url), "the product is ready", 180)

    def answers(self, path: str) -> bool:
        try:
            with urllib.request.urlopen(self.url + path, timeout=2) as response:
                return bool(response.status == 200)
        except (URLError, OSError):
            return False

    def add_user(self, name: str) -> str:
        """Makes an account with the password PASSWORD."""
        with self.database() as connection:
            connection.execute(
                "INSERT INTO captions_user SELECT (jsonb_populate_record(first, jsonb_build_object("
                "'id', nextval(pg_get_serial_sequence('captions_user', 'id')), "
                "'username', %(name)s::text, 'email', %(name)s || '@example.com'))).* "
                "FROM captions_user AS first WHERE username = 'first'",
                {"name": name},
            )
        return name

    def token(self, name: str, *scopes: str, keep_history: bool = False) -> str:
        """Makes a token of an account, as `manage.py token` does but without starting Django; returns its text."""
        text = token_text.new()
        with self.database() as connection:
            connection.execute(
                "INSERT INTO captions_apitoken (user_id, name, shown, digest, scopes, keep_history, created_at) "
                "SELECT id, 'A program', %s, %s, %s, %s, now() FROM captions_user WHERE username = %s",
                (text[: token_text.SHOWN], token_text.digest(text), list(scopes), keep_history, name),
            )
        return text

    @contextmanager
    def database(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        with psycopg.connect(self.environment["DATABASE_URL"], autocommit=True) as connection:
            yield connection

    def delivered(self, session: str) -> int:
        """How many pieces of sound the browser has delivered for a session."""
        return self._missed(session, "delivery IS NOT NULL")

    def is_written(self, session: str) -> bool:
        """Whether no sound of a session waits for its words."""
        return not self._missed(session, "due_at IS NOT NULL")

    def _missed(self, session: str, condition: LiteralString) -> int:
        with self.database() as connection:
            query = "SELECT count(*) FROM captions_missed WHERE session_id = %s AND " + condition
            found = connection.execute(query, [session]).fetchone()
        assert found
        return int(found[0])

    def finals(self, session: str) -> list[tuple[int, int, int, str]]:
        """(seq, start_ms, end_ms, text) of each saved utterance of a session, in the order of time."""
        with self.database() as connection:
            return connection.execute(
                "SELECT seq, start_ms, end_ms, text FROM captions_utterance WHERE session_id = %s "
                "ORDER BY start_ms, seq",
                [session],
            ).fetchall()
