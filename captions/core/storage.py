"""Deletes files from a storage that no row names any more."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

import structlog
from django.core.files.storage import Storage

log = structlog.get_logger(__name__)

T = TypeVar("T")

# A file younger than this may not have its row yet, so it is kept.
NEW = timedelta(hours=1)
_BATCH = 500


def discard(storage: Storage, name: str, event: str, **context: str) -> None:
    """Deletes the file of a row that was deleted. A failure is logged as `event`; `sweep` deletes the file later."""
    try:
        storage.delete(name)
    except Exception:
        # An S3 storage raises exceptions of its own.
        log.exception(event, **context)


def sweep(storage: Storage, named: Callable[[list[str]], Iterable[str]], now: datetime) -> int:
    """Deletes files that no row names; returns how many. `named` returns those of the given names that a row has."""
    try:
        _, names = storage.listdir("")
    except FileNotFoundError:
        return 0
    swept = 0
    for batch in batches(names):
        for name in set(batch) - set(named(batch)):
            if storage.get_modified_time(name) < now - NEW:
                storage.delete(name)
                swept += 1
    return swept


def batches(items: Iterable[T]) -> Iterator[list[T]]:
    """The items in lists that are short enough for one database query."""
    rest = iter(items)
    while batch := list(islice(rest, _BATCH)):
        yield batch
