"""One delivery, to receivers that answer well, badly, late, elsewhere and not at all."""

import logging
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone
from pytest_django.fixtures import Settings
from standardwebhooks import WebhookVerificationError

from captions.core.sealing import UNREADABLE
from captions.models import WebhookDelivery, WebhookEndpoint
from captions.models.shared_clock import shared_now
from captions.webhooks import changing, outcomes
from captions.webhooks.posting import deliver
from captions.webhooks.recording import claim
from tests.factories import make_session
from tests.webhooks.receiver import Receiver
from tests.webhooks.support import add_delivery, due_now, make_webhook, send_due

pytestmark = pytest.mark.django_db(transaction=True)


def only() -> WebhookDelivery:
    return WebhookDelivery.objects.select_related("endpoint").get()


def waits(delivery: WebhookDelivery) -> timedelta:
    """How long it waits for its next try, within a minute or so."""
    assert delivery.due_at is not None
    return delivery.due_at - shared_now()


def test_the_library_of_standard_webhooks_verifies_what_is_sent(receiver: Receiver) -> None:
    session = make_session(None, ["Grüße vom Kai."])
    endpoint, secret = make_webhook(session.user, receiver.url, with_text=True)
    WebhookDelivery.objects.all().delete()
    add_delivery(endpoint, session=str(session.pk), seq=1)
    send_due()
    (post,) = receiver.posts
    content = post.verified(secret)
    assert content["type"] == "transcript.final"
    assert content["data"]["text"] == "Grüße vom Kai."
    assert post.path == "/hook?key=hidden-key"
    assert post.headers["content-type"] == "application/json"
    assert post.id == only().message_id
    assert (only().state, only().status, only().due_at) == ("delivered", 204, None)
    send_due()
    assert len(receiver.posts) == 1


def test_both_secrets_are_good_for_a_day(receiver: Receiver) -> None:
    endpoint, former = make_webhook(url=receiver.url)
    secret = changing.renew_secret(endpoint, timezone.now())
    add_delivery(endpoint)
    send_due()
    for each in (secret, former):
        receiver.posts[-1].verified(each)
    WebhookEndpoint.objects.update(former_until=timezone.now())
    add_delivery(endpoint)
    send_due()
    receiver.posts[-1].verified(secret)
    with pytest.raises(WebhookVerificationError):
        receiver.posts[-1].verified(former)


def test_500_then_200(receiver: Receiver) -> None:
    receiver.answer = lambda post: 500 if len(receiver.posts) == 1 else 200
    endpoint, secret = make_webhook(url=receiver.url)
    add_delivery(endpoint)
    send_due()
    assert (only().state, only().status, only().attempts) == ("waiting", 500, 1)
    assert timedelta(0) < waits(only()) <= timedelta(seconds=5)
    assert only().endpoint.failing_since is not None
    send_due()
    assert len(receiver.posts) == 1, "not before its time"
    due_now()
    send_due()
    assert (only().state, only().status, only().attempts) == ("delivered", 200, 2)
    assert only().endpoint.failing_since is None
    first, second = receiver.posts
    assert first.id == second.id
    for post in receiver.posts:
        post.verified(secret)


def test_each_retry_waits_longer_until_it_is_given_up(receiver: Receiver) -> None:
    receiver.answer = lambda post: 503
    endpoint, _ = make_webhook(url=receiver.url)
    add_delivery(endpoint)
    hours = [5 / 3600, 5 / 60, 0.5, 2, 5, 10, 14, 20, 24]
    for each in hours:
        due_now()
        send_due()
        assert timedelta(hours=each) - timedelta(minutes=1) < waits(only()) <= timedelta(hours=each)
    due_now()
    send_due()
    assert (only().state, only().due_at, len(receiver.posts)) == ("failed", None, 10)
    assert len({post.id for post in receiver.posts}) == 1
    assert only().endpoint.is_on


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(receiver: Receiver, status: int) -> None:
    receiver.answer = lambda post: status
    endpoint, _ = make_webhook(url=receiver.url)
    add_delivery(endpoint)
    send_due()
    assert (only().state, only().status, len(receiver.posts)) == ("waiting", status, 1)


def test_a_receiver_that_stalls(receiver: Receiver) -> None:
    receiver.go_on.clear()
    endpoint, _ = make_webhook(url=receiver.url)
    add_delivery(endpoint)
    send_due(seconds=0.2)
    assert (only().state, only().status, only().problem) == ("waiting", None, outcomes.LATE)


def test_410_switches_the_endpoint_off(receiver: Receiver) -> None:
    receiver.answer = lambda post: 410
    endpoint, _ = make_webhook(url=receiver.url)
    add_delivery(endpoint)
    send_due()
    assert (only().state, only().status) == ("failed", 410)
    endpoint.refresh_from_db()
    assert (endpoint.is_on, endpoint.problem, endpoint.mail_due) == (False, outcomes.GONE, True)
    add_delivery(endpoint)
    send_due()
    assert len(receiver.posts) == 1


