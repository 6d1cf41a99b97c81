from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class ChangeKind(models.TextChoices):
    """The kind of change that made a version of an utterance."""

    HEARD = "heard", _("Original")
    RULE = "rule", _("Text replacement")
    COMMAND = "command", _("Voice command")
    ACTION = "action", _("Own action")
    EDIT = "edit", _("Corrected")
    REPLACE = "replace", _("Replaced everywhere")
    SPLIT = "split", _("Split")
    JOIN = "join", _("Merged")
    UNDO = "undo", _("Undone")
    RESTORE = "restore", _("Restored")
    AGAIN = "again", _("Transcribed again")
    SPEAKER = "speaker", _("Other speaker")


NOT_BY_HAND = frozenset({ChangeKind.HEARD, ChangeKind.RULE, ChangeKind.COMMAND, ChangeKind.AGAIN})
"""Versions of these kinds were written by a model, by replacements or by a spoken command."""


class VersionModel(models.Model):
    """The additional columns of an utterance's version.

    All versions of one change, which is undone as a whole, have the same `change`. `stands_for` is the version that
    an undo has restored; 0 means the state before the utterance existed. `speaker` is None in versions from before
    they said who speaks: that is as it is now.
    """

    change = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=8, choices=ChangeKind)
    stands_for = models.PositiveIntegerField(null=True)
    speaker = models.PositiveSmallIntegerField(null=True)
    speaker_set = models.BooleanField(default=False, db_default=False)

    class Meta:
        abstract = True


class Versions(HistoricalRecords):
    """The history of a model, written explicitly instead of by signals whenever a row is saved.

    Most finals are never changed, so the recognised text becomes a version only with the first correction. PostgreSQL
    deletes the versions of a deleted row.
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
