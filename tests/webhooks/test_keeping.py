from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django.fixtures import Settings

from captions.models import SpokenCall, WebhookDelivery
from captions.webhooks import keeping, outcomes, tasks
from tests.factories import make_session, make_user
from tests.webhooks.support import add_delivery, make_webhook

pytestmark = pytest.mark.django_db


def test_deliveries_are_forgotten_after_a_week(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_AT_ONCE", 2)
    endpoint, _ = make_webhook()
    now = timezone.now()
    for days in (8, 8, 8, 8, 8, 6, 0):
        delivery = add_delivery(endpoint)
        WebhookDelivery.objects.filter(pk=delivery.pk).update(at=now - timedelta(days=days))
    assert keeping.forget_old(now) == 5
    assert WebhookDelivery.objects.count() == 2


def test_the_words_of_actions_are_forgotten_with_their_deliveries() -> None:
    session, now = make_session(), timezone.now()
    for seq, (days, name) in enumerate(
        ((8, "sent_at"), (8, "asked_until"), (6, "sent_at"), (6, "asked_until"))
    ):
        fields = {name: now - timedelta(days=days), "name": "Light", "text": "On.", "confidence": 0.9}
        SpokenCall.objects.create(session=session, seq=seq, **fields)
    keeping.forget_old(now)
    assert SpokenCall.objects.count() == 2


def test_the_owner_is_told_once_in_their_language(settings: Settings) -> None:
    settings.ACCOUNT_EMAIL_NOTIFICATIONS = True
    user = make_user("maren", interface_language="de")
    endpoint, _ = make_webhook(user, is_on=False, problem=outcomes.FAILING, mail_due=True)
    make_webhook(user)
    tasks.tend_webhooks()
    tasks.tend_webhooks()
    (sent,) = mail.outbox
    assert sent.to == ["maren@example.com"]
    assert sent.subject == "WhisperStream: Ein Webhook wurde abgeschaltet"
    assert "„Mine“ (receiver.example)" in sent.body
    assert "fünf Tage" in sent.body
    assert "/hook" not in sent.body
    endpoint.refresh_from_db()
    assert not endpoint.mail_due


def test_a_mail_that_fails_is_tried_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ACCOUNT_EMAIL_NOTIFICATIONS = True
    endpoint, _ = make_webhook(is_on=False, problem=outcomes.GONE, mail_due=True)

    def away(*args: object) -> None:
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(keeping, "send_mail", away)
        assert keeping.tell_owners() == 0
    endpoint.refresh_from_db()
    assert endpoint.mail_due
    assert keeping.tell_owners() == 1
