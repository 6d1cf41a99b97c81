"""Deletes archives that have expired or whose account is deleted, and sweeps up files that are left over."""

import shutil
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_delete

from ...core.storage import NEW, discard
from ...core.storage import sweep as sweep_storage
from ...models import Archive
from ...models.archive import archive_storage

log = structlog.get_logger(__name__)


def making_folder() -> Path:
    """The folder in which archives are written before they are stored."""
    return Path(settings.VAR_DIR) / "archives" / "making"


def connect() -> None:
    post_delete.connect(_deleted, sender=Archive, dispatch_uid="archive")


def _deleted(instance: Archive, **kwargs: Any) -> None:
    if instance.file:
        gone = partial(discard, archive_storage(), instance.file.name or "", "archive_not_deleted")
        transaction.on_commit(gone)


def expire(now: datetime) -> int:
    """Deletes expired archives; returns how many."""
    expired = 0
    for archive in Archive.objects.expired(now).iterator():
        archive.delete()
        expired += 1
    if expired:
        log.info("archives_expired", archives=expired)
    return expired


def sweep(now: datetime) -> int:
    """Deletes files of archives that no longer exist or were never finished; returns how many."""
    return sweep_storage(archive_storage(), _named, now) + _sweep_making(now)


def _sweep_making(now: datetime) -> int:
    folder = making_folder()
    swept = 0
    for entry in folder.iterdir() if folder.is_dir() else ():
        touched = max((path.stat().st_mtime for path in (entry, *entry.glob("*"))), default=0)
        if touched < (now - NEW).timestamp():
            shutil.rmtree(entry, ignore_errors=True)
            swept += 1
    return swept


def _named(names: list[str]) -> list[str]:
    return [name or "" for name in Archive.objects.filter(file__in=names).values_list("file", flat=True)]