def test_five_days_of_failures_switch_it_off(receiver: Receiver) -> None:
    receiver.answer = lambda post: 500
    endpoint, _ = make_webhook(url=receiver.url, failing_since=timezone.now() - timedelta(days=4, hours=23))
    add_delivery(endpoint)
    send_due()
    endpoint.refresh_from_db()
    assert endpoint.is_on
    WebhookEndpoint.objects.update(failing_since=timezone.now() - timedelta(days=5, minutes=1))
    due_now()
    send_due()
    endpoint.refresh_from_db()
    assert (endpoint.is_on, endpoint.problem, endpoint.mail_due) == (False, outcomes.FAILING, True)


def test_a_receiver_that_is_not_there() -> None:
    endpoint, _ = make_webhook(url="http://127.0.0.1:9/hook")
    add_delivery(endpoint)
    send_due()
    assert (only().state, only().status, only().problem) == ("waiting", None, outcomes.AWAY)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1"])
def test_nothing_is_sent_into_a_private_network(receiver: Receiver, address: str) -> None:
    """Whatever name leads there, and whenever it does."""

    async def rebound(host: str, port: int) -> list[str]:
        return [address]

    endpoint, _ = make_webhook(url=f"http://receiver.example:{receiver.port}/hook")
    add_delivery(endpoint)
    (delivery,) = claim({}, of_each=1, most=1)
    async_to_sync(deliver)(delivery, (), resolve=rebound)
    assert (only().state, only().problem) == ("waiting", outcomes.PRIVATE)
    assert not receiver.posts


def test_a_test_is_tried_once(receiver: Receiver) -> None:
    receiver.answer = lambda post: 500
    endpoint, _ = make_webhook(url=receiver.url)
    changing.send_test(endpoint)
    with pytest.raises(changing.WebhookError):
        changing.send_test(endpoint)
    send_due()
    assert (only().event, only().state) == ("test", "failed")
    changing.send_test(endpoint)


def test_send_again(receiver: Receiver) -> None:
    endpoint, secret = make_webhook(url=receiver.url)
    add_delivery(endpoint)
    send_due()
    changing.send_again(only())
    send_due()
    first, second = receiver.posts
    assert first.id == second.id
    second.verified(secret)
    assert (only().state, only().attempts) == ("delivered", 1)


def test_a_process_that_dies_between_two_tries_is_replaced(receiver: Receiver) -> None:
    endpoint, _ = make_webhook(url=receiver.url)
    add_delivery(endpoint)
    (taken,) = claim({}, of_each=1, most=1)
    send_due()
    assert not receiver.posts, "somebody else has it"
    due_now()
    send_due()
    assert len(receiver.posts) == 1
    # The first was only slow. It sends once more, under the same id, and what it reports is too late.
    receiver.answer = lambda post: 500
    async_to_sync(deliver)(taken, ["127.0.0.1"])
    assert receiver.posts[0].id == receiver.posts[1].id
    assert only().state == "delivered"


def test_one_that_kills_processes_is_given_up(receiver: Receiver) -> None:
    endpoint, _ = make_webhook(url=receiver.url)
    add_delivery(endpoint)
    for _ in range(WebhookDelivery.MOST_ATTEMPTS):
        claim({}, of_each=1, most=1)
        due_now()
    send_due()
    assert (only().state, only().problem) == ("failed", outcomes.BROKE_OFF)
    assert not receiver.posts


def test_the_key_of_the_server_was_changed(receiver: Receiver, settings: Settings) -> None:
    endpoint, _ = make_webhook(url=receiver.url)
    add_delivery(endpoint)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another " * 8, []
    send_due()
    assert (only().state, only().problem) == ("failed", UNREADABLE)


def test_no_endpoint_takes_the_place_of_another() -> None:
    slow, other = make_webhook()[0], make_webhook()[0]
    for _ in range(5):
        add_delivery(slow)
    add_delivery(other)
    taken = [each.endpoint_id for each in claim({}, of_each=2, most=100)]
    assert sorted(taken) == sorted([slow.pk, slow.pk, other.pk])
    assert claim({slow.pk: 2}, of_each=2, most=100) == []
    assert len(claim({slow.pk: 1}, of_each=2, most=100)) == 1
    assert claim({}, of_each=2, most=0) == []


def test_neither_words_nor_secrets_are_in_the_log(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    session = make_session(None, ["The pelican is called Quentin."], title="Quentin")
    endpoint, secret = make_webhook(session.user, receiver.url, with_text=True)
    for status in (500, 200):
        receiver.answer = lambda post, status=status: status  # type: ignore[misc]
        add_delivery(endpoint, session=str(session.pk), seq=1)
        send_due()
    WebhookEndpoint.objects.update(sealed=b"")
    changing.renew_secret(endpoint, timezone.now())
    assert any("webhook_sent" in line for line in caplog.messages)
    for line in caplog.messages:
        for private in ("Quentin", "hidden-key", secret.removeprefix("whsec_"), "v1,"):
            assert private not in line, line
