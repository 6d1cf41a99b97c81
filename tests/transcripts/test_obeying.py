"""Spoken commands in what is saved of a dictation."""

import uuid
from dataclasses import replace
from io import BytesIO
from typing import Any

import docx
import pytest

from captions.models import ChangeKind, Session, Utterance
from captions.transcripts import versions
from captions.transcripts.changes import words_changed
from captions.transcripts.export import DEFAULTS, encode
from captions.transcripts.final_writer import FinalRecord, saving
from captions.transcripts.stored import transcript_of
from captions.transcripts.titles import proposed_for
from tests.factories import make_session, make_user, words_of

pytestmark = pytest.mark.django_db

EACH_MS = 5_000


@pytest.fixture
def session() -> Session:
    return make_session(make_user(commands=True))


def final(session: Session, number: int, text: str, **fields: Any) -> FinalRecord:
    start_ms = number * EACH_MS
    words = words_of(text, start_ms)
    fields = {"settled_ms": start_ms + EACH_MS, "language": "en", **fields}
    return FinalRecord(
        session.pk,
        uuid.uuid4(),
        start_ms,
        start_ms + EACH_MS - 1,
        text,
        words,
        0.9,
        **fields,
    )


def save(session: Session, *each: str, **fields: Any) -> list[FinalRecord]:
    """Saves each sentence by itself, as they are spoken."""
    told = []
    for text in each:
        number = session.utterances.count()
        [outcome] = saving.save([final(session, number, text, **fields)])
        told.append(outcome.record)
    return told


def texts(session: Session) -> list[str]:
    return list(session.utterances.in_time().values_list("text", flat=True))


def test_marks_are_a_version_that_can_be_undone(session: Session) -> None:
    [told] = save(session, "Hello comma world period")
    assert (told.text, told.version, told.command) == ("Hello, world.", 2, None)
    assert [(word.text, word.start_ms) for word in told.words] == [(" Hello,", 0), (" world.", 400)]
    row = session.utterances.get()
    heard, written = row.history.order_by("version")
    assert (heard.kind, heard.text, heard.corrected) == (ChangeKind.HEARD, "Hello comma world period", False)
    assert (written.kind, written.text, written.corrected) == (ChangeKind.COMMAND, "Hello, world.", True)
    session.refresh_from_db()
    assert (session.word_count, session.corrections) == (2, 1)
    versions.undo(row, 2, session.user)
    assert texts(session) == ["Hello comma world period"]


def test_commands_come_before_replacements(session: Session) -> None:
    session.user.replacements = [["maren", "Maren"], ["hello,", "Hi,"]]
    session.user.save()
    [told] = save(session, "hello comma maren")
    assert (told.text, told.version) == ("Hi, Maren", 3)
    kinds = session.utterances.get().history.order_by("version").values_list("kind", flat=True)
    assert list(kinds) == ["heard", "command", "rule"]


def test_nothing_is_obeyed_where_nobody_wants_it() -> None:
    for user, fields in (
        (make_user(), {}),
        (make_user(commands=True), {"commands": False}),
        (make_user(commands=True), {"source": "file"}),
        (make_user(commands=True), {"via": "whip"}),
    ):
        session = make_session(user, **fields)
        save(session, "Hello comma world", "Scratch that.")
        assert texts(session) == ["Hello comma world", "Scratch that."]
    wanted = make_session(make_user(), commands=True)
    save(wanted, "Hello comma world")
    assert texts(wanted) == ["Hello, world"]
    # What a tab plays commands nothing.
    save(wanted, "Scratch that.", shared=True)
    assert texts(wanted) == ["Hello, world", "Scratch that."]


def test_scratch_that_takes_back_the_sentence_before(session: Session) -> None:
    *_, told = save(session, "The ferry left.", "It sank.", "Scratch that.")
    assert texts(session) == ["The ferry left.", "", ""]
    assert told.text == ""
    assert told.command is not None
    assert told.command.does == "scratch"
    session.refresh_from_db()
    assert session.word_count == 3
    # Once more takes the one before.
    save(session, "Scratch that.")
    assert texts(session) == ["", "", "", ""]
    # Without anything to take back they are words.
    save(session, "Scratch that.")
    assert texts(session)[-1] == "Scratch that."


def test_what_was_taken_back_comes_back_by_hand_as_it_was_heard(session: Session) -> None:
    *_, told = save(session, "It sank.", "Scratch that.")
    assert told.command is not None
    versions.undo_change(session, uuid.UUID(told.command.change), session.user)
    assert texts(session) == ["It sank.", "Scratch that."]


def test_undo_that_brings_back_what_was_taken_back_without_the_command(session: Session) -> None:
    *_, told = save(session, "It sank.", "Scratch that.", "Undo that.")
    assert texts(session) == ["It sank.", "", ""]
    assert told.command is not None
    assert told.command.does == "undo"
    # Nothing is left to undo, so they are words.
    save(session, "Undo that.")
    assert texts(session)[-1] == "Undo that."
    session.refresh_from_db()
    assert session.word_count == 4


