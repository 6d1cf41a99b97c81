"""Corrections, and the way back from them."""

import random
import threading
import uuid
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection
from django.db.models import signals
from django.test.utils import CaptureQueriesContext

from captions.models import Session, User, Utterance
from captions.transcripts import editing, versions
from captions.transcripts.editing import EditConflict, EditError, GoneError
from captions.transcripts.final_writer import FinalRecord
from captions.transcripts.final_writer.saving import save
from captions.transcripts.wording import Wording
from tests.factories import make_session, make_user, words_of

pytestmark = pytest.mark.django_db
TEXTS = ["The purse her left.", "It was the purse her again.", "Nobody heard."]


@pytest.fixture
def maren() -> User:
    return make_user("maren")


@pytest.fixture
def session(maren: User) -> Session:
    return make_session(maren, TEXTS)


def row(session: Session, seq: int = 1) -> Utterance:
    return session.utterances.get(seq=seq)


def texts(session: Session) -> list[str]:
    return list(session.utterances.with_text().in_time().values_list("text", flat=True))


def counts(session: Session) -> tuple[int, int, int]:
    session.refresh_from_db()
    return session.last_seq, session.word_count, session.corrections


def check(session: Session) -> None:
    """What holds whatever was done: dense numbers, words that spell the text in time, right counts."""
    rows = list(session.utterances.order_by("seq"))
    assert [each.seq for each in rows] == list(range(1, len(rows) + 1))
    for each in rows:
        assert "".join(word["text"] for word in each.words).strip() == each.text
        times = [
            each.start_ms,
            *(ms for word in each.words for ms in (word["start_ms"], word["end_ms"])),
            each.end_ms,
        ]
        assert times == sorted(times)
    last_seq, words, corrections = counts(session)
    assert last_seq == len(rows)
    assert words == sum(len(each.text.split()) for each in rows)
    assert corrections == sum(each.corrected for each in rows)


# --- Edits -----------------------------------------------------------------------------------------


def test_an_edit_is_a_version_and_keeps_what_was_heard(session: Session, maren: User) -> None:
    edited = editing.edit(row(session), " The purser  left. ", 1, maren)
    assert (edited.text, edited.version, edited.corrected) == ("The purser left.", 2, True)
    assert [word["start_ms"] for word in edited.words] == [0, 200, 600]
    heard, now = row(session).history.order_by("version")
    assert (heard.text, heard.kind, heard.history_user, heard.history_date) == (
        TEXTS[0],
        "heard",
        None,
        edited.created_at,
    )
    assert (now.text, now.kind, now.history_user) == ("The purser left.", "edit", maren)
    assert counts(session) == (3, 11, 1)
    check(session)


def test_line_breaks_stay_in_a_sentence_that_has_them(session: Session, maren: User) -> None:
    edited = editing.edit(row(session), " The purser \r\n left.\n\n\n", 1, maren)
    assert edited.text == "The purser\nleft.\n\n"
    assert "".join(word["text"] for word in edited.words) == " The purser\nleft.\n\n"
    assert [word["start_ms"] for word in edited.words] == [0, 200, 600]
    assert editing.edit(row(session), "\n \n", 2, maren).text == ""
    check(session)


def test_nothing_is_written_down_for_what_nobody_corrects(session: Session) -> None:
    assert not Utterance.history.exists()
    # Nothing listens, so that finals are saved, and sessions deleted, in bulk.
    assert not any(
        each.has_listeners(Utterance) for each in (signals.post_save, signals.pre_delete, signals.post_delete)
    )
    assert "search" not in {field.name for field in Utterance.history.model._meta.get_fields()}


def test_nobody_overwrites_what_they_have_not_seen(session: Session, maren: User) -> None:
    editing.edit(row(session), "The purser left.", 1, maren)
    with pytest.raises(EditConflict) as conflict:
        editing.edit(row(session), "The nurse left.", 1, maren)
    assert (conflict.value.stored.text, conflict.value.stored.version) == ("The purser left.", 2)
    # An answer was lost, and the same is asked again.
    assert editing.edit(row(session), "The purser left.", 1, maren).version == 2


