"""What the database knows of deliveries: claims one, and writes down what became of the try."""

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef

from ..models import WebhookDelivery, WebhookEndpoint
from ..models.leased_job import LeaseLostError
from ..models.shared_clock import shared_now
from ..models.webhook import DELIVERED, FAILED, TEST_EVENT
from ..transcripts import acting
from . import answers
from .outcomes import BROKE_OFF, FAILING, GONE, PATIENCE, Outcome

log = structlog.get_logger(__name__)


def claim(busy: dict[int, int], *, of_each: int, most: int) -> list[WebhookDelivery]:
    """Claims deliveries that are due, `most` at most; `busy` is how many of each endpoint are under way here.

    No endpoint gets more than `of_each`, so that none holds up the others.
    """
    now = shared_now()
    due = WebhookDelivery.objects.due(now)
    waiting = WebhookEndpoint.objects.active().filter(Exists(due.filter(endpoint=OuterRef("pk"))))
    claimed: list[WebhookDelivery] = []
    # Another one is first each time, so that all have their turn where there is no room for all.
    for endpoint in waiting.order_by("?").values_list("pk", flat=True):
        room = min(of_each - busy.get(endpoint, 0), most - len(claimed))
        if room <= 0:
            continue
        for pk in due.filter(endpoint=endpoint).order_by("due_at").values_list("pk", flat=True)[:room]:
            if delivery := WebhookDelivery.objects.select_related("endpoint").claim(pk, now):
                claimed.append(delivery)
    return claimed


def record(delivery: WebhookDelivery, outcome: Outcome) -> None:
    """Writes down what became of a try, and when the next one is due; what was answered to an action takes effect."""
    answer = answers.read(outcome.body) if outcome.is_taken else answers.NOTHING
    try:
        with transaction.atomic():
            _record(delivery, outcome, shared_now(), answer.say)
    except LeaseLostError:
        # It was deleted or asked for again, or another process has taken over.
        return
    log.info(
        "webhook_sent" if outcome.is_taken else "webhook_not_taken",
        endpoint=delivery.endpoint_id,
        delivery=str(delivery.pk),
        webhook_event=delivery.event,
        status=outcome.status,
        attempt=delivery.attempts,
    )
    if answer != answers.NOTHING:
        acting.answer(
            UUID(delivery.data["session"]), delivery.data["seq"], say=answer.say, insert=answer.insert
        )


def _record(delivery: WebhookDelivery, outcome: Outcome, now: datetime, said: str) -> None:
    """Raises LeaseLostError."""
    tried = {"tried_at": now, "status": outcome.status, "problem": outcome.problem}
    if outcome.is_taken:
        delivery.finish(state=DELIVERED, said=said, **tried)
        WebhookEndpoint.objects.filter(pk=delivery.endpoint_id).exclude(failing_since=None).update(
            failing_since=None
        )
        return
    is_over = outcome.is_final or outcome.is_gone or delivery.is_last_attempt
    if is_over or delivery.event == TEST_EVENT:
        delivery.finish(state=FAILED, **tried)
    else:
        delivery.renew(now, lease=delivery.RETRIES[delivery.attempts - 1], **tried)
    _note_failure(delivery.endpoint_id, outcome, now)


def _note_failure(endpoint: int, outcome: Outcome, now: datetime) -> None:
    mine = WebhookEndpoint.objects.filter(pk=endpoint)
    mine.filter(failing_since=None).update(failing_since=now)
    on = mine.filter(is_on=True)
    if outcome.is_gone:
        off = on.update(is_on=False, problem=GONE, mail_due=True)
    else:
        stale = on.filter(failing_since__lte=now - PATIENCE)
        off = stale.update(is_on=False, problem=FAILING, mail_due=True)
    if off:
        log.warning("webhook_switched_off", endpoint=endpoint, status=outcome.status)


def give_up(delivery: WebhookDelivery) -> bool:
    """Whether it was claimed more often than it may be tried, by processes that died of it; then it has failed."""
    if delivery.is_exhausted:
        record(delivery, Outcome(problem=BROKE_OFF, is_final=True))
    return delivery.is_exhausted