def test_undo_that_takes_marks_back(session: Session) -> None:
    save(session, "Hello comma world", "Undo that.")
    assert texts(session) == ["Hello comma world", ""]


def test_marks_of_their_own_belong_to_the_sentence_before(session: Session) -> None:
    told = save(session, "Did it leave.", "Question mark.", "New paragraph.", "It did.")
    assert texts(session) == ["Did it leave?", "", "\n\n", "It did."]
    assert told[1].command is None
    change = session.utterances.get(seq=2).history.get(version=2).change
    versions.undo_change(session, change, session.user)
    assert texts(session)[:2] == ["Did it leave.", "Question mark."]


def test_a_line_break_takes_no_marks(session: Session) -> None:
    save(session, "New paragraph.", "Comma is a word period")
    assert texts(session) == ["\n\n", "Comma is a word."]
    assert [row.version for row in session.utterances.in_time()] == [2, 2]


def test_one_batch_is_like_several(session: Session) -> None:
    said = ["It sank.", "Scratch that.", "Undo that.", "Did it?", "Comma.", "Scratch that."]
    outcomes = saving.save([final(session, number, text) for number, text in enumerate(said)])
    assert texts(session) == ["It sank.", "", "", "", "", ""]
    assert [outcome.record.text for outcome in outcomes] == texts(session)
    assert [outcome.record.command and outcome.record.command.does for outcome in outcomes] == [
        None,
        "scratch",
        "undo",
        None,
        None,
        "scratch",
    ]
    session.refresh_from_db()
    assert session.word_count == 2
    assert session.last_seq == 6


def test_saving_it_twice_tells_the_command_again(session: Session) -> None:
    save(session, "It sank.")
    record = final(session, 1, "Scratch that.")
    [once], [again] = saving.save([record]), saving.save([record])
    assert isinstance(once, saving.Saved)
    assert isinstance(again, saving.Saved)
    assert (again.new, again.record) == (False, once.record)
    assert Utterance.history.count() == 4


def test_control_is_told_and_leaves_no_words(session: Session) -> None:
    [told] = save(session, "Stop dictation.")
    assert told.text == ""
    assert told.command is not None
    assert told.command.does == "stop"
    [told] = save(session, "Diktat anhalten.", language="de")
    assert told.command is not None
    assert told.command.does == "pause"


def test_what_is_recovered_has_marks_but_takes_nothing_back(session: Session) -> None:
    save(session, "Hello comma world", "Scratch that.", "Stop dictation.", settled_ms=None)
    assert texts(session) == ["Hello, world", "Scratch that.", "Stop dictation."]


def test_pages_hear_of_the_sentence_before(session: Session, django_capture_on_commit_callbacks: Any) -> None:
    heard: list[list[int]] = []

    def hear(sender: Session, seqs: list[int], **kwargs: Any) -> None:
        heard.append(seqs)

    words_changed.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            save(session, "It sank.", "Hello comma world", "Scratch that.")
    finally:
        words_changed.disconnect(hear)
    assert heard == [[2]]


def test_line_breaks_make_no_title(session: Session) -> None:
    save(session, "New paragraph.", "The night ferry.")
    assert texts(session) == ["\n\n", "The night ferry."]
    assert proposed_for(session) == "The night ferry"
    found: Any = Session.objects.with_opening().get(pk=session.pk)
    assert found.opening == ["The night ferry."]


def test_the_next_sentence_is_a_heading(session: Session) -> None:
    save(
        session, "It begins.", "Heading.", "The night ferry.", "It left at nine.", "Heading north we saw it."
    )
    assert texts(session) == [
        "It begins.",
        "\n\n#",
        "The night ferry.",
        "It left at nine.",
        "Heading north we saw it.",
    ]
    text = b"".join(encode("md", transcript_of(session), DEFAULTS)).decode()
    ending = "It begins.\n\n## The night ferry\n\nIt left at nine. Heading north we saw it.\n"
    assert text.endswith(ending)
    document = docx.Document(BytesIO(b"".join(encode("docx", transcript_of(session), DEFAULTS))))
    assert [each.text for each in document.paragraphs if each.style and each.style.name == "Heading 1"] == [
        "The night ferry"
    ]
    subtitles = b"".join(encode("srt", transcript_of(session), DEFAULTS)).decode()
    assert "#" not in subtitles
    assert "The night ferry." in subtitles
    save(session, "Literal heading.")
    assert texts(session)[-1] == "Heading."


def test_an_unsure_heading_is_a_word_and_german_has_one(session: Session) -> None:
    record = final(session, 0, "Heading.")
    unsure = tuple(replace(word, probability=0.5) for word in record.words)
    saving.save([replace(record, words=unsure)])
    save(session, "Überschrift.", "Heading.", language="de")
    save(session, "Heading.", settled_ms=None)
    assert texts(session) == ["Heading.", "\n\n#", "Heading.", "\n\n#"]


def test_a_heading_is_no_title_before_its_words_are_there(session: Session) -> None:
    save(session, "Heading.")
    assert proposed_for(session) == ""
    save(session, "The night ferry.")
    assert proposed_for(session) == "The night ferry"
