from typing import Any

import pytest

from captions.models import Scope, User
from tests.api.test_webhooks import Asking
from tests.factories import make_user
from tests.transcripts.test_acting import add

pytestmark = pytest.mark.django_db

PATH = "/api/v1/actions"
FIELDS = {"name": "Light", "phrase": "turn on {device}", "does": "send"}


@pytest.fixture
def user() -> User:
    return make_user("maren")


@pytest.fixture
def ask(user: User) -> Asking:
    return Asking(user, Scope.WEBHOOKS)


def test_from_adding_to_deleting(ask: Asking) -> None:
    made = ask("POST", PATH, FIELDS)
    assert made.status_code == 201
    one = {**FIELDS, "text": "", "id": made.json()["id"]}
    assert made.json() == one
    path = f"{PATH}/{one['id']}"
    assert ask("PATCH", path, {"does": "ask"}).json() == {**one, "does": "ask"}
    assert ask("GET", PATH).json() == [{**one, "does": "ask"}]
    tried = ask("POST", f"{PATH}/try", {"said": "Turn on the light."}).json()
    assert tried == {"action": {**one, "does": "ask"}, "slots": {"device": "the light"}, "text": ""}
    assert ask("POST", f"{PATH}/try", {"said": "Hello."}).json() == {"action": None, "slots": {}, "text": ""}
    assert ask("DELETE", path).status_code == 204
    assert ask("GET", PATH).json() == []


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"phrase": "turn [on"}, "A bracket has no counterpart: [."),
        ({"phrase": "{all}"}, "The phrase needs a word that is always said."),
        ({"does": "write"}, "Enter the text."),
        ({"does": "run"}, "does: Input should be 'send', 'ask' or 'write'"),
        ({"name": ""}, "This field is required."),
    ],
)
def test_what_is_wrong_gets_a_sentence(ask: Asking, wrong: dict[str, Any], sentence: str) -> None:
    answer = ask("POST", PATH, {**FIELDS, **wrong})
    assert (answer.status_code, answer.json()["message"]) == (400, sentence)


def test_those_of_others_are_not_there(ask: Asking) -> None:
    other = add(make_user(), "open the gate")
    assert ask("GET", PATH).json() == []
    for method in ("PATCH", "DELETE"):
        assert ask(method, f"{PATH}/{other.pk}", {}).status_code == 404
