from dataclasses import replace
from uuid import uuid4

import pytest

from captions.models import ChangeKind, ItemState, Proposal, ProposalItem, Session, User
from captions.models.proposal import CANCELLED, DONE, READY
from captions.second_pass import deciding
from captions.second_pass.making import items_of
from captions.transcripts import editing, versions
from captions.transcripts.changes import EditConflict, EditError
from captions.transcripts.final_writer import FinalRecord, saving
from tests.factories import make_ended_session, make_utterance

from .conftest import Heard, heard

pytestmark = pytest.mark.django_db

ALL_OTHERWISE = (("We met at wine.", 100), ("All was mine.", 2_100), ("And what now", 6_000))


def texts(session: Session) -> list[str]:
    return list(session.utterances.with_text().in_time().values_list("text", flat=True))


def state_of(item: ProposalItem) -> str:
    item.refresh_from_db()
    return item.state


def test_what_is_accepted_stands_with_the_words_and_times_that_were_heard(
    session: Session, user: User, propose: Heard
) -> None:
    (item,) = propose(("We met at nine.", 0), ("All was quite mine.", 2_100))
    decided = deciding.accept(session, item.number, user)
    row = session.utterances.get(seq=2)
    assert decided.rows == [row]
    assert (row.text, row.version, row.corrected) == ("All was quite mine.", 2, False)
    assert (row.start_ms, row.end_ms) == (2_000, 2_900)
    assert row.confidence == pytest.approx(0.8)
    assert [(word["text"], word["start_ms"]) for word in row.words][2:] == [
        (" quite", 2_500),
        (" mine.", 2_700),
    ]
    record = row.history.get(version=2)
    assert (record.kind, record.history_user) == (ChangeKind.AGAIN, user)
    assert Proposal.objects.get().state == DONE
    session.refresh_from_db()
    assert (session.word_count, session.corrections) == (11, 0)
    assert deciding.accept(session, item.number, user).rows == [row], "an answer that was lost"
    assert session.utterances.get(seq=2).version == 2


def test_an_utterance_that_was_changed_since_is_not_overwritten(
    session: Session, user: User, propose: Heard
) -> None:
    first, second, _ = propose(*ALL_OTHERWISE)
    editing.edit(session.utterances.get(seq=1), "We met at ten.", 1, user)
    with pytest.raises(EditConflict) as conflict:
        deciding.accept(session, first.number, user)
    assert conflict.value.stored.text == "We met at ten."
    assert state_of(first) == ItemState.STALE
    assert texts(session)[0] == "We met at ten."
    decided = deciding.accept_all(session, user)
    assert [item.state for item in decided.items] == [ItemState.ACCEPTED] * 2
    assert texts(session) == ["We met at ten.", "All was mine.", "Then we went.", "And what now"]
    assert second.number == 2


def test_all_is_accepted_in_one_change_and_taken_back_at_once(
    session: Session, user: User, propose: Heard
) -> None:
    items = propose(*ALL_OTHERWISE)
    decided = deciding.accept_all(session, user)
    assert texts(session) == ["We met at wine.", "All was mine.", "Then we went.", "And what now"]
    (entry,) = versions.Changes(session)[0:5]
    assert (entry.kind, entry.change, len(entry.changed)) == (ChangeKind.AGAIN, decided.change, 3)
    new = session.utterances.get(seq=4)
    assert (new.version, new.language, new.start_ms, new.end_ms) == (1, "en", 6_000, 6_600)
    assert Proposal.objects.get().state == DONE

    editing.edit(session.utterances.get(seq=2), "All was thine.", 2, user)
    assert decided.change is not None
    deciding.reopen_all(session, decided.change, user)
    assert texts(session) == ["We met at nine.", "All was thine.", "Then we went."]
    assert [state_of(item) for item in items] == [ItemState.OPEN, ItemState.ACCEPTED, ItemState.OPEN]
    assert Proposal.objects.get().state == READY

    # What was taken back can be accepted again, the new one in its own row.
    deciding.accept_all(session, user)
    assert texts(session) == ["We met at wine.", "All was thine.", "Then we went.", "And what now"]
    assert session.utterances.count() == 4
    with pytest.raises(EditError, match="nothing to undo"):
        deciding.reopen_all(session, uuid4(), user)


def test_a_decision_is_taken_back(session: Session, user: User, propose: Heard) -> None:
    first, second, third = propose(*ALL_OTHERWISE)
    deciding.accept(session, first.number, user)
    deciding.keep(session, second.number)
    deciding.accept(session, third.number, user)
    assert [state_of(item) for item in (first, second, third)] == ["accepted", "kept", "accepted"]
    assert Proposal.objects.get().state == DONE
    for item in (first, second, third):
        deciding.reopen(session, item.number, user)
        assert state_of(item) == ItemState.OPEN
    assert texts(session) == ["We met at nine.", "All was fine.", "Then we went."]
    deciding.accept(session, first.number, user)
    editing.edit(session.utterances.get(seq=1), "We met.", 4, user)
    with pytest.raises(EditError, match="changed since"):
        deciding.reopen(session, first.number, user)
    assert texts(session)[0] == "We met."


def test_a_version_from_before_can_be_restored(session: Session, user: User, propose: Heard) -> None:
    (item,) = propose(("We met at wine.", 100))
    deciding.accept(session, item.number, user)
    versions.restore(session.utterances.get(seq=1), 1, 2, user)
    assert texts(session)[0] == "We met at nine."
    deciding.accept(session, item.number, user)
    assert texts(session)[0] == "We met at nine.", "it was accepted, and is not again"


