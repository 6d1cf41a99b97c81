"""Real stores for the tests: the run's own PostgreSQL and Valkey, or those in TEST_DATABASE_URL and TEST_REDIS_URL.

Valkey starts with the run and is emptied after each test; PostgreSQL starts with the first test that uses a database.
With `pytest -n 3` each process has its own stores.
"""

import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg
import pytest
from channels.layers import channel_layers, get_channel_layer
from django.conf import settings
from django.utils import translation
from hypothesis import settings as hypothesis_settings
from redis import Redis
from xdist.remote import Producer
from xdist.scheduler import Scheduling

from tests import settings as test_settings
from tests.parallel import FileByFile, give_way, hands_out, may_run_twice
from whisperstream_site.launcher.embedded import EmbeddedPostgres, EmbeddedValkey, StoreError

if TYPE_CHECKING:
    from django.test import Client

    from captions.models import User

# The same examples in every run, on machines of any speed.
hypothesis_settings.register_profile("same", derandomize=True, deadline=None)
hypothesis_settings.load_profile("same")

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


def pytest_configure(config: pytest.Config) -> None:
    # The environment of this process is inherited by the processes that run the tests.
    if hands_out(config):
        return
    # Processes that tests start use the settings of the product, not the test settings.
    os.environ["DJANGO_SETTINGS_MODULE"] = "whisperstream_site.settings"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        may_run_twice(item)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    give_way(item)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    return FileByFile(config, log)


def pytest_sessionstart(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        _clear_away_killed_runs()
    if test_settings.EMBEDDED_VALKEY_DIR and not hands_out(session.config):
        _valkey(test_settings.EMBEDDED_VALKEY_DIR).start()


def pytest_unconfigure() -> None:
    if test_settings.EMBEDDED_VALKEY_DIR:
        _valkey(test_settings.EMBEDDED_VALKEY_DIR).stop()
    if test_settings.EMBEDDED_POSTGRES_DIR:
        _postgres(test_settings.EMBEDDED_POSTGRES_DIR).stop()
    shutil.rmtree(test_settings.TEST_DIR, ignore_errors=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fails a run in which all tests were skipped, like one that found no tests."""
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
        # Leftovers of another user cannot be removed.
        with suppress(StoreError, OSError):
            _postgres(folder / "pg").stop()
            _valkey(folder / "vk").stop()
            shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def _empty_valkey() -> Iterator[None]:
    yield
    # A lock that a test's event loop took with it to its end would keep all later ones from receiving.
    channel_layers.backends.clear()
    with Redis.from_url(settings.REDIS_URL) as redis:
        redis.flushdb()


@pytest.fixture(autouse=True)
def _no_language_of_others() -> Iterator[None]:
    """A request leaves its language active; the next test begins without one."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """The URL of a running PostgreSQL server on which the tests may create databases."""
    if test_settings.EMBEDDED_POSTGRES_DIR:
        return _postgres(test_settings.EMBEDDED_POSTGRES_DIR).start("postgres")
    return settings.DATABASE_URL


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    postgres_url: str, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """Overrides pytest-django's fixture, because the server has to run before the test database is created."""


@pytest.fixture(scope="session", autouse=True)
def _quick_teardown() -> Iterator[None]:
    """Deletes all rows after a test with its own transactions, much faster than Django's `flush`.

    `flush` truncates every table and recreates content types and permissions, which are the same for all tests.
    """
    from django.contrib.auth.models import Group, Permission
    from django.contrib.contenttypes.models import ContentType
    from django.db import connections, transaction
    from django.test import TransactionTestCase

    from captions.models import Access, GoneWord

    # Rows that migrations and Django itself have created.
    made = (ContentType, Permission, Group, Group.permissions.through)
    kept = {"django_migrations", *(model._meta.db_table for model in made)}
    # A trigger protects the access log from deletion.
    looks = Access._meta.db_table
    gone = GoneWord._meta.db_table

    def delete_rows(_: TransactionTestCase) -> None:
        for alias in connections:
            connection = connections[alias]
            tables = set(connection.introspection.django_table_names(only_existing=True)) - kept - {looks}
            with transaction.atomic(alias), connection.cursor() as cursor:
                # Foreign keys are checked at the end of the transaction. What triggers write down of deleted rows goes
                # last.
                ordered = sorted(tables, key=lambda table: table == gone)
                cursor.execute(
                    ";".join(f"DELETE FROM {connection.ops.quote_name(table)}" for table in ordered)
                )
            if Access.objects.using(alias).exists():
                with transaction.atomic(alias), connection.cursor() as cursor:
                    cursor.execute(
                        f"ALTER TABLE {looks} DISABLE TRIGGER access_row_is_kept; DELETE FROM {looks};"
                        f"ALTER TABLE {looks} ENABLE ALWAYS TRIGGER access_row_is_kept"
                    )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", delete_rows)
        yield


@contextmanager
def new_product_env(postgres_url: str, var_dir: Path, *, redis_db: int) -> Iterator[dict[str, str]]:
    """Environment variables for processes: a new database, an empty Valkey database, and a folder for files.

    The database is not migrated.
    """
    name = f"product_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    parts = urlsplit(postgres_url)
    var_dir.mkdir()
    redis_url = test_settings.redis_url(redis_db)
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
def user(db: None) -> "User":
    from tests.factories import make_user

    return make_user("maren")


@pytest.fixture
def visitor(user: "User") -> "Client":
    """A test client in which the user is logged in."""
    from django.test import Client

    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def product_env(postgres_url: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment variables of a separate installation for this test; see `new_product_env`."""
    with new_product_env(postgres_url, tmp_path / "var", redis_db=1) as environment:
        yield environment


@pytest.fixture
async def layer() -> AsyncIterator[Any]:
    """The channel layer, whose connections belong to the event loop of one test."""
    layer = get_channel_layer()
    yield layer
    await layer.close_pools()
