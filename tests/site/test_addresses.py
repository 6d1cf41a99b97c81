"""Addresses with passwords: what cannot be read is refused in a sentence that holds nothing of the password."""

import re

import pytest
from django.core.exceptions import ImproperlyConfigured
from redis import Redis

from tests.processes import until
from tests.site.test_settings import PRODUCTION, manage
from whisperstream_site import addresses
from whisperstream_site.launcher import stores
from whisperstream_site.launcher.embedded import EmbeddedValkey

# Around each character that separates the parts of an address, and with digits, which look like a port.
PASSWORDS = [
    f"{before}{character}{after}"
    for character in ["#", "/", "?", "@", "[", "]", " ", "\t", "%", "%zz", "#/", "@?", "://"]
    for before, after in [("alpha", "omega"), ("123", "456"), ("alpha", ""), ("", "omega")]
    if f"{character}{after}" != "%456"
]
ENCODED = "a%23b%2Fc%3Fd%40e%25f%5Bg%5Dh%20i:j+k"
PLAIN = "a#b/c?d@e%f[g]h i:j+k"


def refused(read, *arguments) -> str:
    with pytest.raises(ImproperlyConfigured) as refusal:
        read(*arguments)
    error = refusal.value
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None, "a traceback would show the cause"
    return str(error)


def assert_nothing_of(password: str, sentence: str) -> None:
    for part in re.findall(r"[a-z]{4,}|[0-9]{3,}", password):
        assert part not in sentence


@pytest.mark.parametrize(
    ("name", "read", "address"),
    [
        ("DATABASE_URL", stores.database_settings, "postgresql://chief:{}@db.example.org:5432/name"),
        ("DATABASE_URL", stores.database_settings, "postgres://chief:{}@/name?host=/run/postgresql"),
        ("REDIS_URL", stores.check_redis_url, "redis://:{}@valkey.example.org:6379/0"),
        ("REDIS_URL", stores.check_redis_url, "rediss://chief:{}@[::1]:6379"),
        ("REDIS_URL", stores.check_redis_url, "unix://:{}@/run/valkey.sock?db=1"),
    ],
)
def test_a_password_that_is_not_encoded(name, read, address):
    for password in PASSWORDS:
        sentence = refused(read, address.format(password))
        assert sentence.startswith(f"{name} cannot be read as an address."), password
        assert "percent-encoding" in sentence
        assert_nothing_of(password, sentence)


@pytest.mark.parametrize(
    ("read", "address"),
    [
        (stores.database_settings, "postgresql://u:s3cret@host:port/x"),
        (stores.database_settings, "postgresql://u:s3cret@host:0/x"),
        (stores.database_settings, "postgresql://u:s3cret@host:99999/x"),
        (stores.database_settings, "postgresql://u:s3cret@ho[st/x"),
        (stores.database_settings, "postgresql://u:s3cret@[::1/x"),
        (stores.database_settings, "postgresql://u:s3cret／@host/x"),
        (stores.database_settings, "postgresql://u:s3cret@host"),
        (stores.database_settings, "mysql://u:s3cret@host/x"),
        (stores.database_settings, "u:s3cret@host/x"),
        (stores.check_redis_url, "u:s3cret@host"),
        (stores.check_redis_url, "redis:/u:s3cret@host"),
        (stores.check_redis_url, "redis+sentinel://u:s3cret@host"),
        (stores.check_redis_url, "redis://:s3cret@host:port"),
        (stores.check_redis_url, "redis://host:s3cret"),
        (stores.check_redis_url, "redis://:s3cret@host/zero"),
        (stores.check_redis_url, "redis://:s3cret@host?db=zero"),
        (stores.check_redis_url, "redis://:s3cret@host?unknown=1"),
        (stores.check_redis_url, "rediss://:s3cret@host?ssl_cert_reqs=perhaps"),
        (stores.check_redis_url, "unix://:s3cret@run/valkey.sock"),
        (stores.check_redis_url, "unix://"),
    ],
)
def test_other_addresses_that_cannot_work(read, address):
    sentence = refused(read, address)
    assert sentence.startswith(("DATABASE_URL ", "REDIS_URL "))
    assert "s3cret" not in sentence


