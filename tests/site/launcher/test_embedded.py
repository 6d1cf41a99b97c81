"""The embedded stores, with real servers, real kills and a real clash of process numbers."""

import grp
import os
import pwd
import shutil
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest
from redis import Redis

from tests.processes import gone, until
from whisperstream_site.launcher.embedded import EmbeddedPostgres, EmbeddedValkey, StoreError, accounts

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


@pytest.fixture
def system_user(monkeypatch):
    """The name of a user for PostgreSQL of this test's own."""
    if os.geteuid() != 0:
        pytest.skip("only root can make users")
    name = f"pgtest{os.getpid()}"
    monkeypatch.setattr(accounts, "_SYSTEM_USER", name)
    yield name
    for command in ("userdel", "groupdel"):
        subprocess.run([command, name], capture_output=True)


@pytest.mark.parametrize("leaves_group", [True, False])
def test_a_user_that_vanishes_is_made_again(postgres, system_user, monkeypatch, leaves_group):
    run = subprocess.run
    went: list[int] = []

    def losing(command, **options):
        if Path(command[0]).name == "initdb" and len(went) < 2:
            uid = pwd.getpwnam(system_user).pw_uid
            if leaves_group:
                gid = grp.getgrnam(system_user).gr_gid
                run(["usermod", "--gid", "nogroup", system_user], check=True)
                assert gid != pwd.getpwnam(system_user).pw_gid
            run(["userdel", system_user], check=True)
            went.append(uid)
        return run(command, **options)

    monkeypatch.setattr(subprocess, "run", losing)
    with psycopg.connect(postgres.start("postgres")) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert len(went) == 2
    # What was made is used by whoever owns it, in the list of users or not.
    postgres.stop()
    run(["userdel", system_user], check=True)
    postgres.start("postgres")
    assert postgres.running()


def test_two_that_need_the_user_at_once_get_the_same(system_user):
    with ThreadPoolExecutor(8) as threads:
        found = set(threads.map(lambda _: accounts.account_for(Path("/nowhere")).uid, range(8)))
    assert found == {pwd.getpwnam(system_user).pw_uid}


def test_without_useradd_it_says_what_to_do(system_user, monkeypatch, tmp_path):
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(tmp_path))
        with pytest.raises(
            StoreError, match=r"created \(useradd: .*\)\. Start WhisperStream as an ordinary user"
        ):
            accounts.account_for(tmp_path / "pg")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who has no entry")
def test_an_ordinary_user_without_an_entry_is_told_what_to_do(tmp_path, postgres_url):
    nobody = 54_321
    with pytest.raises(KeyError):
        pwd.getpwuid(nobody)
    folder = tmp_path / "theirs"
    folder.mkdir()
    os.chown(folder, nobody, nobody)
    accounts.let_through(folder / "pg")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        said = "started"
        try:
            os.setgroups([])
            os.setgid(nobody)
            os.setuid(nobody)
            EmbeddedPostgres(folder / "pg", options=FAST).start("postgres")
        except BaseException as error:
            said = str(error)
        os.write(writer, said.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        said = answer.read()
    os.waitpid(child, 0)
    assert said == (
        "PostgreSQL makes its data only for somebody who is in this machine's list of users, and user 54321 is not: "
        "have root run `useradd --uid 54321 whisperstream`, or set DATABASE_URL to a PostgreSQL server."
    )