def test_two_sentences_that_go_together_are_changed_and_taken_back_together(user: User, db: None) -> None:
    session = make_ended_session(user, ["We go to"])
    make_utterance(session, "day by train.", start_ms=600)
    proposal = Proposal.objects.create(session=session, state=READY, due_at=None)
    # One word from 400 to 800.
    passage = heard("We go Monday by train.", 0)
    words = list(passage.words)
    words[2:] = [replace(words[2], end_ms=800), *(word.shifted(200) for word in words[3:])]
    (item,) = items_of(proposal, [replace(passage, end_ms=1_200, words=tuple(words))])
    item.save()
    deciding.accept(session, 1, user)
    assert texts(session) == ["We go Monday", "by train."]
    deciding.reopen(session, 1, user)
    assert texts(session) == ["We go to", "day by train."]


def test_what_somebody_has_corrected_by_hand_is_never_among_all(
    session: Session, user: User, propose: Heard
) -> None:
    editing.edit(session.utterances.get(seq=1), "We met at ten.", 1, user)
    items = propose(*ALL_OTHERWISE)
    assert [item.corrected for item in items] == [True, False, False]
    deciding.accept_all(session, user)
    assert texts(session)[:2] == ["We met at ten.", "All was mine."]
    assert state_of(items[0]) == ItemState.OPEN
    deciding.accept(session, 1, user)
    assert texts(session)[0] == "We met at wine."


def test_a_correction_stays_where_something_else_of_its_sentence_is_proposed(
    session: Session, user: User, propose: Heard
) -> None:
    editing.edit(session.utterances.get(seq=1), "Who met at nine.", 1, user)
    (item,) = propose(("We met at nine sharp.", 100))
    assert not item.corrected, "nothing of the correction would go"
    deciding.accept_all(session, user)
    row = session.utterances.get(seq=1)
    assert (row.text, row.corrected) == ("Who met at nine sharp.", True)
    assert [word["start_ms"] for word in row.words] == sorted(word["start_ms"] for word in row.words)
    session.refresh_from_db()
    assert session.corrections == 1


def test_what_was_corrected_away_is_not_proposed_again(session: Session, user: User, propose: Heard) -> None:
    editing.edit(session.utterances.get(seq=1), "We met at ten.", 1, user)
    assert propose(("We met, at nine", 100), ("All was fine.", 2_000)) == []


def test_what_its_person_wants_written_is_written(session: Session, user: User, propose: Heard) -> None:
    user.replacements = [["mine", "mein"], ["nine", "9"]]
    user.save()
    editing.edit(session.utterances.get(seq=1), "We met at 9.", 1, user)
    (item,) = propose(("We met at nine.", 0), ("All was mine.", 2_000))
    deciding.accept(session, item.number, user)
    row = session.utterances.get(seq=2)
    assert (row.text, row.corrected) == ("All was mein.", True)
    Proposal.objects.all().delete()
    (item,) = propose(("All was his.", 2_000))
    assert not item.corrected, "a rule is no hand"


def test_spoken_commands_are_obeyed_again_and_what_was_taken_back_stays_away(user: User) -> None:
    user.commands = True
    user.save()
    session = make_ended_session(user, [])
    said = ["Did it leave question mark", "It sank.", "Scratch that.", "New paragraph.", "Bye."]
    for number, text in enumerate(said):
        record = FinalRecord.of(session.pk, heard(text, 3_000 * number))
        saving.save([replace(record, settled_ms=record.end_ms)])
    texts = ["Did it leave?", "", "", "\n\n", "Bye."]
    assert [row.text for row in session.utterances.in_time()] == texts
    proposal = Proposal.objects.create(
        session=session, state=READY, due_at=None, duration_ms=15_000, automatic=True
    )
    sank, scratched = heard("It sank.", 3_000), heard("Scratch that.", 6_000)
    both = replace(
        sank, end_ms=scratched.end_ms, text="It sank. Scratch that.", words=sank.words + scratched.words
    )
    again = [heard("Did she leave? Question mark.", 0), both, heard("New paragraph.", 9_000)]
    items = items_of(proposal, [*again, heard("Bye.", 12_000)])
    assert [[part["after"]["text"] for part in item.parts] for item in items] == [["Did she leave?"]]


@pytest.mark.parametrize("shared", [False, True])
def test_a_sentence_that_was_deleted_by_hand_does_not_come_back_by_itself(user: User, shared: bool) -> None:
    session = make_ended_session(user, [])
    said = [
        replace(heard(text, 3_000 * at), shared=shared) for at, text in enumerate(["It is.", "Erm.", "Bye."])
    ]
    for passage in said:
        saving.save([replace(FinalRecord.of(session.pk, passage), settled_ms=passage.end_ms)])
    editing.edit(session.utterances.get(text="Erm."), "", 1, user)
    proposal = Proposal.objects.create(
        session=session, state=READY, due_at=None, duration_ms=9_000, automatic=True
    )
    assert items_of(proposal, said) == []
    # Whoever asks for one is asked in turn.
    proposal.automatic = False
    assert [part["after"]["text"] for item in items_of(proposal, said) for part in item.parts] == ["Erm."]


def test_a_proposal_is_put_away_when_it_is_decided(session: Session, user: User, propose: Heard) -> None:
    propose(*ALL_OTHERWISE)
    with pytest.raises(EditError, match="are still undecided"):
        deciding.close(session)
    deciding.keep_all(session)
    deciding.close(session)
    assert Proposal.objects.get().state == CANCELLED
    assert not ProposalItem.objects.exists()


def test_what_has_changed_since_is_nothing_to_decide_on(session: Session, user: User, propose: Heard) -> None:
    propose(("We met at wine.", 100))
    editing.edit(session.utterances.get(seq=1), "We met at ten.", 1, user)
    deciding.close(session)
    assert not ProposalItem.objects.exists()
