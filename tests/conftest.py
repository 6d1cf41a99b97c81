"""Real stores for the tests: a PostgreSQL and a Valkey of this run's own, or those named by TEST_DATABASE_URL and
TEST_REDIS_URL. Valkey starts with the run and is emptied after each test; PostgreSQL starts with the first test
that asks for a database.
"""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg
import pytest
from django.conf import settings
from redis import Redis

from tests import settings as test_settings
from whisperstream_site.embedded import EmbeddedPostgres, EmbeddedValkey, StoreError

REPOSITORY = Path(__file__).resolve().parent.parent
_NO_DURABILITY = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_wal_size": "256MB",
}


def _postgres(data: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(data, options=_NO_DURABILITY)


def _valkey(data: Path) -> EmbeddedValkey:
    return EmbeddedValkey(data, keep=False)


def pytest_configure() -> None:
    # What tests start as a process of its own is the product, not the product under its test settings.
    os.environ["DJANGO_SETTINGS_MODULE"] = "whisperstream_site.settings"


def pytest_sessionstart() -> None:
    _clear_away_killed_runs()
    if test_settings.EMBEDDED_VALKEY_DIR:
        _valkey(test_settings.EMBEDDED_VALKEY_DIR).start()


def pytest_unconfigure() -> None:
    if test_settings.EMBEDDED_VALKEY_DIR:
        _valkey(test_settings.EMBEDDED_VALKEY_DIR).stop()
    if test_settings.EMBEDDED_POSTGRES_DIR:
        _postgres(test_settings.EMBEDDED_POSTGRES_DIR).stop()
    shutil.rmtree(test_settings.TEST_DIR, ignore_errors=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A run in which every test was skipped has tested nothing, and fails like one that found no test."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.exitstatus == pytest.ExitCode.OK and reporter and not session.config.option.collectonly:
        ran = sum(len(reporter.stats.get(outcome, [])) for outcome in ("passed", "failed", "xfailed"))
        if not ran:
            session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED


def _clear_away_killed_runs() -> None:
    for folder in Path(tempfile.gettempdir()).glob("wst-*-*"):
        pid = folder.name.split("-")[1]
        if not pid.isdigit() or psutil.pid_exists(int(pid)):
            continue
        # Another user's leftovers are theirs to clear.
        with suppress(StoreError, OSError):
            _postgres(folder / "pg").stop()
            _valkey(folder / "vk").stop()
            shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def _empty_valkey() -> Iterator[None]:
    yield
    with Redis.from_url(settings.REDIS_URL) as redis:
        redis.flushdb()


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """The URL of a running PostgreSQL server in which the tests may create databases."""
    if test_settings.EMBEDDED_POSTGRES_DIR:
        return _postgres(test_settings.EMBEDDED_POSTGRES_DIR).start("postgres")
    return settings.DATABASE_URL


@pytest.fixture(scope="session")
def django_db_modify_db_settings(postgres_url: str) -> None:
    """Overrides pytest-django's: the server has to run before the test database can be made."""


@contextmanager
def new_product_env(postgres_url: str, var_dir: Path, *, redis_db: int) -> Iterator[dict[str, str]]:
    """The environment of a product of its own, for processes: an empty database, an empty Valkey database, a folder
    for its files. Migrating is the test's business."""
    name = f"product_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    parts = urlsplit(postgres_url)
    var_dir.mkdir()
    redis_url = settings.REDIS_URL + ("&" if "?" in settings.REDIS_URL else "?") + f"db={redis_db}"
    kept = {key: value for key, value in os.environ.items() if key not in ("PORT", "HOST", "LOG_LEVEL")}
    yield {
        **kept,
        "DATABASE_URL": urlunsplit(parts._replace(path=f"/{name}")),
        "REDIS_URL": redis_url,
        "VAR_DIR": str(var_dir),
        "DEBUG": "1",
        "SECRET_KEY": uuid.uuid4().hex * 2,
    }
    with Redis.from_url(redis_url) as redis:
        redis.flushdb()
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def product_env(postgres_url: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a product of this test's own; see `new_product_env`."""
    with new_product_env(postgres_url, tmp_path / "var", redis_db=1) as environment:
        yield environment
