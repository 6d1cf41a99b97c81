"""Adds endpoints and changes them, and sends again what they missed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from ..core.errors import RefusedError
from ..models import MOST_WEBHOOKS, User, WebhookDelivery, WebhookEndpoint, WebhookEvent
from ..models.shared_clock import shared_now
from ..models.webhook import TEST_EVENT, WAITING
from .addresses import Address
from .signing import new_secret

log = structlog.get_logger(__name__)


class WebhookError(RefusedError):
    """The endpoint cannot be added, or does not take this."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What its owner decides of an endpoint."""

    name: str
    address: Address
    events: Collection[str]
    with_text: bool
    is_on: bool = True

    def put_on(self, endpoint: WebhookEndpoint) -> None:
        endpoint.name, endpoint.with_text = self.name, self.with_text
        endpoint.address, endpoint.host = self.address.url, self.address.host
        endpoint.events = [event.value for event in WebhookEvent if event in self.events]
        if self.is_on and not endpoint.is_on:
            endpoint.failing_since, endpoint.problem, endpoint.mail_due = None, "", False
        endpoint.is_on = self.is_on


def add(user: User, wanted: Wanted, now: datetime) -> tuple[WebhookEndpoint, str]:
    """A new endpoint and its secret, which nobody can be shown again. Raises WebhookError."""
    secret = new_secret()
    with transaction.atomic():
        # The lock makes two simultaneous requests count each other's endpoint.
        User.objects.select_for_update().get(pk=user.pk)
        if user.webhooks.count() >= MOST_WEBHOOKS:
            raise WebhookError(
                _("You have %(count)s webhooks, which is the most. Delete one first.")
                % {"count": MOST_WEBHOOKS}
            )
        endpoint = WebhookEndpoint(user=user, created_at=now)
        wanted.put_on(endpoint)
        endpoint.change_secret(secret, now)
        endpoint.save()
    log.info("webhook_added", endpoint=endpoint.pk, user=user.pk, events=endpoint.events)
    return endpoint, secret


def change(endpoint: WebhookEndpoint, wanted: Wanted) -> None:
    wanted.put_on(endpoint)
    endpoint.save(
        update_fields=[
            "name",
            "with_text",
            "sealed",
            "host",
            "events",
            "is_on",
            "failing_since",
            "problem",
            "mail_due",
        ]
    )
    log.info("webhook_changed", endpoint=endpoint.pk, events=endpoint.events, is_on=endpoint.is_on)


def renew_secret(endpoint: WebhookEndpoint, now: datetime) -> str:
    """A new secret; for a day, posts are signed with the former one too."""
    secret = new_secret()
    endpoint.change_secret(secret, now)
    endpoint.save(update_fields=["sealed_secret", "sealed_former", "former_until"])
    log.info("webhook_secret_changed", endpoint=endpoint.pk)
    return secret


def send_test(endpoint: WebhookEndpoint) -> WebhookDelivery:
    """Raises WebhookError if the endpoint is switched off, or a test is still under way."""
    _check_on(endpoint)
    if endpoint.deliveries.filter(event=TEST_EVENT).pending().exists():
        raise WebhookError(_("A test is under way."))
    now = shared_now()
    return WebhookDelivery.objects.create(endpoint=endpoint, event=TEST_EVENT, at=now, due_at=now)


def send_again(delivery: WebhookDelivery) -> None:
    """Has a delivery sent at once, under the same id; one that is over begins anew. Raises WebhookError."""
    _check_on(delivery.endpoint)
    now = shared_now()
    same = WebhookDelivery.objects.filter(pk=delivery.pk)
    if not same.pending().update(due_at=now):
        same.filter(due_at=None).update(due_at=now, attempts=0, state=WAITING)


def _check_on(endpoint: WebhookEndpoint) -> None:
    if not endpoint.is_on:
        raise WebhookError(_("This webhook is switched off. Switch it on first."))


def private_allowed() -> bool:
    """Whether events may be sent into private networks, and without TLS."""
    return bool(settings.WEBHOOKS_PRIVATE)
