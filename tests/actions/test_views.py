"""The pages of a person's own actions."""

from typing import Any

import pytest
from django.test import Client

from captions.models import MOST_ACTIONS, SpokenAction, SpokenCall, User, WebhookDelivery
from tests.factories import make_session, make_user
from tests.transcripts.test_acting import add
from tests.transcripts.test_obeying import save, texts
from tests.webhooks.support import make_webhook

pytestmark = pytest.mark.django_db

LIST = "/settings/actions/"
FIELDS = {"name": "Light", "template": "[please] (turn|switch) on {device}", "does": "send", "text": ""}


@pytest.fixture
def user(client: Client) -> User:
    user = make_user("maren", commands=True)
    client.force_login(user)
    return user


def test_from_adding_to_deleting(client: Client, user: User) -> None:
    assert client.post(f"{LIST}new/", FIELDS).headers["Location"] == LIST
    action = user.spoken_actions.get()
    assert (action.name, action.template, action.does) == ("Light", FIELDS["template"], "send")
    assert FIELDS["template"] in client.get(LIST).content.decode()
    path = f"{LIST}{action.pk}/"
    assert FIELDS["template"] in client.get(path).content.decode()
    client.post(path, {**FIELDS, "does": "write", "text": "On:\r\n{device}"})
    action.refresh_from_db()
    assert (action.does, action.text) == ("write", "On:\n{device}")
    client.post(f"{path}delete/")
    assert not user.spoken_actions.exists()
    assert "You have no action." in client.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"template": "turn [on"}, "A bracket has no counterpart: [."),
        ({"template": "turn ()"}, "There is nothing between two of the brackets or bars."),
        ({"template": "on|off"}, "Put parentheses around words one of which is said: (a|b)."),
        ({"template": "turn {1}"}, "A slot needs a name that begins with a letter, such as {device}."),
        ({"template": "{a} or {a}"}, "The slot {a} is in it twice."),
        ({"template": "do {a} {b}"}, "Put a word before the slot {b}, so that the one before it has an end."),
        ({"template": "[please] {a}"}, "The phrase needs a word that is always said."),
        ({"template": "a " * 99}, "The phrase has too many parts."),
        ({"template": "a" * 201}, "Ensure this value has at most 200 characters (it has 201)."),
        ({"does": "write"}, "Enter the text."),
        ({"does": "write", "text": "{where}"}, "The phrase has no slot {where}."),
        ({"does": "everything"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_said(client: Client, user: User, wrong: dict[str, str], sentence: str) -> None:
    answer = client.post(f"{LIST}new/", {**FIELDS, **wrong})
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not user.spoken_actions.exists()


def test_there_is_a_most(client: Client, user: User) -> None:
    for number in range(MOST_ACTIONS):
        add(user, f"word {number}")
    answer = client.post(f"{LIST}new/", FIELDS)
    assert "You have 30 actions, which is the most. Delete one first." in answer.content.decode()
    assert user.spoken_actions.count() == MOST_ACTIONS


def test_their_order_is_changed(client: Client, user: User) -> None:
    actions = [add(user, "stop", name=name) for name in "abc"]

    def names() -> list[str]:
        return [each.name for each in user.spoken_actions.all()]

    client.post(f"{LIST}{actions[2].pk}/up/")
    assert names() == ["a", "c", "b"]
    client.post(f"{LIST}{actions[2].pk}/up/")
    client.post(f"{LIST}{actions[2].pk}/up/")
    assert names() == ["c", "a", "b"]
    client.post(f"{LIST}new/", FIELDS)
    assert names() == ["c", "a", "b", "Light"]


def test_the_lead_word(client: Client, user: User) -> None:
    client.post(f"{LIST}lead/", {"lead_word": "hey house"})
    user.refresh_from_db()
    assert user.lead_word == "hey house"
    assert client.post(f"{LIST}lead/", {"lead_word": "!"}).status_code == 400
    client.post(f"{LIST}lead/", {"lead_word": ""})
    user.refresh_from_db()
    assert user.lead_word == ""


def test_a_sentence_is_tried_and_nothing_is_sent(client: Client, user: User) -> None:
    make_webhook(user)
    add(user, "turn on {device}")
    add(user, "close with {name}", "write", "Regards, {name}", name="Close")

    def tried(said: str) -> str:
        answer = client.post(f"{LIST}try/", {"said": said})
        assert answer.status_code == 200
        return str(answer.content.decode())

    assert "hall light</bdi>" in tried("Turn on hall light.")
    assert "Regards, Maren" in tried("Close with Maren")
    assert "No action fits." in tried("I turn on the light.")
    assert "This is a voice command" in tried("Scratch that.")
    assert not WebhookDelivery.objects.exists()
    assert not SpokenCall.objects.exists()
    assert client.post(f"{LIST}try/", {"said": ""}).status_code == 400


def test_it_says_what_stands_in_the_way(client: Client, user: User) -> None:
    add(user, "turn on {device}")
    nowhere, off = "None of your webhooks is told", "Voice commands are switched off"
    page = client.get(LIST).content.decode()
    assert nowhere in page
    assert off not in page
    make_webhook(user)
    user.commands = False
    user.save()
    page = client.get(LIST).content.decode()
    assert nowhere not in page
    assert off in page


def test_a_yes_to_what_was_asked(client: Client, user: User) -> None:
    session = make_session(user)
    add(user, "open the gate", "ask")
    save(session, "Open the gate.")
    path = f"/sessions/{session.pk}/actions/"
    json: dict[str, Any] = {"headers": {"Accept": "application/json"}}
    [row] = client.post(f"{path}1/", **json).json()["rows"]
    assert (row["seq"], row["text"], row["version"]) == (1, "", 2)
    assert texts(session) == [""]
    for number in (1, 9):
        late = client.post(f"{path}{number}/", **json)
        assert (late.status_code, late.json()["message"]) == (400, "It is too late for this. Say it again.")


def test_others_have_none_of_it(client: Client, user: User) -> None:
    other = add(make_user(), "open the gate")
    for path in ("", "up/", "delete/"):
        assert client.post(f"{LIST}{other.pk}/{path}", FIELDS).status_code == 404
    assert SpokenAction.objects.get() == other
