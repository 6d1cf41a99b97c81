"""Replacements of a person, in what is saved of theirs."""

import uuid
from dataclasses import replace

import pytest

from captions.models import ChangeKind, Session, Utterance
from captions.transcripts import editing
from captions.transcripts.final_writer import FinalRecord, saving
from tests.factories import make_session, make_user, words_of

pytestmark = pytest.mark.django_db


def final(session: Session, text: str) -> FinalRecord:
    return FinalRecord(session.pk, uuid.uuid4(), 0, 5_000, text, words_of(text), 0.9, "en")


def test_a_final_is_saved_and_told_as_its_person_wants_it_written() -> None:
    mine = make_session(make_user(replacements=[["fifty percent", "50 %"]]))
    others = make_session()
    records = [
        final(mine, "Fifty percent of it."),
        final(mine, "All of it."),
        final(others, "Fifty percent."),
    ]
    saved = saving.save(records)
    assert [outcome.record.text for outcome in saved] == ["50 % of it.", "All of it.", "Fifty percent."]
    assert "".join(word.text for word in saved[0].record.words) == " 50 % of it."
    row = mine.utterances.get(seq=1)
    assert (row.text, row.version, row.corrected) == ("50 % of it.", 2, True)
    heard, written = row.history.order_by("version")
    assert (heard.kind, heard.text, heard.corrected) == (ChangeKind.HEARD, "Fifty percent of it.", False)
    assert (written.kind, written.text, written.history_user) == (ChangeKind.RULE, "50 % of it.", None)
    mine.refresh_from_db()
    assert (mine.last_seq, mine.corrections, mine.word_count) == (2, 1, 7)
    assert others.utterances.get().history.count() == 0


def test_saving_it_twice_tells_it_as_it_stands() -> None:
    user = make_user(replacements=[["maren", "Maren"]])
    record = final(make_session(user), "hello maren")
    saving.save([record])
    user.replacements = []
    user.save()
    [again] = saving.save([replace(record)])
    assert isinstance(again, saving.Saved)
    assert (again.new, again.record.text) == (False, "hello Maren")
    assert Utterance.objects.get().history.count() == 2


def test_what_was_heard_can_be_had_again() -> None:
    session = make_session(make_user(replacements=[["maren", "Maren"]]))
    saving.save([final(session, "hello maren")])
    row = session.utterances.get()
    edited = editing.edit(row, "hello maren", row.version, session.user)
    assert (edited.text, edited.corrected) == ("hello maren", False)
    session.refresh_from_db()
    assert session.corrections == 0