def test_a_sitting_makes_one_version_however_often_it_is_saved(session: Session, maren: User) -> None:
    sitting = uuid.uuid4()
    for version, text in enumerate(["The left.", "The pur left.", "The purser left."], 1):
        editing.edit(row(session), text, version, maren, sitting=sitting)
    edited = row(session)
    assert edited.version == 4
    assert [each.version for each in edited.history.order_by("version")] == [1, 4]
    assert [word["start_ms"] for word in edited.words] == [0, 200, 600]
    editing.edit(row(session), "The nurse left.", 4, make_user(), sitting=sitting)
    assert [each.version for each in edited.history.order_by("version")] == [1, 4, 5]


def test_what_was_heard_is_no_correction(session: Session, maren: User) -> None:
    heard = row(session).words
    editing.edit(row(session), "The purser left.", 1, maren)
    again = editing.edit(row(session), TEXTS[0], 2, maren)
    assert (again.corrected, again.words, again.confidence) == (False, heard, 0.9)
    assert counts(session) == (3, 12, 0)


def test_a_sentence_is_taken_out_and_comes_back(session: Session, maren: User) -> None:
    editing.edit(row(session, 2), "", 1, maren)
    assert texts(session) == [TEXTS[0], TEXTS[2]]
    assert counts(session) == (3, 6, 1)
    check(session)
    versions.undo(row(session, 2), 2, maren)
    assert texts(session) == TEXTS
    check(session)


def test_what_cannot_be_kept_is_refused_in_a_sentence(session: Session, maren: User) -> None:
    with pytest.raises(EditError, match="at most 5000 characters"):
        editing.edit(row(session), "a" * 5_001, 1, maren)
    assert editing.edit(row(session), "a\0b \udc80", 1, maren).text == "ab ?"


# --- Splitting and joining -------------------------------------------------------------------------


def test_a_split_divides_words_and_time(session: Session, maren: User) -> None:
    first, second = editing.split(row(session, 2), "It was the purser", "again.", 1, maren)
    assert (first.text, first.start_ms, first.end_ms) == ("It was the purser", 2_000, 3_000)
    assert (second.text, second.start_ms, second.end_ms, second.seq) == ("again.", 3_000, 3_200, 4)
    assert texts(session) == [TEXTS[0], "It was the purser", "again.", TEXTS[2]]
    check(session)


def test_a_split_within_a_word_and_one_of_nothing(session: Session, maren: User) -> None:
    editing.split(row(session, 3), "No", "body heard.", 1, maren)
    assert texts(session)[2:] == ["No", "body heard."]
    check(session)
    with pytest.raises(EditError, match="between two words"):
        editing.split(row(session, 1), TEXTS[0], " ", 1, maren)
    with pytest.raises(EditConflict):
        editing.split(row(session, 3), "No", "body heard.", 1, maren)


def test_sentences_are_joined_in_the_order_of_time(session: Session, maren: User) -> None:
    first, second = editing.split(row(session), "The purse", "her left.", 1, maren)
    joined, emptied = editing.merge(first, first.version, maren, next_version=second.version)
    assert (joined.text, joined.start_ms, joined.end_ms, joined.corrected) == (TEXTS[0], 0, 800, False)
    assert (emptied.seq, emptied.text, emptied.words) == (4, "", [])
    assert texts(session) == TEXTS
    check(session)
    with pytest.raises(EditError, match="no sentence after"):
        editing.merge(row(session, 3), 1, maren)
    with pytest.raises(EditConflict):
        editing.merge(row(session, 1), row(session, 1).version, maren, next_version=7)


