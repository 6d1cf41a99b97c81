import uuid
from typing import Self

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..core.marks import HEADING
from .session import Session
from .vectors import OwnWords
from .versions import VersionModel, Versions


class UtteranceQuerySet(models.QuerySet["Utterance"]):
    """Queries and bulk operations on utterances."""

    def in_time(self) -> Self:
        """In the order of speaking, whereas `seq` is the order of saving."""
        return self.order_by("start_ms", "seq")

    def with_text(self) -> Self:
        """Without utterances whose words were deleted, or joined to another utterance."""
        return self.exclude(text="")

    def with_words(self) -> Self:
        """Without utterances that are empty, or nothing but line breaks or the mark of a heading."""
        return self.exclude(text__in=("", "\n", "\n\n", f"\n\n{HEADING}"))

    def after(self, seq: int) -> Self:
        """Utterances that were saved after `seq`, in the order of saving."""
        return self.filter(seq__gt=seq).order_by("seq")


_Manager = models.Manager.from_queryset(UtteranceQuerySet)


class UtteranceManager(_Manager["Utterance"]):
    """Does not load the search vector, which only the database uses."""

    def get_queryset(self) -> UtteranceQuerySet:
        return UtteranceQuerySet(self.model, using=self._db).defer("search")


class Utterance(models.Model):
    """A saved utterance: usually a sentence, with the times of its words.

    `words` is a list of `{"text", "start_ms", "end_ms", "probability"}`; all times are on the session's clock.
    `key` identified the live text, and makes saving a final idempotent. `version` grows with each change of the
    words; `corrected` says whether they differ from those that were recognised. An utterance whose words were deleted
    or joined to another one has an empty text, and keeps its `seq` and its versions. `owner` is the primary key of the
    session's user; a trigger sets it, and `search` begins every word with it (see OwnWords).
    """

    session = models.ForeignKey(
        Session, on_delete=models.CASCADE, related_name="utterances", verbose_name=_("transcript")
    )
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    seq = models.PositiveIntegerField(_("number"), editable=False)
    start_ms = models.BigIntegerField()
    end_ms = models.BigIntegerField()
    text = models.TextField(_("text"))
    words = models.JSONField(default=list)
    confidence = models.FloatField(null=True, help_text="Mean probability of the words, 0 to 1.")
    language = models.CharField(_("language"), max_length=8, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    corrected = models.BooleanField(default=False, db_default=False, editable=False)
    shared = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="Whether it is from the sound of a tab or the computer, rather than from the microphone.",
    )
    translation = models.TextField(
        default="",
        db_default="",
        editable=False,
        help_text="In English, as the speech model heard it; empty if it was not translated.",
    )
    speaker = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        editable=False,
        help_text="Which voice of its source it is, from 1; 0 where its voices were not told apart.",
    )
    speaker_set = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="Whether a person has said who speaks."
    )
    owner = models.BigIntegerField(default=0, db_default=0, editable=False)
    search = models.GeneratedField(
        expression=OwnWords("owner", "language", "text"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = UtteranceManager()
    history = Versions(
        bases=(VersionModel,),
        custom_model_name="UtteranceVersion",
        excluded_fields=[
            "key",
            "seq",
            "language",
            "created_at",
            "shared",
            "translation",
            # The versions have columns of their own for them.
            "speaker",
            "speaker_set",
            "owner",
            "search",
        ],
        history_id_field=models.BigAutoField(),
        user_db_constraint=False,
    )

    class Meta:
        verbose_name = _("sentence")
        verbose_name_plural = _("sentences")
        ordering = ["session", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["session", "seq"], name="utterance_seq_unique"),
            models.CheckConstraint(
                condition=models.Q(end_ms__gt=models.F("start_ms")), name="utterance_ends_after_start"
            ),
        ]
        # Without GIN's pending list, which every search would have to scan.
        indexes = [GinIndex(fields=["search"], fastupdate=False, name="utterance_search")]

    def __str__(self) -> str:
        return f"{self.session_id} {self.seq}"
