"""The migrations, and an update while people dictate."""

import threading
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.apps import apps
from django.contrib.postgres.operations import AddIndexConcurrently
from django.core.management import CommandError, call_command
from django.db import connection, migrations
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED

from whisperstream_site.management.commands import prepare

# The last migration of the version before.
_BEFORE = "0030_count_words_without_spaces"
# Tables with a row for each sentence or more.
_LARGE = {"utterance", "utteranceversion", "spokenword", "access"}


@pytest.mark.django_db
def test_the_migrations_make_what_the_models_say():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def later_operations() -> list[tuple[str, Any]]:
    disk = MigrationLoader(None).disk_migrations
    names = sorted(name for app, name in disk if app == "captions" and name > _BEFORE)
    return [(name, operation) for name in names for operation in disk["captions", name].operations]


def test_roles_of_the_version_before_can_write_rows() -> None:
    """They do not know the new columns."""
    needy = [
        f"{name}: {operation.model_name}.{operation.name}"
        for name, operation in later_operations()
        if isinstance(operation, migrations.AddField)
        and not operation.field.null
        and operation.field.db_default is NOT_PROVIDED
        and not operation.field.many_to_many
    ]
    assert needy == []


def test_no_large_table_is_locked_for_long() -> None:
    slow = [
        f"{name}: {type(operation).__name__} {operation.model_name}"
        for name, operation in later_operations()
        if isinstance(operation, migrations.AddIndex | migrations.AddConstraint)
        and not isinstance(operation, AddIndexConcurrently)
        and operation.model_name in _LARGE
    ]
    assert slow == []


def test_the_large_tables_are_called_so() -> None:
    assert {model._meta.model_name for model in apps.get_app_config("captions").get_models()} >= _LARGE


@pytest.fixture
def of_the_version_before(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The database of the version before; the value is its models."""
    monkeypatch.setattr(prepare, "_PAUSE_SECONDS", 0.01)
    executor = MigrationExecutor(connection)
    executor.migrate([("captions", _BEFORE)])
    try:
        yield executor.loader.project_state(("captions", _BEFORE)).apps
    finally:
        call_command("migrate", interactive=False, verbosity=0)


def _other_connection() -> "psycopg.Connection[Any]":
    return psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None})


def test_rows_are_written_all_the_while(of_the_version_before: Any) -> None:
    user = make_old_user(of_the_version_before)
    session, utterance = (
        of_the_version_before.get_model("captions", name) for name in ("Session", "Utterance")
    )
    done, begun = threading.Event(), threading.Event()
    written: list[Any] = []
    problems: list[Exception] = []

    def dictate() -> None:
        try:
            while not done.is_set():
                row = session.objects.create(id=uuid4(), user_id=user)
                utterance.objects.create(
                    session=row, key=uuid4(), seq=1, start_ms=0, end_ms=9, text="a sentence", words=[]
                )
                written.append(row.pk)
                begun.set()
        except Exception as error:
            problems.append(error)
            begun.set()
        finally:
            connection.close()

    speaking = threading.Thread(target=dictate)
    speaking.start()
    assert begun.wait(60)
    before = len(written)
    call_command("prepare")
    while len(written) < before + 5 and not problems:
        assert speaking.is_alive()
    done.set()
    speaking.join()
    assert problems == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM captions_utterance WHERE text = 'a sentence'")
        assert cursor.fetchone() == (len(written),)


def test_a_migration_gives_way_to_those_who_write(
    of_the_version_before: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(prepare, "_LOCK_SECONDS", 1)
    said: list[str] = []
    user = make_old_user(of_the_version_before)
    with _other_connection() as reader:
        reader.execute("LOCK TABLE captions_session IN ACCESS SHARE MODE")

        def pause(seconds: float) -> None:
            # The reader still reads. Behind a migration that waits, this would wait for ever.
            with _other_connection() as writer:
                writer.execute("UPDATE captions_session SET title = title")
            said.append("written")
            if len(said) == 2:
                reader.rollback()

        monkeypatch.setattr(prepare, "sleep", pause)
        call_command("prepare")
    assert said == ["written", "written"]
    assert capsys.readouterr().err.count("A table is in use. Trying again in a moment.") == 2
    assert user


def test_a_table_that_is_never_free_is_a_sentence(
    of_the_version_before: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare, "_LOCK_SECONDS", 1)
    monkeypatch.setattr(prepare, "_MOST_ATTEMPTS", 1)
    with _other_connection() as reader:
        reader.execute("LOCK TABLE captions_session IN ACCESS SHARE MODE")
        with pytest.raises(CommandError, match="pg_stat_activity"):
            call_command("prepare")


def make_old_user(models: Any) -> int:
    model = models.get_model("captions", "User")
    return int(model.objects.create(username=f"person-{uuid4().hex[:8]}", is_superuser=True).pk)
