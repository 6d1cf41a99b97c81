import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from captions.models import Scope, User, WebhookDelivery, WebhookEndpoint
from tests.clients.tokens import token_of
from tests.factories import make_user
from tests.webhooks.support import add_delivery, make_webhook

pytestmark = pytest.mark.django_db

PATH = "/api/v1/webhooks"
FIELDS = {
    "name": "Home Assistant",
    "address": "https://home.example/api/webhook/hidden-key",
    "events": ["session.ended"],
}


class Asking:
    def __init__(self, user: User, *scopes: Scope) -> None:
        self._headers = {"Authorization": f"Bearer {token_of(user, *scopes)}"}

    def __call__(self, method: str, path: str, sent: Any = None) -> Any:
        body = json.dumps(sent) if sent is not None else ""
        return Client().generic(method, path, body, content_type="application/json", headers=self._headers)


@pytest.fixture
def user() -> User:
    return make_user("maren")


@pytest.fixture
def ask(user: User) -> Asking:
    return Asking(user, Scope.WEBHOOKS)


def test_from_adding_to_deleting(ask: Asking, user: User) -> None:
    answer = ask("POST", PATH, FIELDS)
    assert answer.status_code == 201
    made = answer.json()
    endpoint = WebhookEndpoint.objects.get()
    assert endpoint.secrets(timezone.now()) == [made["secret"]]
    assert (endpoint.address, endpoint.is_on) == (FIELDS["address"], True)
    path = f"{PATH}/{made['id']}"
    changed = ask("PATCH", path, {"is_on": False, "with_text": True}).json()
    assert (changed["is_on"], changed["with_text"], changed["events"]) == (False, True, ["session.ended"])
    endpoint.refresh_from_db()
    assert endpoint.address == FIELDS["address"]
    assert ask("POST", f"{path}/test").status_code == 400
    ask("PATCH", path, {"is_on": True})
    assert ask("POST", f"{path}/test").json()["state"] == "waiting"
    assert [each["type"] for each in ask("GET", f"{path}/deliveries").json()] == ["test"]
    renewed = ask("POST", f"{path}/secret").json()["secret"]
    endpoint.refresh_from_db()
    assert endpoint.secrets(timezone.now()) == [renewed, made["secret"]]
    for shown in (ask("GET", PATH), ask("GET", path)):
        assert b"hidden-key" not in shown.content
        assert b"whsec_" not in shown.content
    assert ask("DELETE", path).status_code == 204
    assert ask("GET", PATH).json() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"events": ["everything"]},
        {"events": []},
        {"address": "http://home.example/"},
        {"address": "https://10.0.0.1/"},
        {"name": ""},
        {"name": None},
    ],
)
def test_what_is_wrong_gets_a_sentence(ask: Asking, wrong: dict[str, Any]) -> None:
    answer = ask("POST", PATH, {**FIELDS, **wrong})
    assert answer.status_code == 400
    assert answer.json()["message"]
    assert not WebhookEndpoint.objects.exists()


def test_send_again(ask: Asking, user: User) -> None:
    endpoint, _ = make_webhook(user)
    delivery = add_delivery(endpoint)
    WebhookDelivery.objects.update(state="failed", due_at=None, attempts=10)
    answer = ask("POST", f"{PATH}/{endpoint.pk}/deliveries/{delivery.pk}/again")
    assert answer.status_code == 202
    assert answer.json()["state"] == "waiting"
    assert answer.json()["webhook_id"] == delivery.message_id


def test_it_needs_the_scope_and_finds_nothing_of_others(user: User) -> None:
    endpoint, _ = make_webhook(make_user("tomas"))
    assert Asking(user, Scope.READ, Scope.WRITE)("GET", PATH).status_code == 403
    mine = Asking(user, Scope.WEBHOOKS)
    for method in ("GET", "PATCH", "DELETE"):
        assert mine(method, f"{PATH}/{endpoint.pk}", {}).status_code == 404
    assert WebhookEndpoint.objects.exists()
