"""The recorder in a process of its own, with a PostgreSQL that is stopped and a process that is killed."""

import os
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.conftest import REPOSITORY
from whisperstream_site.launcher.embedded import EmbeddedPostgres


class Process:
    """One recording process (see recording_process.py)."""

    def __init__(self, environment: dict[str, str], spool_dir: Path, session_id: uuid.UUID) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.transcripts.recording_process", str(spool_dir), str(session_id)],
            cwd=REPOSITORY,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        assert self.read() == ["started"]

    def tell(self, *words: object) -> None:
        assert self._process.stdin
        self._process.stdin.write(" ".join(map(str, words)) + "\n")
        self._process.stdin.flush()

    def read(self) -> list[str]:
        assert self._process.stdout
        return self._process.stdout.readline().split()

    def saved(self, count: int) -> list[tuple[int, int]]:
        """The next `count` finals that it reports as saved: their numbers and their `seq`."""
        reports = [self.read() for _ in range(count)]
        assert all(report and report[0] == "saved" for report in reports)
        return [(int(number), int(seq)) for _, number, seq in reports]

    def close(self, seconds: float = 60) -> bool:
        self.tell("close", seconds)
        said = self.read()
        while said[0] != "closed":
            said = self.read()
        self._process.wait(120)
        return said[1] == "True"

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(120)


class Database:
    """A PostgreSQL of this test's own, with one session in it."""

    def __init__(self, folder: Path) -> None:
        self._server = EmbeddedPostgres(
            folder / "pg", options={"fsync": "off", "max_wal_size": "256MB", "shared_buffers": "16MB"}
        )
        self.start()
        self._server.ensure_database("recording")
        self.environment = {
            **os.environ,
            "DATABASE_URL": self.url,
            "VAR_DIR": str(folder),
            "LOG_LEVEL": "error",
        }
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "captions", "--verbosity=0"],
            cwd=REPOSITORY,
            env=self.environment,
            check=True,
        )

    def start(self) -> None:
        self.url = self._server.start("recording")

    def stop(self) -> None:
        self._server.stop()

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            cursor = connection.execute(sql, values)
            return cursor.fetchall() if cursor.description else []

    def make_session(self) -> uuid.UUID:
        session_id = uuid.uuid4()
        self.query(
            "INSERT INTO captions_user (username, password, first_name, last_name, email, is_superuser, is_staff,"
            " is_active, date_joined) VALUES (%s, '', '', '', '', false, false, true, now())",
            session_id.hex,
        )
        self.query(
            "INSERT INTO captions_session (id, user_id, title, language, created_at, active_at, clock_ms, paused,"
            " gen, last_seq, word_count) SELECT %s, id, '', '', now(), now(), 0, false, 0, 0, 0"
            " FROM captions_user WHERE username = %s",
            session_id,
            session_id.hex,
        )
        return session_id

    def finals(self, session_id: uuid.UUID) -> list[tuple[int, str]]:
        return self.query(
            "SELECT seq, text FROM captions_utterance WHERE session_id = %s ORDER BY seq", session_id
        )


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(tmp_path_factory.mktemp("away"))
    yield database
    database.stop()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def lines_on_disk(spool_dir: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in spool_dir.glob("*.jsonl"))


def test_a_thousand_finals_survive_outages_of_postgres(database: Database, tmp_path: Path) -> None:
    chance = random.Random(7)
    session_id = database.make_session()
    process = Process(database.environment, tmp_path, session_id)
    saved: list[tuple[int, int]] = []
    for first in range(0, 1000, 250):
        before = chance.randrange(70, 200)
        process.tell("submit", first, before)
        saved += process.saved(chance.randrange(first + 1 - len(saved), first + before - len(saved)))
        # With some of them on the way to PostgreSQL, and others to come.
        database.stop()
        process.tell("submit", first + before, 250 - before)
        wait_for(lambda: lines_on_disk(tmp_path) >= 250 - before)  # noqa: B023
        database.start()
    saved += process.saved(1000 - len(saved))
    assert saved == [(number, number + 1) for number in range(1000)]
    assert process.close()
    assert database.finals(session_id) == [(number + 1, str(number)) for number in range(1000)]
    assert list(tmp_path.iterdir()) == []


def test_finals_on_disk_survive_the_death_of_their_process(database: Database, tmp_path: Path) -> None:
    session_id = database.make_session()
    process = Process(database.environment, tmp_path, session_id)
    process.tell("submit", 0, 5)
    process.saved(5)
    database.stop()
    try:
        process.tell("submit", 5, 300)
        wait_for(lambda: lines_on_disk(tmp_path) >= 300)
        process.kill()
    finally:
        database.start()
    # Killed again in the middle of saving them, and once more brought to an end.
    process = Process(database.environment, tmp_path, session_id)
    process.saved(64)
    process.kill()
    process = Process(database.environment, tmp_path, session_id)
    process.tell("submit", 305, 1)
    assert process.close()
    assert database.finals(session_id) == [(number + 1, str(number)) for number in range(306)]
    assert list(tmp_path.iterdir()) == []


def test_a_recorder_starts_and_closes_without_postgres_and_leaves_its_finals_on_disk(
    database: Database, tmp_path: Path
) -> None:
    session_id = database.make_session()
    database.stop()
    try:
        process = Process(database.environment, tmp_path, session_id)
        process.tell("submit", 0, 3)
        wait_for(lambda: lines_on_disk(tmp_path) == 3)
        assert not process.close(seconds=1)
        assert lines_on_disk(tmp_path) == 3
    finally:
        database.start()
    process = Process(database.environment, tmp_path, session_id)
    assert process.saved(3) == [(0, 1), (1, 2), (2, 3)]
    assert process.close()
