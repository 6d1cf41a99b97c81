"""Makes webhooks for tests."""

from collections.abc import Sequence
from typing import Any

from asgiref.sync import async_to_sync
from django.utils import timezone

from captions.core.resolving import EVERYWHERE
from captions.models import User, WebhookDelivery, WebhookEndpoint, WebhookEvent
from captions.models.shared_clock import shared_now
from captions.webhooks import changing
from captions.webhooks.addresses import Address
from captions.webhooks.changing import Wanted
from captions.webhooks.posting import deliver
from captions.webhooks.recording import claim
from tests.factories import make_user

ALL = [event.value for event in WebhookEvent]


def make_webhook(
    user: User | None = None,
    url: str = "https://receiver.example/hook",
    events: Sequence[str] = ALL,
    **fields: Any,
) -> tuple[WebhookEndpoint, str]:
    """An endpoint with its secret."""
    address = Address("receiver.example", url)
    wanted = Wanted("Mine", address, events, with_text=fields.pop("with_text", False))
    endpoint, secret = changing.add(user or make_user(), wanted, timezone.now())
    if fields:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(**fields)
        endpoint.refresh_from_db()
    return endpoint, secret


def add_delivery(endpoint: WebhookEndpoint, event: str = "transcript.final", **data: Any) -> WebhookDelivery:
    return WebhookDelivery.objects.create(endpoint=endpoint, event=event, data=data, due_at=shared_now())


def due_now() -> None:
    WebhookDelivery.objects.pending().update(due_at=shared_now())


def send_due(**options: Any) -> None:
    """Tries once what is due."""
    for delivery in claim({}, of_each=10, most=100):
        async_to_sync(deliver)(delivery, EVERYWHERE, **options)


def noted(user: User) -> list[tuple[str, Any]]:
    """What was noted of an account, in order."""
    rows = WebhookDelivery.objects.filter(endpoint__user=user).order_by("at")
    return [(row.event, row.data) for row in rows]
