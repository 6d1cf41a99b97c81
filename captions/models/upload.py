import uuid
from datetime import datetime, timedelta
from typing import ClassVar, Literal, Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from ..core.interface_language import translated
from .leased_job import LeasedJobQuerySet, TranscribingJob
from .session import Session

UploadState = Literal["receiving", "waiting", "working", "done", "failed"]

RECEIVING, WAITING, WORKING = "receiving", "waiting", "working"
DONE, FAILED = "done", "failed"

_OPEN = (RECEIVING, WAITING, WORKING)
# How long a file that was sent in part can be resumed.
_PATIENCE = timedelta(days=1)
# How long another track of a file can be chosen.
TO_CHOOSE = timedelta(hours=6)
# How long the outcome of an upload is shown.
_MEMORY = timedelta(days=7)


class UploadQuerySet(LeasedJobQuerySet["Upload"]):
    """Queries and bulk operations on uploads."""

    def open(self) -> Self:
        """Uploads that are not finished."""
        return self.filter(state__in=_OPEN)

    def forgotten(self, now: datetime) -> Self:
        """Uploads to be deleted: those that were not sent to the end, and those that finished long ago."""
        left = models.Q(state=RECEIVING, active_at__lt=now - _PATIENCE)
        over = models.Q(state__in=(DONE, FAILED), active_at__lt=now - _MEMORY)
        return self.filter(left | over)

    def over(self) -> Self:
        """Uploads whose files nobody needs any more."""
        return self.filter(state__in=(DONE, FAILED), due_at=None, choice_until=None)

    def not_chosen(self, now: datetime) -> Self:
        """Uploads of whose file another track could be chosen, which nobody did in time."""
        return self.filter(choice_until__lt=now)


class Upload(TranscribingJob):
    """A sound or video file that a user wants transcribed.

    Its bytes arrive in pieces, `received` of `size` so far; then a Celery worker transcribes it into a session. An
    upload that is `done` is still pending until its sound has become a recording. `message` is a sentence in English
    about what went wrong or is missing, and `message_values` are the values of its placeholders. Withdrawing an upload
    deletes it with its file.

    `track` is the audio track that is wanted, 0 for the one that a player takes. `heard_track` is the one that was
    transcribed of several: `number`, of so `many`, `language` and `title`. `tracks` are the others with sound,
    described likewise; the file is kept until `choice_until`, so that they can be transcribed too.
    """

    # The worker renews the lease every second or two.
    LEASE: ClassVar[timedelta] = timedelta(minutes=1)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="uploads")
    session = models.OneToOneField(Session, null=True, on_delete=models.CASCADE, related_name="upload")
    name = models.CharField(max_length=200)
    size = models.BigIntegerField(help_text="Bytes.")
    modified = models.BigIntegerField(
        default=0,
        help_text="When the file was changed, as its browser says: it knows the file again by that.",
    )
    received = models.BigIntegerField(default=0)
    language = models.CharField(max_length=8, blank=True, help_text="As asked for; empty means detect it.")
    keep_sound = models.BooleanField(default=False)
    tell_speakers = models.BooleanField(
        default=False, db_default=False, help_text="Whether its voices are to be told apart."
    )
    track = models.PositiveSmallIntegerField(default=0, db_default=0)
    heard_track = models.JSONField(null=True)
    tracks = models.JSONField(default=list, db_default=[], blank=True)
    choice_until = models.DateTimeField(null=True, editable=False)
    state = models.CharField(
        max_length=10,
        default=RECEIVING,
        choices=[(state, state) for state in (*_OPEN, DONE, FAILED)],
    )
    message = models.TextField(blank=True)
    message_values = models.JSONField(default=dict, db_default={}, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    # None until all bytes have arrived.
    due_at = models.DateTimeField(null=True, editable=False)
    active_at = models.DateTimeField(default=timezone.now)

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["user", "created_at"], name="upload_of_user"),
            models.Index(fields=["active_at"], name="upload_activity"),
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="upload_due"),
            models.Index(
                fields=["choice_until"], condition=models.Q(choice_until__isnull=False), name="upload_choice"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.state})"

    @property
    def sentence(self) -> str:
        """`message` in the active language; empty if nothing went wrong."""
        return translated(self.message, self.message_values)
