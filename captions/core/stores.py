"""Checks whether PostgreSQL and Valkey can be used, and waits for them."""

import time
from collections.abc import Callable

import psycopg
from django.db import connections
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from .errors import UnavailableError

_TRY_SECONDS = 3


class StoresAwayError(UnavailableError):
    """The stores did not come up in the time given; the message says which."""


def database_problem() -> str:
    """Why PostgreSQL cannot be used; empty if it can."""
    from django.conf import settings

    if not settings.DATABASE_URL:
        return "DATABASE_URL is not set, and no embedded PostgreSQL is running"
    parameters = connections["default"].get_connection_params()
    try:
        with psycopg.connect(**{**parameters, "connect_timeout": _TRY_SECONDS}) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error as error:
        return _first_line(error)
    return ""


def redis_problem() -> str:
    """Why Valkey cannot be used; empty if it can."""
    from django.conf import settings

    if not settings.REDIS_URL:
        return "REDIS_URL is not set, and no embedded Valkey is running"
    try:
        with Redis.from_url(
            settings.REDIS_URL, socket_timeout=_TRY_SECONDS, retry=Retry(NoBackoff(), 0)
        ) as redis:
            redis.ping()
    except (RedisError, OSError) as error:
        return _first_line(error)
    return ""


def wait_for_stores(say: Callable[[str], None], seconds: float | None = None) -> None:
    """Returns once both stores answer. Raises StoresAwayError after `seconds` (None: waits for ever).

    `say` gets a sentence when a store cannot be reached, again every ten seconds, and when it is back.
    """
    began = time.monotonic()
    reported: dict[str, float] = {}
    while True:
        problems = {
            store: problem
            for store, problem in (("PostgreSQL", database_problem()), ("Valkey", redis_problem()))
            if problem
        }
        now = time.monotonic()
        for store in [store for store in reported if store not in problems]:
            del reported[store]
            say(f"{store} is there.")
        if not problems:
            return
        if seconds is not None and now - began >= seconds:
            raise StoresAwayError(
                " ".join(f"{store} is away: {problem}." for store, problem in problems.items())
            )
        for store, problem in problems.items():
            if store not in reported or now - reported[store] >= 10:
                reported[store] = now
                say(f"{store} is away ({problem}). Trying again every second.")
        time.sleep(1)


def _first_line(error: Exception) -> str:
    # psycopg writes one line for each address that it tried, without the password.
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