def test_postgresql_may_have_several_hosts():
    settings = stores.database_settings("postgresql://chief:s@h1:5432,h2:5433/name")
    assert (settings["HOST"], settings["NAME"]) == ("h1,h2", "name")
    sentence = refused(stores.database_settings, "postgresql://u:s3cret@h1:5432,h2:port/x")
    assert "its port must be a number" in sentence
    assert "s3cret" not in sentence


def test_an_encoded_password_reaches_the_database():
    settings = stores.database_settings(f"postgresql://chief:{ENCODED}@[::1]:5433/name?sslmode=require")
    assert settings["PASSWORD"] == PLAIN
    assert (settings["HOST"], settings["PORT"], settings["NAME"]) == ("::1", 5433, "name")


def test_an_encoded_password_reaches_valkey_in_every_spelling(tmp_path, monkeypatch):
    """By the client itself, and by Celery's transport, which has a spelling of its own for sockets."""
    from celery import Celery

    valkey = EmbeddedValkey(tmp_path / "valkey")
    url = valkey.start()
    try:
        with Redis.from_url(url) as client:
            client.config_set("requirepass", PLAIN)
        with_password = url.replace("unix://", f"unix://:{ENCODED}@") + "?db=3"
        stores.check_redis_url(with_password)
        with Redis.from_url(with_password) as client:
            assert client.ping()
        broker = Celery(broker=stores.celery_url(with_password), set_as_current=False)
        with broker.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=5)
            assert connection.default_channel.client.connection_pool.connection_kwargs["db"] == 3
            assert "a#b" not in connection.as_uri()
            assert "a%23b" not in connection.as_uri()
        with Redis.from_url(with_password) as client:
            client.config_set("requirepass", "")
    finally:
        valkey.stop()
        until(lambda: not valkey.running(), "Valkey has stopped")


@pytest.mark.parametrize(
    "address", ["login.example.org", "ftp://a", "https://", "https://u:s3cret@a", "https://a:b"]
)
def test_addresses_of_web_servers(address):
    sentence = refused(lambda: addresses.web("THING", address, elsewhere="OTHER"))
    assert sentence.startswith("THING must ")
    assert "s3cret" not in sentence
    assert (
        addresses.web("THING", "https://a.example.org/realms/x", elsewhere="")
        == "https://a.example.org/realms/x"
    )


@pytest.mark.parametrize(
    ("name", "variables", "command"),
    [
        ("DATABASE_URL", {"DATABASE_URL": "postgresql://chief:s3cret/1@host/name"}, "prepare"),
        ("REDIS_URL", {"REDIS_URL": "redis://:s3cret#1@host/0"}, "celeryworker"),
        (
            "SOUND_S3_ENDPOINT",
            {"SOUND_S3_BUCKET": "b", "SOUND_S3_ENDPOINT": "https://key:s3cret@minio.example.org"},
            "audioworker",
        ),
        ("OIDC_SERVER_URL", {"OIDC_SERVER_URL": "https://u:s3cret@login.example.org"}, "web"),
        ("EMAIL_HOST", {"EMAIL_HOST": "smtp://u:s3cret@smtp.example.org"}, "check"),
    ],
)
def test_a_command_refuses_it_in_one_line(product_env, name, variables, command):
    done = manage(product_env | PRODUCTION | variables, command)
    assert done.returncode == 78
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(name)
    assert "s3cret" not in done.stdout + done.stderr


def test_a_secret_in_place_of_its_file_is_not_quoted(product_env):
    del product_env["DATABASE_URL"]
    done = manage(product_env | {"DATABASE_URL_FILE": "postgresql://u:s3cret@host/name"}, "check")
    assert done.returncode == 78
    assert done.stderr.startswith("DATABASE_URL_FILE points to a file, which cannot be read")
    assert "s3cret" not in done.stderr
