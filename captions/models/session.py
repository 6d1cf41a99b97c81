import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from .utterance import Utterance


class Session(models.Model):
    """One dictation of one person: the owner of its utterances and of its clock.

    The clock counts the milliseconds of the session's own time line, to which every time in it refers. It stands
    still while the session is paused; while `clock_at` is set it runs on from `clock_ms` since that moment.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sessions")
    title = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=8, blank=True, help_text="As asked for; empty means detect it.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    active_at = models.DateTimeField(default=timezone.now, editable=False)
    clock_ms = models.BigIntegerField(default=0, editable=False)
    clock_at = models.DateTimeField(null=True, editable=False)
    gen = models.PositiveIntegerField(default=0, editable=False, help_text="The last peer connection offered.")
    last_seq = models.PositiveIntegerField(default=0, editable=False)
    word_count = models.PositiveIntegerField(default=0, editable=False)

    utterances: "RelatedManager[Utterance]"

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["user", "-created_at", "-id"], name="session_history")]

    def __str__(self) -> str:
        return self.title or "Untitled"

    def get_absolute_url(self) -> str:
        return reverse("session", args=[self.pk])
