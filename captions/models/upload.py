import uuid
from datetime import datetime, timedelta
from typing import Literal, Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from ..core.interface_language import translated
from .session import Session

UploadState = Literal["receiving", "waiting", "working", "done", "failed"]

RECEIVING, WAITING, WORKING = "receiving", "waiting", "working"
DONE, FAILED = "done", "failed"

_OPEN = (RECEIVING, WAITING, WORKING)
# Whoever works on a file says so every second or two.
_SIGN_OF_LIFE = timedelta(minutes=1)
_QUIET = timedelta(seconds=6)
# How long somebody may take to go on with a file that was sent in part.
_PATIENCE = timedelta(days=1)
# How long it is said of a file what came of it.
_MEMORY = timedelta(days=7)
# Below this an estimate is a guess.
_LEAST_MEASURED = timedelta(seconds=3)


class UploadQuerySet(models.QuerySet["Upload"]):
    """Rules about many uploads."""

    def open(self) -> Self:
        """Those that something is still to come of."""
        return self.filter(state__in=_OPEN)

    def stalled(self, now: datetime) -> Self:
        """Files that are there whole, and on which nobody works as far as one can see."""
        return self.filter(state__in=(WAITING, WORKING)).quiet(now)

    def quiet(self, now: datetime) -> Self:
        """Those of which nothing was heard for longer than while somebody works on them."""
        return self.filter(active_at__lt=now - _SIGN_OF_LIFE)

    def forgotten(self, now: datetime) -> Self:
        """Those that nobody goes on sending, and those that are long over."""
        left = models.Q(state=RECEIVING, active_at__lt=now - _PATIENCE)
        over = models.Q(state__in=(DONE, FAILED), active_at__lt=now - _MEMORY)
        return self.filter(left | over)


class Upload(models.Model):
    """A sound or video file that somebody wants to have written down.

    Its bytes come piece by piece, `received` of `size` so far; then it waits for a Celery worker, which writes its
    session. `heard_ms` of `duration_ms` is how far that is; the latter is 0 where the file does not say how long it
    is. `attempts` is how often it was begun. `message` is a sentence for its person about what went wrong or is
    missing, in the language of the sources, and `message_values` what belongs into it. One that its person does not
    want any more is deleted; its file goes with it.
    """

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
    state = models.CharField(
        max_length=10,
        default=RECEIVING,
        choices=[(state, state) for state in (*_OPEN, DONE, FAILED)],
    )
    message = models.TextField(blank=True)
    message_values = models.JSONField(default=dict, db_default={}, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    heard_ms = models.BigIntegerField(default=0)
    duration_ms = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    active_at = models.DateTimeField(default=timezone.now)

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["user", "created_at"], name="upload_of_user"),
            models.Index(fields=["active_at"], name="upload_activity"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.state})"

    @property
    def percent(self) -> int:
        """How much of it was heard; 0 where that is not known, 99 until all of it is written."""
        return min(99, 100 * self.heard_ms // self.duration_ms) if self.duration_ms else 0

    @property
    def sentence(self) -> str:
        """What went wrong, in the language of whoever asks; empty where nothing did."""
        return translated(self.message, self.message_values)

    def left(self, now: datetime) -> timedelta | None:
        """How long it takes from now on, if it goes on as it went; None where nobody can tell."""
        if self.state != WORKING or self.started_at is None or not self.heard_ms or not self.duration_ms:
            return None
        taken = now - self.started_at
        if taken < _LEAST_MEASURED or now - self.active_at > _QUIET:
            return None
        return taken * (max(0, self.duration_ms - self.heard_ms) / self.heard_ms)
