import uuid
from datetime import datetime, timedelta
from typing import Literal, Self

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import F
from django.utils import timezone

from .user import User

ArchiveState = Literal["waiting", "making", "ready", "failed"]

# A worker that was killed in the middle is not to be killed by the same archive for ever.
MOST_RUNS = 3
# Whoever makes one says so after every session; storing a large one may take a while.
_SIGN_OF_LIFE = timedelta(minutes=15)


def archive_storage() -> Storage:
    """Where archives are kept until they expire."""
    return storages["archives"]


class ArchiveQuerySet(models.QuerySet["Archive"]):
    """Rules about many archives."""

    def expired(self, now: datetime) -> Self:
        return self.filter(asked_at__lt=now - timedelta(days=settings.ARCHIVE_KEEP_DAYS))

    def unfinished(self) -> Self:
        return self.filter(finished_at=None)

    def stalled(self, now: datetime) -> Self:
        """Those that nobody makes, as far as one can see."""
        return self.unfinished().filter(active_at__lt=now - _SIGN_OF_LIFE)


class Archive(models.Model):
    """Everything that somebody owns, as one file that only they can fetch, until it expires.

    Each person has one at most: asking again makes a new one in the place of the old. `run` counts who began to make
    it; only the last one may write here, so that making it twice at once does no harm. `done` of `total` sessions are
    in it. One that is finished without a file has failed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="archive")
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    active_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    run = models.PositiveSmallIntegerField(default=0, editable=False)
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
        return "making" if self.run else "waiting"

    @property
    def expires_at(self) -> datetime:
        days: int = settings.ARCHIVE_KEEP_DAYS
        return self.asked_at + timedelta(days=days)

    def begin(self) -> bool:
        """Takes it over from whoever made it before; False where it is finished, gone, or has been begun too often."""
        mine = Archive.objects.unfinished().filter(pk=self.pk, run__lt=MOST_RUNS)
        if not mine.update(run=F("run") + 1, done=0):
            return False
        self.refresh_from_db()
        return True

    def note(self, **values: object) -> bool:
        """Writes down how far it is; False where somebody else makes it now, or it is gone."""
        row = Archive.objects.unfinished().filter(pk=self.pk, run=self.run)
        return bool(row.update(**values))
