from datetime import datetime
from typing import Self

from django.db import models
from django.utils import timezone

from .session import Session

MOST_SHARES = 20
"""Links of one session that are not revoked."""


class ShareQuerySet(models.QuerySet["Share"]):
    def usable(self) -> Self:
        """Those that are not revoked, of sessions that are there and accounts that may log in."""
        return self.filter(
            revoked_at=None,
            session__trashed_at=None,
            session__user__is_active=True,
            session__user__leaving_at=None,
        )


class Share(models.Model):
    """A link with which anybody can read the captions of a session. Of its key only the digest is stored."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="shares")
    digest = models.BinaryField(max_length=32, unique=True)
    shown = models.CharField(max_length=4)
    """The first characters of its key."""
    partials = models.BooleanField(default=True)
    """Whether words are shown before their sentence is saved."""
    frame_ancestors = models.TextField(blank=True)
    """The origins whose pages may show it in a frame, separated by spaces."""
    created_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True)

    objects = ShareQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["session", "-created_at"], name="share_newest")]

    def __str__(self) -> str:
        return f"{self.session_id} ({self.shown}…)"

    def revoke(self, now: datetime) -> bool:
        """Revokes it for good; False if it was revoked before."""
        return bool(Share.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=now))
