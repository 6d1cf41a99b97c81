from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ..core.replacements import LONGEST_WRITTEN, MOST_REPLACEMENTS, Replacement, from_stored
from .listening import ListeningModel

# In place of a language: the one that was last chosen in the browser.
LAST_LANGUAGE = "last"


class Theme(models.TextChoices):
    SYSTEM = "", _("Same as system")
    LIGHT = "light", pgettext_lazy("theme", "Light")
    DARK = "dark", pgettext_lazy("theme", "Dark")


class User(ListeningModel, AbstractUser):
    """An account. Its address, when it has one, is unique whatever its case.

    How its person wants to be listened to, and whether sound is kept, goes for every dictation that does not say
    otherwise. With `second_pass` a dictation whose sound is kept is heard again when it has ended. `sound_days` is for
    how many days sound is kept, None for as many as the site keeps it. `replacements` are pairs of what is heard
    and what to write for it. `time_zone` is empty until a browser has said where it is, `interface_language` where
    pages speak the language that the browser asks for. `export_choices` are those of the last download, as
    `ExportForm` remembers them. Since `leaving_at` the account is being deleted.
    """

    keep_sound = models.BooleanField(default=True, db_default=True, editable=False)
    second_pass = models.BooleanField(default=True, db_default=True, editable=False)
    sound_days = models.PositiveSmallIntegerField(null=True, editable=False)
    replacements = ArrayField(
        ArrayField(models.CharField(max_length=LONGEST_WRITTEN), size=2),
        size=MOST_REPLACEMENTS,
        default=list,
        db_default=[],
        blank=True,
        editable=False,
    )
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
    interface_language = models.CharField(max_length=8, default="", db_default="", blank=True, editable=False)
    export_choices = models.JSONField(default=dict, db_default={}, blank=True, editable=False)
    leaving_at = models.DateTimeField(null=True, editable=False)

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
        """For how many days the sound of this person's dictations is kept; 0 where the site keeps none."""
        site: int = settings.SOUND_KEEP_DAYS
        return site if self.sound_days is None else min(self.sound_days, site)

    def keeps_sound(self, wanted: bool | None) -> bool:
        """Whether the sound of one dictation or file is kept, for which somebody said so, or None for nothing."""
        return bool(self.days_of_sound) and (self.keep_sound if wanted is None else wanted)

    @property
    def wanted_replacements(self) -> tuple[Replacement, ...]:
        return from_stored(self.replacements)

    @property
    def is_reviewer(self) -> bool:
        """Whether this person may read, hear, correct and export what others have said."""
        return self.is_staff and self.has_perm("captions.review_sessions")

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """What the page's head calls this person."""
        return self.first_name or self.username
