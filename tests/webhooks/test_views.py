import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from captions.models import MOST_WEBHOOKS, User, WebhookDelivery, WebhookEndpoint
from captions.webhooks import outcomes
from tests.account.test_token_views import proved
from tests.factories import make_user
from tests.webhooks.support import add_delivery, make_webhook

PAGE = "/settings/webhooks/"
NEW = "/settings/webhooks/new/"
FIELDS = {
    "name": "Home Assistant",
    "address": "https://home.example/api/webhook/hidden-key",
    "events": ["session.ended", "session.started"],
}


def page(endpoint: WebhookEndpoint) -> str:
    return f"{PAGE}{endpoint.pk}/"


def test_adding_one_asks_for_the_password_again(visitor: Client, user: User) -> None:
    for answer in (visitor.get(NEW), visitor.post(NEW, FIELDS)):
        assert answer.headers["Location"].startswith("/accounts/reauthenticate/")
    assert not WebhookEndpoint.objects.exists()


def test_its_secret_is_shown_once_and_mailed_about(visitor: Client, user: User, settings: Settings) -> None:
    settings.ACCOUNT_EMAIL_NOTIFICATIONS = True
    answer = proved(visitor).post(NEW, FIELDS)
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    endpoint = WebhookEndpoint.objects.get()
    (secret,) = endpoint.secrets(timezone.now())
    assert secret in answer.content.decode()
    assert endpoint.user == user
    assert endpoint.events == ["session.started", "session.ended"]
    assert (endpoint.address, endpoint.host) == (FIELDS["address"], "home.example")
    assert (endpoint.is_on, endpoint.with_text) == (True, False)
    for stored in (bytes(endpoint.sealed), bytes(endpoint.sealed_secret)):
        assert b"hidden-key" not in stored
        assert secret.encode() not in stored
    for address in (PAGE, page(endpoint)):
        shown = visitor.get(address).content.decode()
        assert "Home Assistant" in shown
        assert "A dictation has ended" in shown
        for private in (secret, "hidden-key"):
            assert private not in shown
    assert "Home Assistant" in mail.outbox[0].body
    assert "hidden-key" not in mail.outbox[0].body


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"events": []}, "Choose what it is told of."),
        ({"events": ["everything"]}, "Select a valid choice"),
        ({"address": ""}, "Enter the whole address."),
        ({"address": "http://home.example/"}, "Enter the whole address."),
        ({"address": "https://192.168.1.2/"}, "only to addresses on the internet"),
        ({"address": "https://me:word@home.example/"}, "user name or a password"),
    ],
)
def test_a_wrong_choice_gets_a_sentence(
    visitor: Client, user: User, wrong: dict[str, str], sentence: str
) -> None:
    answer = proved(visitor).post(NEW, {**FIELDS, **wrong})
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not WebhookEndpoint.objects.exists()


def test_an_operator_may_allow_private_ones(visitor: Client, user: User, settings: Settings) -> None:
    settings.WEBHOOKS_PRIVATE = True
    assert proved(visitor).post(NEW, {**FIELDS, "address": "http://192.168.1.2:8123/"}).status_code == 200


def test_an_account_has_ten_at_most(visitor: Client, user: User) -> None:
    for _ in range(MOST_WEBHOOKS):
        make_webhook(user)
    answer = proved(visitor).post(NEW, FIELDS)
    assert answer.status_code == 400
    assert "You have 10 webhooks" in answer.content.decode()
    assert user.webhooks.count() == MOST_WEBHOOKS


def test_changing_one(visitor: Client, user: User) -> None:
    endpoint, secret = make_webhook(
        user, is_on=False, problem=outcomes.GONE, failing_since=timezone.now(), mail_due=True
    )
    assert "gone (410)" in visitor.get(page(endpoint)).content.decode()
    address = f"{page(endpoint)}change/"
    assert visitor.get(address).headers["Location"].startswith("/accounts/reauthenticate/")
    form = proved(visitor).get(address).content.decode()
    assert "https://receiver.example/hook" in form
    answer = visitor.post(address, {**FIELDS, "with_text": "on", "is_on": "on"})
    assert answer.headers["Location"] == page(endpoint)
    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.host, endpoint.with_text) == ("Home Assistant", "home.example", True)
    assert (endpoint.is_on, endpoint.problem, endpoint.failing_since) == (True, "", None)
    assert not endpoint.mail_due
    assert endpoint.secrets(timezone.now()) == [secret]
    visitor.post(address, FIELDS)
    endpoint.refresh_from_db()
    assert not endpoint.is_on
    assert visitor.post(address, {**FIELDS, "name": ""}).status_code == 400


def test_a_new_secret(visitor: Client, user: User) -> None:
    endpoint, former = make_webhook(user)
    address = f"{page(endpoint)}secret/"
    assert proved(visitor).get(address).status_code == 200
    shown = visitor.post(address).content.decode()
    endpoint.refresh_from_db()
    secret, still = endpoint.secrets(timezone.now())
    assert secret in shown
    assert still == former
    assert former not in shown


def test_a_test(visitor: Client, user: User) -> None:
    endpoint, _ = make_webhook(user)
    visitor.post(f"{page(endpoint)}test/")
    assert WebhookDelivery.objects.get().event == "test"
    assert "A test is under way." in visitor.post(f"{page(endpoint)}test/", follow=True).content.decode()
    WebhookEndpoint.objects.update(is_on=False)
    assert "switched off" in visitor.post(f"{page(endpoint)}test/", follow=True).content.decode()
    assert WebhookDelivery.objects.count() == 1


def test_the_log_shows_the_last_fifty(visitor: Client, user: User) -> None:
    endpoint, _ = make_webhook(user)
    for number in range(52):
        add_delivery(endpoint, "transcript.final" if number else "session.started")
    WebhookDelivery.objects.update(state="failed", due_at=None, status=503, tried_at=timezone.now())
    shown = visitor.get(page(endpoint)).content.decode()
    assert shown.count("<code>transcript.final</code>") == 50
    assert "session.started</code>" not in shown
    assert "Not delivered." in shown
    assert "Answer: 503." in shown
    assert "<html" not in visitor.get(page(endpoint), headers={"HX-Request": "true"}).content.decode()


def test_send_again(visitor: Client, user: User) -> None:
    endpoint, _ = make_webhook(user)
    delivery = add_delivery(endpoint)
    WebhookDelivery.objects.update(state="failed", due_at=None, attempts=10)
    visitor.post(f"{page(endpoint)}deliveries/{delivery.pk}/again/")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("waiting", 0)
    assert delivery.is_pending


def test_deleting_one(visitor: Client, user: User) -> None:
    endpoint, _ = make_webhook(user)
    add_delivery(endpoint)
    answer = visitor.post(f"{page(endpoint)}delete/", follow=True)
    assert "was deleted" in answer.content.decode()
    assert not WebhookEndpoint.objects.exists()
    assert not WebhookDelivery.objects.exists()


def test_nobody_finds_those_of_others(visitor: Client, user: User) -> None:
    endpoint, _ = make_webhook(make_user("tomas"))
    delivery = add_delivery(endpoint)
    mine, _ = make_webhook(user)
    for path in ("", "change/", "secret/"):
        assert visitor.get(page(endpoint) + path).status_code == 404
    for path in ("change/", "secret/", "test/", "delete/", f"deliveries/{delivery.pk}/again/"):
        assert visitor.post(page(endpoint) + path).status_code == 404
    assert visitor.post(f"{page(mine)}deliveries/{delivery.pk}/again/").status_code == 404
    assert WebhookEndpoint.objects.filter(pk=endpoint.pk).exists()
