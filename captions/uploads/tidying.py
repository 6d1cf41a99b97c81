"""Deletes abandoned and finished uploads, files of which no track was chosen, and files without an upload."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete

from ..models import Upload
from .folder import upload_folder
from .receiving import leave_tracks


def connect() -> None:
    """From now on, deleting an upload's row in any way also deletes its files."""
    post_delete.connect(_deleted, sender=Upload, dispatch_uid="upload-files")


def _deleted(instance: Upload, **kwargs: Any) -> None:
    transaction.on_commit(partial(upload_folder().remove, instance.pk))


def sweep(now: datetime) -> None:
    """Deletes uploads that were abandoned or finished long ago, and folders that no upload needs."""
    Upload.objects.forgotten(now).delete()
    folder = upload_folder()
    for upload in Upload.objects.not_chosen(now).iterator():
        leave_tracks(upload, [])
    there = set(folder.uploads())
    for pk in there - set(Upload.objects.filter(pk__in=there).values_list("pk", flat=True)):
        folder.remove(pk)
