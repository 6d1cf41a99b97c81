from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .sealed_address import SealedAddressModel
from .session import Session

MOST_OUTPUTS = 4
"""Of one session."""
LATEST = timedelta(minutes=2)
"""Words that were said longer ago than this are not sent any more, because they would be read out of place."""

_STUCK = timedelta(seconds=30)


class OutputKind(models.TextChoices):
    """The services that take captions."""

    YOUTUBE = "youtube", "YouTube"
    ZOOM = "zoom", "Zoom"


class CaptionOutputQuerySet(models.QuerySet["CaptionOutput"]):
    def active(self, now: datetime) -> Self:
        """Those of sessions that go on, or ended so recently that last words may still have to be sent."""
        return self.filter(
            models.Q(session__ended_at=None) | models.Q(session__ended_at__gt=now - LATEST),
            session__trashed_at=None,
            session__user__is_active=True,
        )


class CaptionOutput(SealedAddressModel):
    """A place elsewhere to which the captions of one dictation are sent while it goes on.

    Everything up to the utterance `sent_seq` was sent, and the first `sent_cues` cues of the next one. `next_number` is
    the number of the next post, which the service calls `seq`; None if the service has yet to be asked for it. The
    three are written together, after the service has taken a post.

    `offset_ms` is how far the service's clock is ahead. `problem` says why the last post failed.
    """

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="outputs")
    kind = models.CharField(_("service"), max_length=7, choices=OutputKind)
    sent_seq = models.PositiveIntegerField(default=0)
    sent_cues = models.PositiveIntegerField(default=0)
    next_number = models.PositiveBigIntegerField(null=True)
    offset_ms = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(_("added at"), default=timezone.now)
    answered_at = models.DateTimeField(null=True)
    """When the service last took a post, signs of life included."""
    sent_at = models.DateTimeField(_("last words sent at"), null=True)
    """When the service last took words."""

    objects = CaptionOutputQuerySet.as_manager()

    class Meta:
        verbose_name = _("caption output")
        verbose_name_plural = _("caption outputs")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.host})"

    @property
    def is_stuck(self) -> bool:
        """Whether words wait that a process should have sent by now; then none may be running."""
        if self.problem or self.session.ended_at is not None:
            return False
        waiting = self.session.utterances.with_text().after(self.sent_seq).first()
        return waiting is not None and timezone.now() - waiting.created_at > _STUCK

    def advance(self, **values: Any) -> bool:
        """Writes these values, unless another process has sent something meanwhile; whether it has not."""
        same = {name: getattr(self, name) for name in ("sent_seq", "sent_cues", "next_number")}
        return bool(CaptionOutput.objects.filter(pk=self.pk, **same).update(**values))
