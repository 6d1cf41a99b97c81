"""Deletes abandoned and finished uploads, requests that nobody waits for, files of which no track was chosen, and files
that belong to nothing.
"""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_delete

from ..models import FileRequest, Upload
from .folder import upload_folder
from .receiving import leave_tracks

# What has been coming for so long belongs to a web process that was killed.
_FORGOTTEN = timedelta(days=1)


def connect() -> None:
    """From now on, deleting the row of an upload or a request in any way also deletes its files."""
    for model in (Upload, FileRequest):
        post_delete.connect(_deleted, sender=model, dispatch_uid=f"{model.__name__}-files")


def _deleted(instance: Upload | FileRequest, **kwargs: Any) -> None:
    transaction.on_commit(partial(upload_folder().remove, instance.pk))


def sweep(now: datetime) -> None:
    """Deletes uploads and requests that are over, and folders and incoming files that nothing needs."""
    Upload.objects.forgotten(now).delete()
    FileRequest.objects.unwanted(now).delete()
    folder = upload_folder()
    _clear_incoming(now)
    for upload in Upload.objects.not_chosen(now).iterator():
        leave_tracks(upload, [])
    there = set(folder.uploads())
    for model in (Upload, FileRequest):
        there -= set(model._default_manager.filter(pk__in=there).values_list("pk", flat=True))
    for pk in there:
        folder.remove(pk)


def _clear_incoming(now: datetime) -> None:
    for entry in settings.INCOMING_DIR.glob("*"):
        with suppress(FileNotFoundError):
            if datetime.fromtimestamp(entry.stat().st_mtime, UTC) < now - _FORGOTTEN:
                entry.unlink()
