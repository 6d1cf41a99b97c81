"""Webhooks: list, add, change, try, delete, and what was delivered."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Status

from ..models import WebhookDelivery, WebhookEndpoint
from ..web.form_errors import first_error
from ..webhooks import changing
from ..webhooks.changing import Wanted, WebhookError
from ..webhooks.forms import ChangeForm, values_of
from ..webhooks.views import SHOWN_DELIVERIES
from . import schemas
from .frame import WEBHOOKS, TokenRequest

router = Router(tags=["webhooks"])
_ERRORS = {400: schemas.ErrorOut, 404: schemas.ErrorOut}


@router.get("", response=list[schemas.WebhookOut], auth=WEBHOOKS, summary="List webhooks")
def webhooks(request: TokenRequest) -> list[dict[str, Any]]:
    """The webhooks of the account, without their addresses and secrets."""
    return [_described(each) for each in request.auth.user.webhooks.order_by("-created_at")]


@router.post(
    "",
    response={201: schemas.WebhookMadeOut, 400: schemas.ErrorOut},
    auth=WEBHOOKS,
    summary="Add a webhook",
)
def add(request: TokenRequest, payload: schemas.WebhookIn) -> Status[dict[str, Any]]:
    """Adds a webhook. The answer has its secret, which nothing shows again."""
    wanted = _wanted({**payload.dict(), "is_on": True})
    endpoint, secret = changing.add(request.auth.user, wanted, timezone.now())
    return Status(201, {**_described(endpoint), "secret": secret})


@router.get(
    "/{int:pk}",
    response={200: schemas.WebhookOut, **_ERRORS},
    auth=WEBHOOKS,
    summary="Read what a webhook is",
)
def webhook(request: TokenRequest, pk: int) -> dict[str, Any]:
    """What it is told of, and whether that works."""
    return _described(_own(request, pk))


@router.patch(
    "/{int:pk}",
    response={200: schemas.WebhookOut, **_ERRORS},
    auth=WEBHOOKS,
    summary="Change a webhook",
)
def change(request: TokenRequest, pk: int, payload: schemas.WebhookChangeIn) -> dict[str, Any]:
    """Changes what is given, and leaves the rest; `is_on` switches it off and on."""
    endpoint = _own(request, pk)
    given = {name: value for name, value in payload.dict().items() if value is not None}
    changing.change(endpoint, _wanted({**values_of(endpoint), **given}))
    return _described(endpoint)


@router.delete("/{int:pk}", response={204: None, **_ERRORS}, auth=WEBHOOKS, summary="Delete a webhook")
def delete(request: TokenRequest, pk: int) -> Status[None]:
    """Deletes it, with what was to be sent there."""
    _own(request, pk).delete()
    return Status(204, None)


@router.post(
    "/{int:pk}/secret",
    response={200: schemas.WebhookSecretOut, **_ERRORS},
    auth=WEBHOOKS,
    summary="Make a new secret",
)
def secret(request: TokenRequest, pk: int) -> dict[str, str]:
    """A new secret, which nothing shows again; for 24 hours posts are signed with the former one as well."""
    return {"secret": changing.renew_secret(_own(request, pk), timezone.now())}


@router.post(
    "/{int:pk}/test",
    response={202: schemas.DeliveryOut, **_ERRORS},
    auth=WEBHOOKS,
    summary="Try a webhook",
)
def send_test(request: TokenRequest, pk: int) -> Status[dict[str, Any]]:
    """Sends a post of the type `test`; what became of it is among the deliveries a moment later."""
    return Status(202, _delivered(changing.send_test(_own(request, pk))))


@router.get(
    "/{int:pk}/deliveries",
    response={200: list[schemas.DeliveryOut], **_ERRORS},
    auth=WEBHOOKS,
    summary="List the last deliveries",
)
def deliveries(request: TokenRequest, pk: int) -> list[dict[str, Any]]:
    """The last fifty, the newest first, sent or not."""
    return [_delivered(each) for each in _own(request, pk).deliveries.newest_first()[:SHOWN_DELIVERIES]]


@router.post(
    "/{int:pk}/deliveries/{uuid:delivery}/again",
    response={202: schemas.DeliveryOut, **_ERRORS},
    auth=WEBHOOKS,
    summary="Send something again",
)
def again(request: TokenRequest, pk: int, delivery: UUID) -> Status[dict[str, Any]]:
    """Has a delivery sent at once, under the same `webhook-id`."""
    found: WebhookDelivery = get_object_or_404(
        _own(request, pk).deliveries.select_related("endpoint"), pk=delivery
    )
    changing.send_again(found)
    found.refresh_from_db()
    return Status(202, _delivered(found))


def _own(request: TokenRequest, pk: int) -> WebhookEndpoint:
    found: WebhookEndpoint = get_object_or_404(request.auth.user.webhooks, pk=pk)
    return found


def _wanted(values: dict[str, Any]) -> Wanted:
    """Raises WebhookError."""
    form = ChangeForm(values)
    if not form.is_valid():
        raise WebhookError(first_error(form))
    return form.wanted()


def _described(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {
        "id": endpoint.pk,
        "name": endpoint.name,
        "host": endpoint.host,
        "events": endpoint.events,
        "with_text": endpoint.with_text,
        "is_on": endpoint.is_on,
        "problem": endpoint.shown_problem,
        "failing_since": endpoint.failing_since,
        "created_at": endpoint.created_at,
    }


def _delivered(delivery: WebhookDelivery) -> dict[str, Any]:
    return {
        "id": delivery.pk,
        "webhook_id": delivery.message_id,
        "type": delivery.event,
        "at": delivery.at,
        "state": delivery.state,
        "status": delivery.status,
        "problem": delivery.shown_problem,
        "attempts": delivery.attempts,
        "said": delivery.said,
        "tried_at": delivery.tried_at,
        "next_at": delivery.due_at,
    }
