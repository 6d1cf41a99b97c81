"""The embedded stores, with real servers, real kills and a real clash of process numbers."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import psutil
import psycopg
import pytest
from redis import Redis

from tests.processes import gone, until
from whisperstream_site import stores
from whisperstream_site.embedded import EmbeddedPostgres, EmbeddedValkey, StoreError

FAST = {"fsync": "off", "shared_buffers": "16MB"}


@pytest.fixture
def postgres(tmp_path):
    server = EmbeddedPostgres(tmp_path / "pg", options=FAST)
    yield server
    server.stop()


@pytest.fixture
def valkey(tmp_path):
    server = EmbeddedValkey(tmp_path / "vk")
    yield server
    server.stop()


def postmaster(tmp_path: Path) -> int:
    return int((tmp_path / "pg" / "postmaster.pid").read_text().split()[0])


def test_postgres_starts_survives_a_kill_and_stops(postgres, tmp_path):
    url = postgres.start("postgres")
    postgres.ensure_database("things")
    postgres.ensure_database("things")
    assert postgres.running()
    with psycopg.connect(url.replace("/postgres?", "/things?"), autocommit=True) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS one")

    os.kill(postmaster(tmp_path), signal.SIGKILL)
    until(lambda: not postgres.running(), "PostgreSQL is dead")
    assert postgres.start("things") == url.replace("/postgres?", "/things?"), "at the same address"
    with psycopg.connect(url.replace("/postgres?", "/things?")) as connection:
        assert connection.execute("SELECT one FROM t").fetchone() == (1,)

    another = EmbeddedPostgres(tmp_path / "pg", options=FAST)
    pid = postmaster(tmp_path)
    another.start("things")
    assert postmaster(tmp_path) == pid, "a server that runs is taken over"
    another.stop()
    assert not postgres.running()
    assert gone(pid)

    # Its number now belongs to another program of the same user.
    account = (tmp_path / "pg").stat()
    run_as = (
        {"user": account.st_uid, "group": account.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    )
    other = subprocess.Popen(["sleep", "600"], **run_as)
    try:
        lines = [other.pid, tmp_path / "pg", 1700000000, 5432, tmp_path / "pg", "", 0, "ready"]
        (tmp_path / "pg" / "postmaster.pid").write_text("\n".join(map(str, lines)) + "\n")
        assert not postgres.running()
        postgres.stop()
        assert other.poll() is None, "a stranger is not stopped"
        postgres.start("things")
        assert postgres.running()
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_letters_beyond_ascii_are_words_and_their_quotes_are_not(postgres_url):
    with psycopg.connect(postgres_url) as connection:
        found = connection.execute("SELECT to_tsvector('simple', '“Ärger” — über…')").fetchone()
    assert found == ("'ärger':1 'über':2",)


def test_servers_are_in_sessions_of_their_own(valkey, tmp_path, postgres_url):
    valkey.start()
    pid = int((tmp_path / "vk" / "valkey.pid").read_text())
    assert os.getsid(pid) != os.getsid(0), "Ctrl-C must not reach it"
    with psycopg.connect(postgres_url) as connection:
        server = psutil.Process(connection.info.backend_pid).ppid()
    assert os.getsid(server) != os.getsid(0)


def test_valkey_keeps_what_it_holds_through_a_stop_and_a_kill(valkey, tmp_path):
    url = valkey.start()
    with Redis.from_url(url) as redis:
        redis.rpush("queue", "a task")
    valkey.stop()
    assert not valkey.running()
    assert valkey.start() == url
    with Redis.from_url(url) as redis:
        assert redis.lrange("queue", 0, -1) == [b"a task"]
    pid = int((tmp_path / "vk" / "valkey.pid").read_text())
    os.kill(pid, signal.SIGKILL)
    until(lambda: not valkey.running(), "Valkey is dead")
    valkey.start()
    with Redis.from_url(url) as redis:
        assert redis.lrange("queue", 0, -1) == [b"a task"]


def test_a_valkey_that_runs_is_taken_over(valkey, tmp_path):
    valkey.start()
    pid = (tmp_path / "vk" / "valkey.pid").read_text()
    another = EmbeddedValkey(tmp_path / "vk")
    another.start()
    assert (tmp_path / "vk" / "valkey.pid").read_text() == pid
    another.stop()
    assert not valkey.running()


def test_the_sockets_of_a_long_path_are_elsewhere_and_private(tmp_path):
    deep = tmp_path / ("long" * 25)
    deep.mkdir()
    server = EmbeddedValkey(deep / "valkey", keep=False)
    try:
        url = server.start()
        socket = Path(url.removeprefix("unix://"))
        assert deep not in socket.parents
        assert socket.parent.stat().st_mode & 0o777 == 0o700
        assert EmbeddedValkey(deep / "valkey").start() == url, "found again"
    finally:
        server.stop()
    shutil.rmtree(socket.parent)


def test_a_directory_that_anyone_may_read_is_not_trusted(tmp_path):
    deep = tmp_path / ("long" * 25)
    deep.mkdir()
    server = EmbeddedValkey(deep / "valkey", keep=False)
    socket = Path(server.start().removeprefix("unix://"))
    server.stop()
    socket.parent.chmod(0o755)
    with pytest.raises(StoreError, match="not a private directory"):
        server.start()
    shutil.rmtree(socket.parent)


def test_a_store_that_cannot_start_says_why(tmp_path):
    (tmp_path / "pg").mkdir()
    (tmp_path / "pg" / "something").touch()
    with pytest.raises(StoreError, match=r"could not create .*pg: .*"):
        EmbeddedPostgres(tmp_path / "pg").start("postgres")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "PG_VERSION").write_text("16\n")
    with pytest.raises(StoreError, match="was written by PostgreSQL 16"):
        EmbeddedPostgres(tmp_path / "old").start("postgres")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may use every folder")
def test_somebody_elses_data_is_left_alone():
    with pytest.raises(StoreError, match="belongs to another user"):
        EmbeddedPostgres(Path("/etc")).start("postgres")


def test_only_the_stores_that_no_variable_names_are_embedded(monkeypatch, tmp_path):
    monkeypatch.delenv("REDIS_URL")
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/x")
    embedded = stores.Embedded(tmp_path)
    embedded.start(print)
    try:
        assert stores.urls(tmp_path).database == "postgresql://elsewhere/x"
        assert stores.urls(tmp_path).redis.startswith("unix://")
        assert (tmp_path / "stores.json").stat().st_mode & 0o777 == 0o600
        assert embedded.away() == []
        os.kill(int((tmp_path / "valkey" / "valkey.pid").read_text()), signal.SIGKILL)
        until(lambda: embedded.away() == ["Valkey"], "Valkey is away")
        embedded.start_again("Valkey")
        assert embedded.away() == []
    finally:
        embedded.stop(print)
    assert not (tmp_path / "stores.json").exists()


@pytest.mark.parametrize(
    ("url", "celery"),
    [
        ("redis://h:6379/1", "redis://h:6379/1"),
        ("rediss://u:p@h:6379", "rediss://u:p@h:6379"),
        ("unix:///run/valkey.sock", "redis+socket:///run/valkey.sock"),
        ("unix:///run/valkey.sock?db=2", "redis+socket:///run/valkey.sock?virtual_host=2"),
    ],
)
def test_celery_spells_sockets_its_own_way(url, celery):
    assert stores.celery_url(url) == celery


def test_a_secret_is_made_once(tmp_path):
    first = stores.local_secret(tmp_path / "var")
    assert len(first) >= 50
    assert stores.local_secret(tmp_path / "var") == first
    assert (tmp_path / "var" / "secret-key").stat().st_mode & 0o777 == 0o600
