from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models.functions import Coalesce, Least
from django.utils import timezone

from .session import Session


def sound_storage() -> Storage:
    """The storage that holds finished recordings."""
    return storages["sound"]


class RecordingQuerySet(models.QuerySet["Recording"]):
    """Queries and bulk operations on recordings."""

    def kept(self) -> Self:
        """Recordings whose sound was not deleted."""
        return self.filter(deleted_at=None)

    def undrawn(self) -> Self:
        """Recordings without a waveform, the oldest first."""
        return self.kept().filter(peaks=b"").order_by("kept_at")

    def expired(self, now: datetime) -> Self:
        """Recordings that are older than their user or the site keeps them."""
        days = Least(
            Coalesce("session__user__sound_days", settings.SOUND_KEEP_DAYS), settings.SOUND_KEEP_DAYS
        )
        age = models.ExpressionWrapper(days * timedelta(days=1), output_field=models.DurationField())
        return self.kept().annotate(may_be=age).filter(kept_at__lt=models.Value(now) - models.F("may_be"))


class Recording(models.Model):
    """The sound of one session, as an Ogg Opus file in the storage `sound`; times in it are those of the session.

    `duration_ms` is where the sound ends. `peaks` is its waveform (see `recordings/waveform.py`), empty until it is
    computed. When the sound is deleted, the row stays without a file and with the time in `deleted_at`.
    """

    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="recording")
    file = models.FileField(storage=sound_storage, max_length=200, blank=True, editable=False)
    duration_ms = models.BigIntegerField(default=0, editable=False)
    size = models.BigIntegerField(default=0, editable=False, help_text="Bytes.")
    peaks = models.BinaryField(default=b"")
    kept_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    objects = RecordingQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["kept_at"], condition=models.Q(deleted_at=None), name="recording_kept"),
            models.Index(
                fields=["kept_at"], condition=models.Q(deleted_at=None, peaks=b""), name="recording_undrawn"
            ),
        ]

    def __str__(self) -> str:
        return f"Sound of {self.session_id}"
