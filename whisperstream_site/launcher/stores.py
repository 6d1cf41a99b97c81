"""The two stores: PostgreSQL and Valkey, given by URL or embedded under `var/`.

The launcher starts the embedded ones and writes their addresses to `var/stores.json`; every other process
reads them from there, so that `manage.py` works beside a running product without any variable set.
"""

import json
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from redis import ConnectionPool, RedisError

from .. import addresses, env
from .embedded import EmbeddedPostgres, EmbeddedValkey, StoreError

ADDRESS_FILE = "stores.json"
DATABASE_NAME = "whisperstream"


@dataclass(frozen=True)
class StoreUrls:
    """Addresses of the stores; empty where one is neither configured nor running."""

    database: str
    redis: str


def urls(var_dir: Path) -> StoreUrls:
    """The addresses from the environment, else those of the embedded stores."""
    try:
        embedded = StoreUrls(**json.loads((var_dir / ADDRESS_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        embedded = StoreUrls("", "")
    return StoreUrls(
        database=env.text("DATABASE_URL") or embedded.database, redis=env.text("REDIS_URL") or embedded.redis
    )


class Embedded:
    """The stores that no variable names, run by us under `var_dir`."""

    def __init__(self, var_dir: Path) -> None:
        self._address_file = var_dir / ADDRESS_FILE
        self._postgres = None if env.text("DATABASE_URL") else EmbeddedPostgres(var_dir / "postgres")
        self._valkey = None if env.text("REDIS_URL") else EmbeddedValkey(var_dir / "valkey")

    @property
    def any(self) -> bool:
        return bool(self._postgres or self._valkey)

    def start(self, say: Callable[[str], None]) -> list[str]:
        """Starts them and publishes their addresses; returns what an operator should know. Raises StoreError."""
        if self._postgres and not self._postgres.exists():
            say("Creating a PostgreSQL database.")
        addresses = StoreUrls(
            database=self._postgres.start(DATABASE_NAME) if self._postgres else "",
            redis=self._valkey.start() if self._valkey else "",
        )
        if self._postgres:
            self._postgres.ensure_database(DATABASE_NAME)
        if self.any:
            _publish(self._address_file, addresses)
        return self._postgres.notices if self._postgres else []

    def revive(self, say: Callable[[str], None]) -> None:
        """Starts again, at the address it had, what has ended; says so, and says why one does not start."""
        for name, store in (("PostgreSQL", self._postgres), ("Valkey", self._valkey)):
            if store is None or store.running():
                continue
            say(f"{name} has ended; starting it again.")
            try:
                if isinstance(store, EmbeddedPostgres):
                    store.start(DATABASE_NAME)
                else:
                    store.start()
            except StoreError as error:
                say(str(error))

    def stop(self, say: Callable[[str], None]) -> None:
        """Stops them, and says so where one does not stop."""
        if self.any:
            self._address_file.unlink(missing_ok=True)
        for store in (self._valkey, self._postgres):
            try:
                if store:
                    store.stop()
            except StoreError as error:
                say(str(error))


def _publish(path: Path, addresses: StoreUrls) -> None:
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(asdict(addresses)), encoding="utf-8")
    draft.chmod(0o600)
    draft.replace(path)


def database_settings(url: str) -> dict[str, Any]:
    """Django's settings for a PostgreSQL address; empty for an empty one. Raises ImproperlyConfigured."""
    if not url:
        return {}
    expected = "name a PostgreSQL database, such as postgresql://user:password@host/name"
    addresses.split("DATABASE_URL", url, ("postgresql", "postgres"), expected)
    try:
        parsed = dict(environ.Env.db_url_config(url))
    except ValueError:
        parsed = {}
    if not parsed.get("NAME"):
        raise ImproperlyConfigured(f"DATABASE_URL must {expected}.")
    return parsed


def check_redis_url(url: str) -> None:
    """Raises ImproperlyConfigured unless `url` is empty or could be an address of Valkey or Redis."""
    if not url:
        return
    expected = "be the address of Valkey or Redis, such as redis://:password@host:6379/0 or unix:///path"
    parts = addresses.split("REDIS_URL", url, ("redis", "rediss", "unix"), expected)
    if parts.scheme == "unix":
        if parts.hostname or not parts.path:
            raise ImproperlyConfigured(f"REDIS_URL must {expected}.")
    elif not re.fullmatch("(/[0-9]*)?", parts.path):
        raise ImproperlyConfigured(
            f"REDIS_URL must {expected}; what follows the host is a database's number."
        )
    try:
        # Connects to nothing, but looks at each option.
        ConnectionPool.from_url(url).make_connection()
    except (ValueError, TypeError, RedisError):
        raise ImproperlyConfigured(
            f"REDIS_URL must {expected}; it has an option that is unknown or wrong."
        ) from None


def celery_url(redis_url: str) -> str:
    """The same Valkey in the spelling that Celery's transport wants for a Unix socket."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    options = dict(parse_qsl(parts.query))
    if "db" in options:
        options["virtual_host"] = options.pop("db")
    credentials, at, _ = parts.netloc.rpartition("@")
    # As text: urlunsplit would drop the empty host.
    return f"redis+socket://{credentials}{at}{parts.path}" + (f"?{urlencode(options)}" if options else "")


def local_secret(var_dir: Path) -> str:
    """A secret key for a LOCAL server, made once and kept in `var/`. Raises ImproperlyConfigured."""
    try:
        return _kept_secret(var_dir / "secret-key")
    except OSError as error:
        raise ImproperlyConfigured(
            f"VAR_DIR is {var_dir}, where user {os.geteuid()} cannot read and write ({error.strerror}). "
            "Give access there, or set VAR_DIR to another folder."
        ) from None


def _kept_secret(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        secret = secrets.token_urlsafe(48)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text(encoding="utf-8")
        with os.fdopen(descriptor, "w") as file:
            file.write(secret)
        return secret
