"""A person's own actions: what is said, and what becomes of it."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..commands.template import LONGEST_TEMPLATE

MOST_ACTIONS = 30
"""Of one account."""
LONGEST_ACTION_NAME = 60
"""Characters."""
LONGEST_LEAD = 40
LONGEST_ACTION_TEXT = 2_000


class ActionDoes(models.TextChoices):
    SEND = "send", _("Tell your webhooks")
    ASK = "ask", _("Ask first, then tell your webhooks")
    WRITE = "write", _("Write a text")


class SpokenAction(models.Model):
    """One of a person's own actions. Of several that fit what was said, the one with the lowest `place` counts."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="spoken_actions"
    )
    place = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=LONGEST_ACTION_NAME)
    template = models.CharField(max_length=LONGEST_TEMPLATE)
    """As `captions.commands.template` reads it."""
    does = models.CharField(max_length=5, choices=ActionDoes)
    text = models.TextField(default="")
    """What is written, with slots."""

    class Meta:
        ordering = ["place", "pk"]
        indexes = [models.Index(fields=["user", "place"], name="spoken_action_place")]

    def __str__(self) -> str:
        return self.name


class SpokenCall(models.Model):
    """A sentence, by its `seq`, that was one of the actions that are sent: what is sent of it, and how far that is.

    Nothing is sent without `sent_at`; until then it may be answered with yes up to `asked_until`. `version` is that of
    the sentence, without its words, which an answer may fill as long as nobody else has.
    """

    ASKED_FOR: ClassVar[timedelta] = timedelta(seconds=30)
    ANSWERED_WITHIN: ClassVar[timedelta] = timedelta(minutes=1)

    session = models.ForeignKey("Session", on_delete=models.CASCADE, related_name="spoken_calls")
    seq = models.PositiveIntegerField()
    name = models.CharField(max_length=LONGEST_ACTION_NAME)
    slots = models.JSONField(default=dict)
    text = models.TextField()
    confidence = models.FloatField()
    asked_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "seq"], name="spoken_call_unique")]

    def __str__(self) -> str:
        return self.name

    def may_be_answered(self, now: datetime) -> bool:
        """Whether what its receiver answers may still become text."""
        return self.sent_at is not None and now - self.sent_at <= self.ANSWERED_WITHIN
