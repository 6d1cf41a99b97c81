from collections.abc import Collection
from datetime import datetime
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

MOST_TOKENS = 20
"""Usable tokens of one account."""
LONGEST_TOKEN_NAME = 60
"""Characters."""


class Scope(models.TextChoices):
    """What a token may do. None opens the admin, another account, or the settings of its own."""

    TRANSCRIBE = "transcribe", _("Transcribe files")
    LIVE = "live", _("Dictate live")
    READ = "read", _("Read and search transcripts")
    WRITE = "write", _("Add, correct and delete transcripts")
    WEBHOOKS = "webhooks", _("Manage webhooks, which can send your text elsewhere")


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def usable(self, now: datetime) -> Self:
        """Those that are neither revoked nor expired, of accounts that may log in."""
        return self.filter(
            models.Q(expires_at=None) | models.Q(expires_at__gt=now),
            revoked_at=None,
            user__is_active=True,
            user__leaving_at=None,
        )


class ApiToken(models.Model):
    """A key with which a program acts for an account. Only its digest is stored: `core/token_text.py`."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=LONGEST_TOKEN_NAME)
    shown = models.CharField(max_length=8)
    """Its first characters."""
    digest = models.BinaryField(max_length=32, unique=True)
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope))
    keep_history = models.BooleanField(default=False)
    """Whether files that were only to be transcribed stay as transcripts too."""
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    last_used_from = models.GenericIPAddressField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["user", "-created_at"], name="api_token_newest")]

    def __str__(self) -> str:
        return f"{self.name} ({self.shown}…)"

    def allows(self, scope: Scope) -> bool:
        return scope in self.scopes

    def has_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now

    @property
    def is_expired(self) -> bool:
        """Whether it has expired by now, for the page that lists it."""
        return self.has_expired(timezone.now())

    @property
    def scope_labels(self) -> list[str]:
        """What it may do, in words, in the order of `Scope`."""
        return [str(scope.label) for scope in Scope if scope in self.scopes]


def in_order(scopes: Collection[str]) -> list[str]:
    """`scopes` once each, in the order of `Scope`."""
    return [scope.value for scope in Scope if scope in scopes]
