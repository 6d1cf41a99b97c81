"""What is left of files: those that nobody goes on with, and those that belong to nobody any more."""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.signals import post_delete

from ..models import Upload
from ..models.upload import DONE
from .folder import upload_folder


def connect() -> None:
    """From now on the files of an upload go with its row, whatever deletes that."""
    post_delete.connect(_deleted, sender=Upload, dispatch_uid="upload-files")


def _deleted(instance: Upload, **kwargs: Any) -> None:
    transaction.on_commit(partial(upload_folder().remove, instance.pk))


def unfinished(now: datetime) -> list[UUID]:
    """Uploads that somebody must be asked for again: who was asked is gone, or could not keep the sound."""
    stalled = set(Upload.objects.stalled(now).values_list("pk", flat=True))
    left = Upload.objects.filter(pk__in=list(upload_folder().uploads()), state=DONE).quiet(now)
    return [*stalled, *left.values_list("pk", flat=True)]


def sweep(now: datetime) -> None:
    """Deletes uploads that nobody goes on sending, or that are long over, and folders without an upload."""
    Upload.objects.forgotten(now).delete()
    folder = upload_folder()
    there = set(folder.uploads())
    for pk in there - set(Upload.objects.filter(pk__in=there).values_list("pk", flat=True)):
        folder.remove(pk)
