import json
import re
import subprocess
import sys

import psycopg
import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from captions.models import User
from tests.conftest import REPOSITORY


def prepare(environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", "prepare"],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
    )


def postgres(environment: dict[str, str], *command: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "postgres", *command], cwd=REPOSITORY, env=environment, check=True
    )


@pytest.fixture(autouse=True)
def no_administrator_named(monkeypatch):
    for name in ("USERNAME", "PASSWORD", "EMAIL"):
        monkeypatch.delenv(f"DJANGO_SUPERUSER_{name}", raising=False)


def test_from_an_empty_database_to_a_product_that_can_serve_and_again(product_env, tmp_path):
    done = prepare(product_env)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["admin"] == "admin"
    assert len(report["password"]) >= 16
    assert "Migrating" in done.stderr
    assert "Static files are collected" in done.stderr

    again = prepare(product_env)
    assert json.loads(again.stdout) == {"admin": "admin", "password": None}
    assert again.stderr == ""
    with psycopg.connect(product_env["DATABASE_URL"]) as connection:
        rows = connection.execute("SELECT username, is_superuser FROM captions_user").fetchall()
    assert rows == [("admin", True)]

    # What docs/operations.md says of a backup: a database that was prepared, too, becomes what the dump has.
    dump = str(tmp_path / "database.dump")
    postgres(product_env, "pg_dump", "--format=custom", "--file", dump)
    with psycopg.connect(product_env["DATABASE_URL"]) as connection:
        connection.execute("UPDATE captions_user SET username = 'somebody'")
    postgres(
        product_env, "pg_restore", "--clean", "--if-exists", "--single-transaction", "--exit-on-error", dump
    )
    with psycopg.connect(product_env["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT username FROM captions_user").fetchall() == [("admin",)]
    assert prepare(product_env).returncode == 0


@pytest.mark.django_db
def test_the_administrator_can_be_named(monkeypatch, capsys, tmp_path):
    (tmp_path / "password").write_text("a long password\n")
    monkeypatch.setenv("DJANGO_SUPERUSER_USERNAME", "chief")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD_FILE", str(tmp_path / "password"))
    monkeypatch.setenv("DJANGO_SUPERUSER_EMAIL", "chief@example.org")
    call_command("prepare")
    assert json.loads(capsys.readouterr().out) == {"admin": "chief", "password": None}
    user = authenticate(username="chief", password="a long password")
    assert isinstance(user, User)
    assert user.is_superuser
    assert EmailAddress.objects.filter(user=user, email="chief@example.org", verified=True).exists()


@pytest.mark.django_db
def test_a_new_password_on_request(capsys):
    call_command("prepare")
    first = json.loads(capsys.readouterr().out)["password"]
    call_command("prepare", password=True)
    found = re.fullmatch(
        r"The administrator is admin, with the new password ([\w-]{16}) \(.*\)\.\n", capsys.readouterr().out
    )
    assert found
    assert found[1] != first
    assert authenticate(username="admin", password=found[1])
    assert not authenticate(username="admin", password=first)


@pytest.mark.django_db
def test_a_new_password_for_an_administrator_who_is_only_made_now(capsys):
    call_command("prepare", password=True)
    found = re.search(r"the new password ([\w-]{16}) ", capsys.readouterr().out)
    assert found
    assert authenticate(username="admin", password=found[1])


@pytest.mark.django_db
def test_a_password_that_is_set_is_set_again_and_not_printed(monkeypatch, capsys):
    call_command("prepare")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a long password")
    call_command("prepare", password=True)
    said = capsys.readouterr().out
    assert "that of DJANGO_SUPERUSER_PASSWORD" in said
    assert "a long password" not in said
    assert authenticate(username="admin", password="a long password")


@pytest.mark.django_db
def test_an_ordinary_account_is_not_made_an_administrator():
    User.objects.create_user("admin")
    with pytest.raises(CommandError, match="admin is an ordinary account"):
        call_command("prepare")


def test_a_wrong_setting_stops_it_with_a_sentence(product_env):
    done = prepare(product_env | {"ICE_SERVERS": '[{"urls": "turn:turn.example.org"}]'})
    assert done.returncode == 1
    assert "an address with turn: or turns: needs a username and a credential" in done.stderr
    assert "Traceback" not in done.stderr
