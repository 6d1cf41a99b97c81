"""Webhooks: where accounts want to be told of events, and what is to be told there."""

import json
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..core.interface_language import translated
from ..core.sealing import seal, unseal
from .leased_job import LeasedJob, LeasedJobQuerySet
from .sealed_address import SealedAddressModel

MOST_WEBHOOKS = 10
"""Endpoints of one account."""
LONGEST_WEBHOOK_NAME = 60
"""Characters."""
LONGEST_SAID = 200
"""Characters."""
TEST_EVENT = "test"
"""The event of a delivery that its owner asked for to try the endpoint."""
WAITING, DELIVERED, FAILED = "waiting", "delivered", "failed"

_FORMER_SECRET = timedelta(hours=24)
_LONGEST_EVENT = 40


class WebhookEvent(models.TextChoices):
    """What an endpoint can be told of. Whoever writes an event calls `WebhookDelivery.objects.note`; the first two are
    noted by triggers of the database."""

    SESSION_STARTED = "session.started", _("A dictation has begun, or goes on")
    SESSION_ENDED = "session.ended", _("A dictation has ended")
    TRANSCRIPT_FINAL = "transcript.final", _("A sentence of a dictation was saved")
    TRANSCRIPT_CHANGED = "transcript.changed", _("Sentences were changed")
    UPLOAD_DONE = "upload.done", _("A file was transcribed")
    UPLOAD_FAILED = "upload.failed", _("A file could not be transcribed")
    SECOND_PASS_READY = "second_pass.ready", _("An improved transcript is ready")
    COMMAND_SPOKEN = "command.spoken", _("One of your own actions was spoken")


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def active(self) -> Self:
        """Those to which something may be sent."""
        return self.filter(is_on=True, user__is_active=True)


class WebhookEndpoint(SealedAddressModel):
    """An address that is told of some events of an account.

    Posts are signed with the secret, and with the one before until `former_until`. `failing_since` is when the first
    post failed since the last one that was taken. `problem` says why the server has switched the endpoint off.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="webhooks")
    name = models.CharField(_("name"), max_length=LONGEST_WEBHOOK_NAME)
    sealed_secret = models.BinaryField()
    sealed_former = models.BinaryField(null=True)
    former_until = models.DateTimeField(null=True)
    events = ArrayField(models.CharField(max_length=_LONGEST_EVENT))
    with_text = models.BooleanField(default=False)
    is_on = models.BooleanField(_("switched on"), default=True)
    failing_since = models.DateTimeField(_("failing since"), null=True)
    mail_due = models.BooleanField(default=False)
    """Whether its owner has yet to be told by mail that it was switched off."""
    created_at = models.DateTimeField(_("added at"), default=timezone.now)

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return f"{self.name} ({self.host})"

    def change_secret(self, secret: str, now: datetime) -> None:
        """Signs with this secret from now on, and for a day with the former one too; not saved."""
        if self.sealed_secret:
            self.sealed_former, self.former_until = self.sealed_secret, now + _FORMER_SECRET
        self.sealed_secret = seal(secret)

    def secrets(self, now: datetime) -> list[str]:
        """The secrets that a post is signed with. Raises SealError if SECRET_KEY was changed."""
        found = [unseal(bytes(self.sealed_secret))]
        if self.sealed_former is not None and self.former_until is not None and now < self.former_until:
            found.append(unseal(bytes(self.sealed_former)))
        return found

    @property
    def event_labels(self) -> list[str]:
        """What it is told of, in words, in the order of `WebhookEvent`."""
        return [str(event.label) for event in WebhookEvent if event in self.events]


class WebhookDeliveryQuerySet(LeasedJobQuerySet["WebhookDelivery"]):
    def note(self, event: WebhookEvent, noted: Iterable[tuple[int, dict[str, Any]]]) -> None:
        """Adds deliveries of an event, in the transaction that writes it: one for each endpoint that wants it.

        `noted` are the accounts of which it tells, each with what identifies the event. Nothing of a transcript may be
        in there: what is sent of it is read when it is sent.
        """
        rows = [{"owner": owner, "data": data} for owner, data in noted]
        if rows:
            with connection.cursor() as cursor:
                cursor.execute("SELECT whisperstream_note_event(%s, %s)", [str(event), json.dumps(rows)])

    def newest_first(self) -> Self:
        return self.order_by("-at", "-pk")


class WebhookDelivery(LeasedJob):
    """An event that an endpoint is to be told of, or was. It is in the outbox while `due_at` says when to try next.

    `data` is what identifies the event. `status` is that of the last answer, and `problem` a sentence in English that
    says why there was none. `said` is what the receiver of an action wants to be shown.
    """

    LEASE: ClassVar[timedelta] = timedelta(minutes=1)
    RETRIES: ClassVar[tuple[timedelta, ...]] = (
        timedelta(seconds=5),
        timedelta(minutes=5),
        timedelta(minutes=30),
        *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
    )
    """How long to wait after each try that failed."""
    MOST_ATTEMPTS: ClassVar[int] = len(RETRIES) + 1

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The constraint is in a migration: with it the database itself deletes what is noted while an endpoint is deleted.
    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.CASCADE, db_constraint=False, related_name="deliveries"
    )
    event = models.CharField(max_length=_LONGEST_EVENT)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)
    state = models.CharField(
        max_length=9,
        default=WAITING,
        choices=[(state, state) for state in (WAITING, DELIVERED, FAILED)],
    )
    tried_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    problem = models.CharField(max_length=200, default="", db_default="")
    said = models.CharField(max_length=LONGEST_SAID, default="", db_default="")

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["endpoint", "due_at"],
                condition=models.Q(due_at__isnull=False),
                name="webhook_delivery_due",
            ),
            models.Index(fields=["endpoint", "-at", "-id"], name="webhook_delivery_newest"),
            models.Index(fields=["at"], name="webhook_delivery_age"),
        ]

    def __str__(self) -> str:
        return self.message_id

    @property
    def message_id(self) -> str:
        """By which a receiver knows the event again."""
        return f"msg_{self.pk.hex}"

    @property
    def shown_problem(self) -> str:
        return translated(self.problem)