def test_finals_go_on_while_sentences_are_split(session: Session, maren: User) -> None:
    editing.split(row(session), "The purse", "her left.", 1, maren)
    words = words_of("A new one.", 9_000)
    save([FinalRecord(session.pk, uuid.uuid4(), 9_000, 9_600, "A new one.", words, 0.9, "en")])
    assert [each.seq for each in session.utterances.after(3)] == [4, 5]
    check(session)


# --- Everywhere ------------------------------------------------------------------------------------


def test_the_same_words_are_replaced_everywhere_and_back(session: Session, maren: User) -> None:
    wording = Wording("purse her", "purser")
    assert editing.places(session, wording, besides=row(session)) == 1
    replaced = editing.replace_all(session, wording, maren)
    assert (replaced.places, [each.seq for each in replaced.rows]) == (2, [1, 2])
    assert texts(session)[:2] == ["The purser left.", "It was the purser again."]
    assert counts(session) == (3, 10, 2)
    check(session)
    editing.edit(row(session, 2), "It was the purser.", 2, maren)
    assert replaced.change
    versions.undo_change(session, replaced.change, maren)
    assert texts(session)[:2] == [TEXTS[0], "It was the purser."]
    check(session)
    assert editing.replace_all(session, Wording("zither", "piano"), maren).rows == []


def test_words_are_sent_to_the_database_once_however_many_sentences_change(maren: User) -> None:
    """And in as many statements: a long transcript has thousands, and each word is kept in two versions too."""

    def statements(sentences: int) -> tuple[int, int]:
        session = make_session(maren, ["Zanzibar is no place for a purse her."] * sentences)
        with CaptureQueriesContext(connection) as done:
            replaced = editing.replace_all(session, Wording("purse her", "purser"), maren)
            assert replaced.change
            versions.undo_change(session, replaced.change, maren)
        check(session)
        sent = sum(query["sql"].count("Zanzibar") for query in done.captured_queries)
        return len(done), sent

    few, many = statements(3), statements(40)
    # As its text and among its words, by the replacement and by its undoing.
    assert few == (many[0], 3 * 2 * 2)
    assert many[1] == 40 * 2 * 2


def test_words_are_read_only_of_the_sentences_that_change(session: Session, maren: User) -> None:
    with CaptureQueriesContext(connection) as done:
        editing.replace_all(session, Wording("zither", "piano"), maren)
    assert not [query["sql"] for query in done.captured_queries if '"words"' in query["sql"]]


# --- Back ------------------------------------------------------------------------------------------


def test_undo_goes_back_step_by_step(session: Session, maren: User) -> None:
    for version, text in enumerate(["One.", "Two.", "Three."], 1):
        editing.edit(row(session), text, version, maren)
    for version, text in ((4, "Two."), (5, "One."), (6, TEXTS[0])):
        versions.undo(row(session), version, maren)
        assert row(session).text == text
    with pytest.raises(EditError, match="nothing to undo"):
        versions.undo(row(session), 7, maren)
    with pytest.raises(EditError, match="nothing to undo"):
        versions.undo(row(session, 2), 1, maren)
    editing.edit(row(session), "Four.", 7, maren)
    versions.undo(row(session), 8, maren)
    assert row(session).text == TEXTS[0]
    check(session)


def test_a_split_is_undone_from_either_side_unless_a_side_has_changed(session: Session, maren: User) -> None:
    for side in (1, 4):
        session = make_session(maren, TEXTS)
        editing.split(row(session), "The purse", "her left.", 1, maren)
        versions.undo(row(session, side), row(session, side).version, maren)
        assert texts(session) == TEXTS
        check(session)
    editing.split(row(session, 2), "It was", "the purse her again.", 1, maren)
    second = session.utterances.get(text="the purse her again.")
    editing.edit(second, "the purser again.", 1, maren)
    with pytest.raises(EditError, match="Undo that change first"):
        versions.undo(row(session, 2), 2, maren)
    assert "the purser again." in texts(session)


