import uuid
from datetime import datetime, timedelta
from typing import ClassVar, Literal, Self

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.utils import timezone

from .leased_job import LeasedJob, LeasedJobQuerySet
from .user import User

ArchiveState = Literal["waiting", "making", "ready", "failed"]


def archive_storage() -> Storage:
    """The storage that holds archives until they expire."""
    return storages["archives"]


class ArchiveQuerySet(LeasedJobQuerySet["Archive"]):
    """Queries and bulk operations on archives."""

    def expired(self, now: datetime) -> Self:
        return self.filter(asked_at__lt=now - timedelta(days=settings.ARCHIVE_KEEP_DAYS))


class Archive(LeasedJob):
    """A file with everything that a user owns, which only they can download, until it expires.

    A user has at most one: a new request replaces the archive before. `done` of `total` sessions are in it so far. An
    archive that is finished without a file has failed.
    """

    # The worker renews the lease after each session; storing a large file may take long.
    LEASE: ClassVar[timedelta] = timedelta(minutes=15)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="archive")
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    done = models.PositiveIntegerField(default=0, editable=False)
    total = models.PositiveIntegerField(default=0, editable=False)
    file = models.FileField(storage=archive_storage, max_length=200, blank=True, editable=False)
    size = models.BigIntegerField(default=0, editable=False, help_text="Bytes.")

    objects = ArchiveQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Archive of {self.user_id}"

    @property
    def state(self) -> ArchiveState:
        if self.finished_at is not None:
            return "ready" if self.file else "failed"
        return "making" if self.attempts else "waiting"

    @property
    def expires_at(self) -> datetime:
        days: int = settings.ARCHIVE_KEEP_DAYS
        return self.asked_at + timedelta(days=days)
