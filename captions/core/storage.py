"""Files in storages that belong to nobody any more."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

import structlog
from django.core.files.storage import Storage

log = structlog.get_logger(__name__)

T = TypeVar("T")

# A file that was stored just now may not have its row yet.
NEW = timedelta(hours=1)
_BATCH = 500


def discard(storage: Storage, name: str, event: str, **context: str) -> None:
    """Deletes the file of a row that is gone already. What fails is logged as `event`, and swept up later."""
    try:
        storage.delete(name)
    except Exception:
        # A bucket raises exceptions of its own kinds.
        log.exception(event, **context)


def sweep(storage: Storage, named: Callable[[list[str]], Iterable[str]], now: datetime) -> int:
    """Deletes the files that no row names; returns how many. `named` says which of some names a row has."""
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
    """So many at a time that a database can be asked for them at once."""
    rest = iter(items)
    while batch := list(islice(rest, _BATCH)):
        yield batch
