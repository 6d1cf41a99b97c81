from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .session import Session

LONGEST_NOTE = 2_000


class NoteKind(models.TextChoices):
    HEADING = "heading", _("Heading")
    NOTE = "note", _("Note")


class NoteQuerySet(models.QuerySet["Note"]):
    def in_time(self) -> Self:
        return self.order_by("at_ms", "pk")


class Note(models.Model):
    """A heading or note in a transcript. It stands before the first utterance that begins at `at_ms` or later.

    `version` grows with each change, so that a change cannot overwrite one that its author has not seen.
    """

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="notes")
    at_ms = models.BigIntegerField()
    kind = models.CharField(max_length=8, choices=NoteKind, default=NoteKind.NOTE)
    text = models.CharField(max_length=LONGEST_NOTE)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ["session", "at_ms", "pk"]
        indexes = [models.Index(fields=["session", "at_ms"], name="note_in_time")]

    def __str__(self) -> str:
        return self.text

    def change(self, text: str, version: int) -> bool:
        """Changes the text and returns True; False, and no change, if the note has changed since `version`."""
        row = Note.objects.filter(pk=self.pk, version=version)
        changed = row.update(text=text, version=models.F("version") + 1)
        self.refresh_from_db()
        return bool(changed)
