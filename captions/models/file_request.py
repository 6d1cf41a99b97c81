import uuid
from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from .leased_job import LeasedJob, LeasedJobQuerySet

# A program that waits renews its request much more often.
_PATIENCE = timedelta(minutes=1)


def _wanted_until() -> datetime:
    return timezone.now() + _PATIENCE


class FileRequestQuerySet(LeasedJobQuerySet["FileRequest"]):
    """Queries and bulk operations on requests."""

    def unwanted(self, now: datetime) -> Self:
        """Requests whose program is gone, or whose web process was killed."""
        return self.filter(wanted_until__lt=now)

    def still_wanted(self, pk: uuid.UUID) -> bool:
        """Says that somebody waits for it; False if there is no such request any more."""
        return bool(self.filter(pk=pk).update(wanted_until=_wanted_until()))


class FileRequest(LeasedJob):
    """A file for whose text a program waits. There is one as long as it waits; its deletion deletes the file.

    A long file is transcribed by a Celery worker: then it is due. What is heard goes to the program, and is nowhere
    kept, unless it is `kept`: then it also becomes a session with the same id.
    """

    LEASE: ClassVar[timedelta] = timedelta(seconds=30)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="file_requests")
    kept = models.BooleanField(default=False)
    name = models.CharField(max_length=200, blank=True)
    wish = models.JSONField(default=dict)
    """How to listen: see `uploads.requests.wish`."""
    duration_ms = models.BigIntegerField(default=0)
    heard_ms = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    wanted_until = models.DateTimeField(default=_wanted_until)
    # None until it is known to be long.
    due_at = models.DateTimeField(null=True, editable=False)

    objects = FileRequestQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["wanted_until"], name="file_request_wanted"),
            models.Index(
                fields=["due_at"], condition=models.Q(due_at__isnull=False), name="file_request_due"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def progress(self, now: datetime, heard_ms: int, duration_ms: int) -> None:
        self.renew(now, heard_ms=max(heard_ms, self.heard_ms) if self.goes_on else heard_ms)