def test_a_join_is_undone(session: Session, maren: User) -> None:
    editing.merge(row(session), 1, maren)
    versions.undo(row(session), 2, maren)
    assert texts(session) == TEXTS
    check(session)


def test_any_version_comes_back_with_what_was_split_from_it(session: Session, maren: User) -> None:
    editing.edit(row(session), "The purser left.", 1, maren)
    editing.split(row(session), "The purser", "left.", 2, maren)
    editing.edit(row(session, 4), "has left.", 1, maren)
    versions.restore(row(session), 2, 3, maren)
    assert texts(session) == ["The purser left.", *TEXTS[1:]]
    versions.restore(row(session), 3, 4, maren)
    assert texts(session) == ["The purser", "left.", *TEXTS[1:]]
    versions.restore(row(session), 1, 5, maren)
    assert texts(session) == TEXTS
    check(session)
    with pytest.raises(EditError, match="version does not exist"):
        versions.restore(row(session), 99, 6, maren)


def test_what_was_done_and_undone_in_between_binds_nothing(session: Session, maren: User) -> None:
    editing.edit(row(session), "The purser left.", 1, maren)
    editing.merge(row(session), 2, maren)
    versions.undo(row(session), 3, maren)
    editing.edit(row(session, 2), "Later words.", 3, maren)
    versions.restore(row(session), 1, 4, maren)
    assert texts(session) == [TEXTS[0], "Later words.", TEXTS[2]]


def test_the_whole_transcript_comes_back_as_it_was(session: Session, maren: User) -> None:
    editing.edit(row(session), "The purser left.", 1, maren)
    editing.merge(row(session, 2), 1, maren)
    entries = versions.Changes(session)[0:10]
    assert [entry.kind for entry in entries] == ["join", "edit"]
    versions.restore_session(session, entries[1].change, maren)
    assert texts(session) == ["The purser left.", *TEXTS[1:]]
    versions.restore_session(session, None, maren)
    assert texts(session) == TEXTS
    assert counts(session) == (3, 12, 0)
    check(session)
    with pytest.raises(EditError, match="version does not exist"):
        versions.restore_session(session, uuid.uuid4(), maren)


def test_changes_say_who_did_what_when(session: Session, maren: User) -> None:
    editing.replace_all(session, Wording("purse her", "purser"), maren)
    editing.split(row(session, 3), "Nobody", "heard.", 1, None)
    assert len(versions.Changes(session)) == 2
    split, replaced = versions.Changes(session)[0:10]
    assert (split.by, replaced.by, replaced.more) == (None, maren, 0)
    assert [(each.seq, [(part.kind, part.text) for part in each.changes]) for each in split.changed] == [
        (3, [("same", "Nobody"), ("removed", " heard.")]),
        (4, [("added", "heard.")]),
    ]
    assert [(part.kind, part.text) for part in replaced.changed[0].changes] == [
        ("same", "The "),
        ("removed", "purse her"),
        ("added", "purser"),
        ("same", " left."),
    ]
    assert len(versions.Changes(session, row(session, 1))) == 1


# --- Others at work --------------------------------------------------------------------------------


def test_what_was_deleted_meanwhile_is_gone_with_all_its_versions(session: Session, maren: User) -> None:
    utterance = row(session)
    editing.edit(utterance, "The purser left.", 1, maren)
    session.erase()
    assert not Utterance.history.exists()
    for attempt in (
        lambda: editing.edit(utterance, "Again.", 2, maren),
        lambda: editing.split(utterance, "A", "b", 2, maren),
        lambda: editing.merge(utterance, 2, maren),
        lambda: versions.undo(utterance, 2, maren),
        lambda: versions.restore(utterance, 1, 2, maren),
        lambda: versions.restore_session(session, None, maren),
        lambda: editing.replace_all(session, Wording("a", "b"), maren),
    ):
        with pytest.raises(GoneError):
            attempt()


