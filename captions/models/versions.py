from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class ChangeKind(models.TextChoices):
    """What made a version of an utterance."""

    HEARD = "heard", _("Original")
    RULE = "rule", _("Text replacement")
    EDIT = "edit", _("Corrected")
    REPLACE = "replace", _("Replaced everywhere")
    SPLIT = "split", _("Split")
    JOIN = "join", _("Merged")
    UNDO = "undo", _("Undone")
    RESTORE = "restore", _("Restored")
    AGAIN = "again", _("Transcribed again")


class VersionModel(models.Model):
    """What a version says beyond the utterance itself.

    All versions that were made at once, by one person in one go, have the same `change`. `stands_for` is the version
    whose words an undoing brought back; 0 means those before there was the utterance.
    """

    change = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=8, choices=ChangeKind)
    stands_for = models.PositiveIntegerField(null=True)

    class Meta:
        abstract = True


class Versions(HistoricalRecords):
    """The history of a model, written by hand and not whenever a row is saved.

    Finals are saved in bulk and mostly never changed: what was heard becomes a version with the first correction.
    What is deleted takes its versions along, which is PostgreSQL's work.
    """

    def finalize(self, sender: Any, **kwargs: Any) -> None:
        super().finalize(sender, **kwargs)
        if sender is self.cls:
            for signal, receiver in (
                (models.signals.post_save, self.post_save),
                (models.signals.post_delete, self.post_delete),
                (models.signals.pre_delete, self.pre_delete),
            ):
                signal.disconnect(receiver, sender=sender)
