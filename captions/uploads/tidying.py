"""What is left of files that nobody goes on with, or that belong to nobody any more."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete

from ..models import Upload
from .folder import upload_folder


def connect() -> None:
    """From now on the files of an upload go with its row, whatever deletes that."""
    post_delete.connect(_deleted, sender=Upload, dispatch_uid="upload-files")


def _deleted(instance: Upload, **kwargs: Any) -> None:
    transaction.on_commit(partial(upload_folder().remove, instance.pk))


def sweep(now: datetime) -> None:
    """Deletes uploads that nobody goes on sending, or that are long over, and folders without an upload."""
    Upload.objects.forgotten(now).delete()
    folder = upload_folder()
    there = set(folder.uploads())
    for pk in there - set(Upload.objects.filter(pk__in=there).values_list("pk", flat=True)):
        folder.remove(pk)
