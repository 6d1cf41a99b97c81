"""A person's own actions in what is saved of a dictation."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from captions.models import ChangeKind, Session, SpokenAction, SpokenCall, User, WebhookDelivery
from captions.transcripts import acting, trash, versions
from captions.transcripts.acting import call_answered
from captions.transcripts.changes import EditError
from captions.transcripts.final_writer import saving
from tests.factories import make_session, make_user
from tests.transcripts.test_obeying import final, save, texts
from tests.webhooks.support import make_webhook, noted

pytestmark = pytest.mark.django_db


def add(user: User, template: str, does: str = "send", text: str = "", name: str = "Light") -> SpokenAction:
    return SpokenAction.objects.create(
        user=user, place=user.spoken_actions.count(), name=name, template=template, does=does, text=text
    )


@pytest.fixture
def user() -> User:
    user = make_user(commands=True)
    make_webhook(user, events=["command.spoken"])
    return user


@pytest.fixture
def session(user: User) -> Session:
    return make_session(user)


def test_what_is_sent_is_no_text_and_is_told_once(user: User, session: Session) -> None:
    add(user, "(turn|switch) on [the] {device}")
    record = final(session, 0, "Turn on the hall light.")
    [once], [again] = saving.save([record]), saving.save([record])
    assert isinstance(once, saving.Saved)
    assert isinstance(again, saving.Saved)
    told = once.record.command
    assert told is not None
    assert (once.record.text, told.does, told.name) == ("", "send", "Light")
    assert again.record == once.record
    assert noted(user) == [
        (
            "command.spoken",
            {
                "session": str(session.pk),
                "utterance": str(record.key),
                "seq": 1,
                "name": "Light",
                "confidence": 0.9,
            },
        )
    ]
    call = SpokenCall.objects.get()
    assert (call.slots, call.text) == ({"device": "hall light"}, "Turn on the hall light.")
    assert call.sent_at is not None
    # It becomes text again; what was sent stays sent.
    versions.undo_change(session, uuid.UUID(told.change), user)
    assert texts(session) == ["Turn on the hall light."]
    assert WebhookDelivery.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "options"),
    [
        ({"commands": False}, {}),
        ({"source": "file"}, {}),
        ({"via": "whip"}, {}),
        ({}, {"shared": True}),
        ({}, {"settled_ms": None}),
    ],
)
def test_nothing_is_sent_where_nobody_wants_it(
    user: User, fields: dict[str, Any], options: dict[str, Any]
) -> None:
    add(user, "turn on {device}")
    session = make_session(user, **fields)
    save(session, "Turn on the light.", **options)
    assert texts(session) == ["Turn on the light."]
    assert noted(user) == []


def test_a_part_of_a_sentence_and_an_unsure_word_are_text(user: User, session: Session) -> None:
    add(user, "turn on the light")
    record = final(session, 0, "Turn on the light.")
    unsure = [*record.words[:-1], type(record.words[0])(800, 1_000, " light.", 0.59)]
    saving.save(
        [type(record)(**{**{n: getattr(record, n) for n in record.__slots__}, "words": tuple(unsure)})]
    )
    save(session, "I asked him to turn on the light.", "Turn on the light now.")
    assert "" not in texts(session)
    assert noted(user) == []


def test_the_first_that_fits_counts_and_the_lead_word_comes_first(user: User, session: Session) -> None:
    user.lead_word = "Hey house"
    user.save()
    add(user, "note {what}", name="First")
    add(user, "note milk", name="Second")
    save(session, "Note milk.", "Hey, house, note milk.")
    assert texts(session) == ["Note milk.", ""]
    assert [data["name"] for _, data in noted(user)] == ["First"]


def test_built_in_commands_come_before(user: User, session: Session) -> None:
    add(user, "stop {what}")
    [told] = save(session, "Stop dictation.")
    assert told.command is not None
    assert told.command.does == "stop"
    assert noted(user) == []


def test_a_text_is_written_in_the_place_of_what_was_said(user: User, session: Session) -> None:
    user.replacements = [["regards", "greetings"]]
    user.save()
    add(user, "close [the letter] with {name}", "write", "Kind regards\n{name}")
    [told] = save(session, "Close with Maren Quist.")
    assert (told.text, told.command) == ("Kind regards\nMaren Quist", None)
    row = session.utterances.get()
    assert list(row.history.order_by("version").values_list("kind", flat=True)) == ["heard", "action"]
    save(session, "Undo that.")
    assert texts(session) == ["Close with Maren Quist.", ""]
    assert noted(user) == []


def test_a_spoken_yes_sends_what_was_asked_about(user: User, session: Session) -> None:
    add(user, "open the gate", "ask", name="Gate")
    asked, yes = save(session, "Open the gate.", "Yes.")
    assert asked.command is not None
    assert asked.command.message() == {"does": "ask", "name": "Gate"}
    assert asked.text == "Open the gate."
    assert yes.command is not None
    assert (yes.command.does, yes.command.name) == ("send", "Gate")
    assert texts(session) == ["", ""]
    save(session, "Yes.")
    assert texts(session) == ["", "", "Yes."]
    assert [data["seq"] for _, data in noted(user)] == [1]
    versions.undo_change(session, uuid.UUID(yes.command.change), user)
    assert texts(session) == ["Open the gate.", "Yes.", "Yes."]


def test_in_one_batch_as_well(user: User, session: Session) -> None:
    add(user, "tor auf", "ask")
    saving.save(
        [final(session, number, text, language="de") for number, text in enumerate(["Tor auf.", "Ja."])]
    )
    assert texts(session) == ["", ""]
    assert len(noted(user)) == 1


def test_a_yes_is_meant_for_what_was_said_just_before(user: User, session: Session) -> None:
    add(user, "open the gate", "ask")
    save(session, "Open the gate.", "Did he come?", "Yes.")
    assert texts(session) == ["Open the gate.", "Did he come?", "Yes."]
    assert noted(user) == []


def test_a_yes_that_comes_too_late_is_a_word(user: User, session: Session) -> None:
    add(user, "open the gate", "ask")
    save(session, "Open the gate.")
    SpokenCall.objects.update(asked_until=timezone.now() - timedelta(seconds=1))
    save(session, "Yes.")
    assert texts(session) == ["Open the gate.", "Yes."]
    with pytest.raises(EditError):
        acting.confirm(session, 1, user)
    assert noted(user) == []


def test_a_click_sends_once(user: User, session: Session) -> None:
    add(user, "open the gate", "ask")
    save(session, "Open the gate.")
    assert acting.confirm(session, 1, user).text == ""
    with pytest.raises(EditError):
        acting.confirm(session, 1, user)
    assert len(noted(user)) == 1
    assert list(session.utterances.get().history.values_list("kind", flat=True)) == ["action", "heard"]


class Heard:
    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def __call__(self, sender: Session, message: dict[str, Any], **kwargs: Any) -> None:
        self.messages.append(message)


@pytest.fixture
def shown() -> Any:
    heard = Heard()
    call_answered.connect(heard)
    yield heard.messages
    call_answered.disconnect(heard)


def test_an_answer_is_shown_and_inserted_once(
    user: User, session: Session, shown: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    add(user, "how warm is it")
    save(session, "How warm is it?")
    with django_capture_on_commit_callbacks(execute=True):
        acting.answer(session.pk, 1, say="Done.", insert="It is 21\0 °C.")
        acting.answer(session.pk, 1, say="", insert="It is 22 °C.")
    assert texts(session) == ["It is 21 °C."]
    [message] = shown
    assert (message["text"], message["version"]) == ("It is 21 °C.", 3)
    change = message["command"].pop("change")
    assert message["command"] == {"does": "say", "name": "Light", "says": "Done."}
    row = session.utterances.get()
    assert row.history.first().kind == ChangeKind.ACTION
    assert [word["text"] for word in row.words][-1] == " °C."
    versions.undo_change(session, uuid.UUID(change), user)
    assert texts(session) == [""]


def test_an_answer_takes_no_effect_where_it_is_late_or_nobody_waits(
    user: User, session: Session, shown: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    add(user, "how warm is it")
    [told] = save(session, "How warm is it?")
    assert told.command is not None
    with django_capture_on_commit_callbacks(execute=True):
        acting.answer(session.pk, 2, say="x", insert="x")
        acting.answer(uuid.uuid4(), 1, say="x", insert="x")
        versions.undo_change(session, uuid.UUID(told.command.change), user)
        acting.answer(session.pk, 1, say="", insert="x")
        SpokenCall.objects.update(sent_at=timezone.now() - timedelta(seconds=61))
        acting.answer(session.pk, 1, say="x", insert="x")
        trash.delete(user, [session.pk], timezone.now())
        acting.answer(session.pk, 1, say="x", insert="x")
    assert shown == []
    assert texts(session) == ["How warm is it?"]
