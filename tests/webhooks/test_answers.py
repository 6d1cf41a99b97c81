"""What a receiver answers to an action that was spoken."""

import json
from typing import Any

import pytest

from captions.models import Session, SpokenAction, User, WebhookDelivery
from captions.transcripts.acting import call_answered
from captions.webhooks.answers import NOTHING, Answer, read
from captions.webhooks.payload import body
from tests.factories import make_session, make_user
from tests.transcripts.test_obeying import save, texts
from tests.webhooks.receiver import Receiver
from tests.webhooks.support import due_now, make_webhook, send_due


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        ({"say": " It is\n on. ", "other": 1}, Answer(say="It is on.")),
        ({"insert": "Two\nlines\tof \x1b[2J\u202etext"}, Answer(insert="Two\nlines of [2Jtext")),
        ({"say": "a", "insert": "b"}, Answer("a", "b")),
        ({"say": "x" * 200}, Answer("x" * 200)),
        ({"say": "x" * 201}, NOTHING),
        ({"say": "on\u202e"}, NOTHING),
        ({"say": 1, "insert": ["x"]}, NOTHING),
        (["say"], NOTHING),
        ("say", NOTHING),
        ({}, NOTHING),
    ],
)
def test_an_answer(content: Any, answer: Answer) -> None:
    assert read(json.dumps(content).encode()) == answer


@pytest.mark.parametrize(
    "content", [b"", b"ok", b'{"say": "cut o', b"\xff", b"[" * 2_000, b'{"say": "\\ud800"}']
)
def test_everything_else_is_nothing(content: bytes) -> None:
    assert read(content) == NOTHING


@pytest.fixture
def session(transactional_db: None) -> Session:
    user = make_user(commands=True)
    SpokenAction.objects.create(
        user=user, place=1, name="Light", template="turn on {device}", does="send", text=""
    )
    return make_session(user)


def hook(user: User, receiver: Receiver, **fields: Any) -> None:
    make_webhook(user, receiver.url, events=["command.spoken"], **fields)


@pytest.fixture
def shown() -> Any:
    heard: list[Any] = []

    def hear(sender: Session, message: dict[str, Any], **kwargs: Any) -> None:
        heard.append(message["command"])

    call_answered.connect(hear)
    yield heard
    call_answered.disconnect(hear)


def test_what_is_sent(session: Session) -> None:
    thin, _ = make_webhook(session.user, events=["command.spoken"])
    whole, _ = make_webhook(session.user, events=["command.spoken"], with_text=True)
    save(session, "Turn on the light.")
    row = session.utterances.get()
    data = {each.endpoint_id: json.loads(body(each))["data"] for each in WebhookDelivery.objects.all()}
    assert data[thin.pk].pop("url")
    assert data[thin.pk] == {
        "session": str(session.pk),
        "utterance": str(row.key),
        "seq": 1,
        "name": "Light",
        "confidence": 0.9,
    }
    assert data[whole.pk]["slots"] == {"device": "the light"}
    assert data[whole.pk]["text"] == "Turn on the light."
    session.erase()
    gone = json.loads(body(WebhookDelivery.objects.get(endpoint=whole)))["data"]
    assert set(gone) == {"session", "utterance", "seq", "name", "confidence"}


def test_it_is_shown_written_and_kept(session: Session, receiver: Receiver, shown: list[Any]) -> None:
    hook(session.user, receiver)
    receiver.answer, receiver.said = (
        lambda post: 200,
        b'{"say": "On.", "insert": "The light is on.", "run": "rm"}',
    )
    save(session, "Turn on the light.")
    send_due()
    assert texts(session) == ["The light is on."]
    assert [(each["says"], each["name"]) for each in shown] == [("On.", "Light")]
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.said) == ("delivered", "On.")


def test_only_what_was_taken_says_anything(session: Session, receiver: Receiver, shown: list[Any]) -> None:
    hook(session.user, receiver)
    receiver.answer, receiver.said = lambda post: 500, b'{"say": "No."}'
    save(session, "Turn on the light.")
    send_due()
    assert shown == []
    receiver.answer, receiver.said = lambda post: 200, b'{"say": "On."}'
    due_now()
    send_due()
    assert [each["says"] for each in shown] == ["On."]


def test_nothing_else_is_answered(session: Session, receiver: Receiver, shown: list[Any]) -> None:
    make_webhook(session.user, receiver.url, events=["transcript.final"])
    receiver.answer, receiver.said = lambda post: 200, b'{"say": "On.", "insert": "x"}'
    save(session, "The light.")
    send_due()
    assert shown == []
    assert texts(session) == ["The light."]
    assert WebhookDelivery.objects.get().said == ""


def test_an_answer_that_is_too_long_is_none(session: Session, receiver: Receiver, shown: list[Any]) -> None:
    hook(session.user, receiver)
    receiver.answer, receiver.said = lambda post: 200, json.dumps({"insert": "x" * 2_500}).encode()
    save(session, "Turn on the light.")
    send_due()
    assert texts(session) == [""]
    assert WebhookDelivery.objects.get().state == "delivered"
