from typing import get_args

from django.contrib.postgres.fields import ArrayField
from django.db import models

from ..core.vocabulary import LONGEST_WORD, MOST_WORDS
from ..protocol.endpointing import Endpointing
from ..speech.cleaning import CleaningKind


class ListeningModel(models.Model):
    """The listening options of a session or an account; an empty one falls back to the account or the server."""

    vocabulary = ArrayField(
        models.CharField(max_length=LONGEST_WORD),
        size=MOST_WORDS,
        default=list,
        # The default lets a process of the previous version insert rows during an upgrade.
        db_default=[],
        blank=True,
        editable=False,
    )
    threshold = models.FloatField(null=True, editable=False)
    prefix_ms = models.PositiveSmallIntegerField(null=True, editable=False)
    silence_ms = models.PositiveSmallIntegerField(null=True, editable=False)
    translate = models.BooleanField(
        null=True,
        editable=False,
        help_text="Whether what is said in another language is translated into English while it is spoken.",
    )

    cleaning = models.CharField(
        max_length=4,
        default="",
        db_default="",
        blank=True,
        choices=[(kind, kind) for kind in get_args(CleaningKind)],
        editable=False,
        help_text="Which noise is taken out of the sound before it is recognised.",
    )

    class Meta:
        abstract = True

    @property
    def endpointing(self) -> Endpointing:
        return Endpointing(self.threshold, self.prefix_ms, self.silence_ms)

    @endpointing.setter
    def endpointing(self, wanted: Endpointing) -> None:
        self.threshold, self.prefix_ms, self.silence_ms = (
            wanted.threshold,
            wanted.prefix_ms,
            wanted.silence_ms,
        )
