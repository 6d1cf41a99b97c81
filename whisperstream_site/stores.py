"""The two stores: PostgreSQL and Valkey, given by URL or embedded under `var/`.

The launcher starts the embedded ones and writes their addresses to `var/stores.json`; every other process
reads them from there, so that `manage.py` works beside a running product without any variable set.
"""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from . import env

ADDRESS_FILE = "stores.json"


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


def publish(var_dir: Path, addresses: StoreUrls) -> None:
    """Writes the addresses of the embedded stores for the other processes."""
    path = var_dir / ADDRESS_FILE
    path.write_text(json.dumps(asdict(addresses)), encoding="utf-8")
    path.chmod(0o600)


def celery_url(redis_url: str) -> str:
    """The same Valkey in the spelling that Celery's transport wants for a Unix socket."""
    return redis_url.replace("unix://", "redis+socket://", 1)


def local_secret(var_dir: Path) -> str:
    """A secret key for a development server, made once and kept in `var/`."""
    path = var_dir / "secret-key"
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        var_dir.mkdir(parents=True, exist_ok=True)
        secret = secrets.token_urlsafe(48)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text(encoding="utf-8")
        with os.fdopen(descriptor, "w") as file:
            file.write(secret)
        return secret