def test_an_account_goes_with_everything_it_corrected(session: Session, maren: User) -> None:
    reviewer = make_user()
    editing.edit(row(session), "The purser left.", 1, reviewer)
    reviewer.delete()
    assert versions.Changes(session)[0:1][0].by is None
    maren.delete()
    assert not Utterance.history.exists()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_never_lose_a_word() -> None:
    """Each of two people sees the other's change as a conflict, and nobody a torn count."""
    session = make_session(make_user(), ["one"])
    conflicts: list[int] = []

    def work(name: str) -> None:
        try:
            for number in range(5):
                text = ""
                while name + str(number) not in text:
                    current = row(session)
                    text = f"{current.text} {name}{number}"
                    try:
                        editing.edit(current, text, current.version, None)
                    except EditConflict as conflict:
                        conflicts.append(conflict.stored.version)
                        text = ""
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    words: Any = row(session).text.split()
    assert sorted(words) == sorted(["one", *(f"{name}{number}" for name in "ab" for number in range(5))])
    assert row(session).version == 11
    check(session)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_done_everything_fits_and_all_of_it_comes_back(maren: User, seed: int) -> None:
    chance = random.Random(seed)
    session = make_session(maren, [*TEXTS, "One more of them."])
    states: dict[uuid.UUID | None, list[str]] = {None: texts(session)}
    for _ in range(25):
        here = chance.choice(list(session.utterances.order_by("seq")))
        words = here.text.split()
        place = chance.randint(0, max(len(words) - 1, 0))
        action = chance.choice(["edit", "edit", "split", "merge", "undo", "restore", "replace"])
        with suppress(EditError):
            if action == "edit":
                changed = [*words[:place], chance.choice(["", "purser", "a new ferry"]), *words[place + 1 :]]
                editing.edit(here, " ".join(changed), here.version, maren)
            elif action == "split":
                editing.split(here, " ".join(words[:place]), " ".join(words[place:]), here.version, maren)
            elif action == "merge":
                editing.merge(here, here.version, maren)
            elif action == "undo":
                versions.undo(here, here.version, maren)
            elif action == "restore":
                versions.restore(here, chance.randint(1, here.version), here.version, maren)
            else:
                editing.replace_all(session, Wording("the", chance.choice(["a", "one", "the"])), maren)
        check(session)
        newest = versions.Changes(session)[0:1]
        if newest:
            states[newest[0].change] = texts(session)
    for change, expected in chance.sample(list(states.items()), min(5, len(states))):
        versions.restore_session(session, change, maren)
        assert texts(session) == expected
        check(session)
    versions.restore_session(session, None, maren)
    assert texts(session) == states[None]
    assert counts(session)[1:] == (16, 0)


def test_sentences_of_two_sources_are_not_joined_and_parts_keep_theirs(session: Session, maren: User) -> None:
    session.utterances.filter(seq=1).update(shared=True)
    with pytest.raises(EditError, match="shared sound"):
        editing.merge(row(session), 1, maren)
    _, second = editing.split(row(session), "The purse", "her left.", 1, maren)
    assert row(session, second.seq).shared


# --- Translations ----------------------------------------------------------------------------------


def translated(session: Session) -> list[str]:
    return list(session.utterances.order_by("seq").values_list("translation", flat=True))


def test_a_translation_stays_with_what_was_said(session: Session, maren: User) -> None:
    for each in session.utterances.all():
        session.utterances.filter(pk=each.pk).update(translation=f"English {each.seq}.")
    editing.edit(row(session), "The purser left.", 1, maren)
    assert translated(session) == ["English 1.", "English 2.", "English 3."]
    editing.merge(row(session, 2), 1, maren)
    assert translated(session) == ["English 1.", "English 2. English 3.", ""]
    versions.undo(row(session, 2), 2, maren)
    assert translated(session) == ["English 1.", "English 2. English 3.", ""]
    editing.edit(row(session), "", 2, maren)
    assert translated(session) == ["", "English 2. English 3.", ""]
