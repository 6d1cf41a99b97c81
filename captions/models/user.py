from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower

from .listening import ListeningModel


class User(ListeningModel, AbstractUser):
    """An account. Its address, when it has one, is unique whatever its case.

    How its person wants to be listened to, and whether sound is kept, goes for every dictation that does not say
    otherwise. `sound_days` is for how many days sound is kept, None for as many as the site keeps it.
    """

    keep_sound = models.BooleanField(default=True, db_default=True, editable=False)
    sound_days = models.PositiveSmallIntegerField(null=True, editable=False)

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=~models.Q(email=""),
                name="user_email_unique",
                violation_error_message="Someone already uses this email address.",
            )
        ]

    @property
    def days_of_sound(self) -> int:
        """For how many days the sound of this person's dictations is kept; 0 where the site keeps none."""
        site: int = settings.SOUND_KEEP_DAYS
        return site if self.sound_days is None else min(self.sound_days, site)

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """What the page's head calls this person."""
        return self.first_name or self.username
