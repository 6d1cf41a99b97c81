from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower

from .listening import ListeningModel


class User(ListeningModel, AbstractUser):
    """An account. Its address, when it has one, is unique whatever its case.

    How its person wants to be listened to goes for every dictation that does not say otherwise.
    """

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=~models.Q(email=""),
                name="user_email_unique",
                violation_error_message="Someone already uses this email address.",
            )
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """What the page's head calls this person."""
        return self.first_name or self.username
