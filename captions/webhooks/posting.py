"""Posts one delivery to its endpoint."""

from collections.abc import Container
from dataclasses import dataclass, replace

from channels.db import database_sync_to_async
from django.utils import timezone

from ..core.resolving import Resolve, UnreachableError, resolve
from ..core.sealing import UNREADABLE, SealError
from ..core.sending import Sender, SendError
from ..models import WebhookDelivery, WebhookEvent
from . import payload, signing
from .outcomes import AWAY, LATE, PRIVATE, Outcome
from .recording import give_up, record

_SECONDS = 15.0
_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class _Post:
    url: str
    body: bytes
    headers: dict[str, str]


async def deliver(
    delivery: WebhookDelivery,
    allowed: Container[str],
    *,
    seconds: float = _SECONDS,
    resolve: Resolve = resolve,
) -> None:
    """Tries a claimed delivery once, and records what became of it. `allowed` hosts may be private.

    Whoever dies in here leaves it to the next process, which sends it once more, under the same id.

    Raises django.db.Error.
    """
    if await database_sync_to_async(give_up)(delivery):
        return
    try:
        post = await database_sync_to_async(_prepared)(delivery)
    except SealError:
        outcome = Outcome(problem=UNREADABLE, is_final=True)
    else:
        outcome = await _sent(post, allowed, seconds, resolve)
    if delivery.event != WebhookEvent.COMMAND_SPOKEN:
        outcome = replace(outcome, body=b"")
    await database_sync_to_async(record)(delivery, outcome)


def _prepared(delivery: WebhookDelivery) -> _Post:
    """Signed anew for each try, since receivers refuse what was signed long ago. Raises SealError."""
    now = timezone.now()
    body = payload.body(delivery)
    signed_with = delivery.endpoint.secrets(now)
    signed = signing.headers(delivery.message_id, int(now.timestamp()), body, signed_with)
    return _Post(delivery.endpoint.address, body, _JSON | signed)


async def _sent(post: _Post, allowed: Container[str], seconds: float, resolve: Resolve) -> Outcome:
    try:
        async with Sender(allowed, seconds=seconds, resolve=resolve) as sender:
            reply = await sender.post(post.url, post.body, post.headers)
    except UnreachableError as error:
        return Outcome(problem=AWAY if error.__cause__ else PRIVATE)
    except SendError as error:
        return Outcome(problem=LATE if "Timeout" in str(error) else AWAY)
    return Outcome(reply.status, body=reply.body)
