"""Archives go when their time is over, or with their person; what cannot be deleted at once is swept up later."""

import shutil
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_delete

from ...models import Archive
from ...models.archive import archive_storage

log = structlog.get_logger(__name__)

# A file that was stored just now may not have its row yet.
_NEW = timedelta(hours=1)


def making_folder() -> Path:
    """Where archives lie while they are made."""
    return Path(settings.VAR_DIR) / "archives" / "making"


def connect() -> None:
    post_delete.connect(_deleted, sender=Archive, dispatch_uid="archive")


def _deleted(instance: Archive, **kwargs: Any) -> None:
    if instance.file:
        transaction.on_commit(partial(_delete_file, instance.file.name or ""))


def _delete_file(name: str) -> None:
    try:
        archive_storage().delete(name)
    except Exception:
        # The row is gone already, and a bucket raises exceptions of its own kinds.
        log.exception("archive_not_deleted")


def expire(now: datetime) -> int:
    """Deletes the archives whose time is over; returns how many there were."""
    expired = 0
    for archive in Archive.objects.expired(now).iterator():
        archive.delete()
        expired += 1
    if expired:
        log.info("archives_expired", archives=expired)
    return expired


def sweep(now: datetime) -> int:
    """Deletes the files of archives that there are no more, and what was never finished; returns how many."""
    return _sweep_storage(now) + _sweep_making(now)


def _sweep_making(now: datetime) -> int:
    folder = making_folder()
    swept = 0
    for entry in folder.iterdir() if folder.is_dir() else ():
        touched = max((path.stat().st_mtime for path in (entry, *entry.glob("*"))), default=0)
        if touched < (now - _NEW).timestamp():
            shutil.rmtree(entry, ignore_errors=True)
            swept += 1
    return swept


def _sweep_storage(now: datetime) -> int:
    storage = archive_storage()
    try:
        _, names = storage.listdir("")
    except FileNotFoundError:
        return 0
    swept = 0
    for name in set(names) - set(Archive.objects.exclude(file="").values_list("file", flat=True)):
        if storage.get_modified_time(name) < now - _NEW:
            storage.delete(name)
            swept += 1
    return swept
