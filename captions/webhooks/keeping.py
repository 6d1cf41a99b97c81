"""Forgets old deliveries, and tells owners by mail that an endpoint was switched off."""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import translation

from ..models import SpokenCall, WebhookDelivery, WebhookEndpoint

log = structlog.get_logger(__name__)

KEPT = timedelta(days=7)
_AT_ONCE = 10_000


def forget_old(now: datetime) -> int:
    """Deletes deliveries of events that were long ago, sent or not, and the words of actions; returns how many."""
    count = 0
    SpokenCall.objects.filter(Q(sent_at__lte=now - KEPT) | Q(asked_until__lte=now - KEPT)).delete()
    old = WebhookDelivery.objects.filter(at__lte=now - KEPT)
    while some := WebhookDelivery.objects.filter(pk__in=old.values("pk")[:_AT_ONCE]).delete()[0]:
        count += some
    if count:
        log.info("webhook_deliveries_forgotten", count=count)
    return count


def tell_owners() -> int:
    """Sends the mails that are due; returns how many. One whose mail fails is tried again the next time."""
    told = 0
    for pk in WebhookEndpoint.objects.filter(mail_due=True).values_list("pk", flat=True):
        try:
            told += _tell(pk)
        except OSError as error:
            log.error("mail_not_sent", mail="webhook_off", error=type(error).__name__)
    return told


@transaction.atomic
def _tell(pk: int) -> bool:
    """Whether a mail was sent. Raises OSError."""
    due = WebhookEndpoint.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    endpoint = due.select_related("user").filter(pk=pk, mail_due=True).first()
    if endpoint is None:
        return False
    endpoint.mail_due = False
    endpoint.save(update_fields=["mail_due"])
    user = endpoint.user
    if not user.email or not user.is_active or not settings.ACCOUNT_EMAIL_NOTIFICATIONS:
        return False
    with translation.override(user.interface_language or settings.LANGUAGE_CODE):
        subject = render_to_string("captions/webhooks/email/off_subject.txt").strip()
        text = render_to_string("captions/webhooks/email/off_message.txt", {"endpoint": endpoint})
    send_mail(f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}{subject}", text, None, [user.email])
    return True
