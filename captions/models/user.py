from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ..core.replacements import LONGEST_WRITTEN, MOST_REPLACEMENTS, MOST_SNIPPETS, Replacement, from_stored
from .listening import ListeningModel
from .spoken_action import LONGEST_LEAD

# A value of `dictation_language`: the language that was last chosen in the browser.
LAST_LANGUAGE = "last"


class Theme(models.TextChoices):
    SYSTEM = "", _("Same as system")
    LIGHT = "light", pgettext_lazy("theme", "Light")
    DARK = "dark", pgettext_lazy("theme", "Dark")


class User(ListeningModel, AbstractUser):
    """An account. Its email address, if it has one, is unique regardless of case.

    The listening options and `keep_sound` apply to every dictation that does not set its own.
    """

    keep_sound = models.BooleanField(default=True, db_default=True, editable=False)
    second_pass = models.BooleanField(default=True, db_default=True, editable=False)
    """Whether a dictation whose sound is kept gets an automatic second pass when it has ended."""
    sound_days = models.PositiveSmallIntegerField(null=True, editable=False)
    """For how many days sound is kept; None for as many as the site keeps it."""
    replacements = ArrayField(
        ArrayField(models.CharField(max_length=LONGEST_WRITTEN), size=2),
        size=MOST_REPLACEMENTS,
        default=list,
        db_default=[],
        blank=True,
        editable=False,
    )
    """Pairs of what is recognised and what is written in its place."""
    snippets = ArrayField(
        ArrayField(models.TextField(), size=2),
        size=MOST_SNIPPETS,
        default=list,
        db_default=[],
        editable=False,
    )
    """The same, with longer texts of several lines."""
    commands = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="Whether dictations obey spoken commands, unless one says otherwise itself.",
    )
    lead_word = models.CharField(max_length=LONGEST_LEAD, default="", db_default="", editable=False)
    """What own actions begin with when they are spoken; empty if with nothing."""
    dictation_language = models.CharField(
        max_length=8, default=LAST_LANGUAGE, db_default=LAST_LANGUAGE, blank=True, editable=False
    )
    theme = models.CharField(
        max_length=8, choices=Theme, default=Theme.SYSTEM, db_default="", blank=True, editable=False
    )
    announce = models.BooleanField(
        default=True,
        db_default=True,
        editable=False,
        help_text="Whether new sentences are read to screen readers.",
    )
    dots = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="Whether words that may still change are underlined with dots.",
    )
    time_zone = models.CharField(max_length=64, default="", db_default="", blank=True, editable=False)
    """An IANA name; empty until a browser has reported its time zone."""
    interface_language = models.CharField(max_length=8, default="", db_default="", blank=True, editable=False)
    """Empty for the language that the browser asks for."""
    export_choices = models.JSONField(default=dict, db_default={}, blank=True, editable=False)
    """The options of the last download, as `ExportForm` stores them."""
    summary_prompt = models.TextField(default="", db_default="", blank=True, editable=False)
    """What a language model is told to do with a transcript; empty for `USUAL_PROMPT`."""
    leaving_at = models.DateTimeField(null=True, editable=False)
    """Since when the account is being deleted."""

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=~models.Q(email=""),
                name="user_email_unique",
                violation_error_message=_("Someone already uses this email address."),
            )
        ]

    @property
    def days_of_sound(self) -> int:
        """For how many days the sound of this user's sessions is kept; 0 if the site keeps none."""
        site: int = settings.SOUND_KEEP_DAYS
        return site if self.sound_days is None else min(self.sound_days, site)

    @property
    def usual_language(self) -> str:
        """The language of a dictation for which none was chosen; empty for automatic detection."""
        chosen = self.dictation_language
        return settings.WHISPER_LANGUAGE if chosen == LAST_LANGUAGE else chosen

    def keeps_sound(self, wanted: bool | None) -> bool:
        """Whether the sound of a dictation or file is kept. `wanted` is the choice for it; None uses the account's."""
        return bool(self.days_of_sound) and (self.keep_sound if wanted is None else wanted)

    @property
    def wanted_replacements(self) -> tuple[Replacement, ...]:
        return from_stored(self.replacements)

    @property
    def wanted_snippets(self) -> tuple[Replacement, ...]:
        return from_stored(self.snippets, are_snippets=True)

    @property
    def written_instead(self) -> tuple[Replacement, ...]:
        """Everything that is written in place of what is recognised."""
        return self.wanted_replacements + self.wanted_snippets

    @property
    def is_reviewer(self) -> bool:
        """Whether this user may read, hear, correct and export the transcripts of others."""
        return self.is_staff and self.has_perm("captions.review_sessions")

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """The name that the head of each page shows."""
        return self.first_name or self.username
