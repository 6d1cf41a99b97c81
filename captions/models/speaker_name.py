from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from .session import Session
from .vectors import OwnWords

LONGEST_SPEAKER_NAME = 60


class SpeakerName(models.Model):
    """What somebody who speaks in a transcript is called there, once for all their sentences.

    It is the voice `number` of a source, or with 0 the source itself: the microphone, or the shared sound. Whoever has
    no name of their own has no row. `owner` is the primary key of the session's user, as in an utterance.
    """

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="speaker_names")
    shared = models.BooleanField(default=False)
    number = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(_("name"), max_length=LONGEST_SPEAKER_NAME)
    owner = models.BigIntegerField()
    search = models.GeneratedField(
        expression=OwnWords("owner", models.Value(""), "name"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "shared", "number"], name="speaker_named_once")
        ]
        indexes = [GinIndex(fields=["search"], fastupdate=False, name="speaker_name_search")]

    def __str__(self) -> str:
        return f"name of {self.session_id} {self.number}"
