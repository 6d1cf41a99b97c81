"""One sentence is given to another speaker, as a change like any other."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from captions.models import Session, User
from captions.transcripts import editing, speakers, versions
from captions.transcripts.attribution import give
from captions.transcripts.changes import EditConflict, EditError
from captions.transcripts.export import render
from captions.transcripts.stored import transcript_of
from tests.factories import make_ended_session, make_session, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def maren() -> User:
    return make_user("maren")


@pytest.fixture
def talk(maren: User) -> Session:
    """Three sentences of two voices."""
    session = make_ended_session(maren, ["The tide is high.", "We should wait.", "Let us sail."], voices=2)
    session.utterances.filter(seq__in=(1, 3)).update(speaker=1)
    session.utterances.filter(seq=2).update(speaker=2)
    return session


def exported(session: Session) -> str:
    return "".join(render("txt", transcript_of(Session.objects.get(pk=session.pk))))


def heard(session: Session) -> list[int]:
    return list(session.utterances.in_time().values_list("speaker", flat=True))


def test_a_sentence_goes_to_another_speaker_and_back(talk: Session, maren: User) -> None:
    row = give(talk.utterances.get(seq=1), 2, 1, maren)
    assert (row.speaker, row.speaker_set, row.version, row.text) == (2, True, 2, "The tide is high.")
    assert heard(talk) == [2, 2, 1]
    assert exported(talk).startswith("Speaker 2: The tide is high.")
    (undone,) = versions.undo(row, 2, maren)
    assert (undone.speaker, undone.speaker_set, undone.version) == (1, False, 3)
    (redone,) = versions.restore(undone, 2, 3, maren)
    assert (redone.speaker, redone.speaker_set) == (2, True)


def test_to_whoever_says_it_changes_nothing(talk: Session, maren: User) -> None:
    assert give(talk.utterances.get(seq=1), 1, 9, maren).version == 1


def test_somebody_new_has_a_number_that_nobody_had(talk: Session, maren: User) -> None:
    row = give(talk.utterances.get(seq=3), None, 1, maren)
    assert row.speaker == 3
    speakers.name(talk, {(False, 3): "Cy"})
    versions.undo(row, 2, maren)
    assert give(talk.utterances.get(seq=2), None, 1, maren).speaker == 4
    assert (
        exported(talk)
        == "Speaker 1: The tide is high.\nSpeaker 4: We should wait.\nSpeaker 1: Let us sail.\n"
    )


def test_other_changes_leave_the_speaker(talk: Session, maren: User) -> None:
    give(talk.utterances.get(seq=1), 2, 1, maren)
    row = editing.edit(talk.utterances.get(seq=1), "The tide is low.", 2, maren)
    # Back to the words as they were heard, by whoever was said to speak them.
    row = editing.edit(row, "The tide is high.", 3, maren)
    assert (row.speaker, row.speaker_set, row.corrected) == (2, True, False)
    head, tail = editing.split(row, "The tide", "is high.", 4, maren)
    assert [(each.speaker, each.speaker_set) for each in (head, tail)] == [(2, True), (2, True)]
    editing.merge(head, 5, maren)
    versions.undo(talk.utterances.get(seq=1), 6, maren)
    assert heard(talk) == [2, 2, 2, 1]


def test_the_undoing_of_another_change_leaves_the_speaker_of_old_versions(talk: Session, maren: User) -> None:
    row = editing.edit(talk.utterances.get(seq=1), "The tide is low.", 1, maren)
    # As a server of a version before wrote them.
    row.history.update(speaker=None)
    (row,) = versions.undo(row, 2, maren)
    assert (row.text, row.speaker) == ("The tide is high.", 1)
    versions.restore_session(talk, None, maren)
    assert heard(talk) == [1, 2, 1]


def test_the_whole_transcript_is_restored_with_its_speakers(talk: Session, maren: User) -> None:
    for seq in (1, 3):
        give(talk.utterances.get(seq=seq), 2, 1, maren)
    assert heard(talk) == [2, 2, 2]
    assert len(versions.restore_session(talk, None, maren)) == 2
    assert heard(talk) == [1, 2, 1]


def test_where_one_was_heard_a_second_one_can_be_told_apart(maren: User) -> None:
    session = make_session(maren, ["The tide is high.", "We should wait."])
    give(session.utterances.get(seq=2), None, 1, maren)
    session.refresh_from_db()
    assert session.tells_speakers
    assert exported(session) == "Speaker 1: The tide is high.\nSpeaker 2: We should wait.\n"
    assert [each.usual for each in speakers.listed(session)] == ["Speaker 1", "Speaker 2"]
    give(session.utterances.get(seq=2), 0, 2, maren)
    assert "Speaker 2" not in exported(session)


def test_a_source_keeps_its_sentences_but_has_voices_of_its_own(maren: User) -> None:
    meeting = make_ended_session(maren, ["Good morning.", "Hello.", "Yes."], has_shared=True)
    meeting.utterances.filter(seq=2).update(shared=True)
    row = give(meeting.utterances.get(seq=3), None, 1, maren)
    assert exported(meeting) == "Microphone: Good morning.\nShared sound: Hello.\nSpeaker 1: Yes.\n"
    with pytest.raises(EditError, match="Nobody"):
        give(meeting.utterances.get(seq=2), 1, 1, maren)
    assert give(row, 0, 2, maren).speaker == 0


def test_what_is_refused_changes_nothing(talk: Session, maren: User) -> None:
    with pytest.raises(EditError, match="Nobody"):
        give(talk.utterances.get(seq=1), 3, 1, maren)
    with pytest.raises(EditConflict):
        give(talk.utterances.get(seq=1), 2, 7, maren)
    assert heard(talk) == [1, 2, 1]
    assert not talk.utterances.exclude(version=1).exists()


def test_a_page_gives_a_sentence_to_another_speaker(client: Client, talk: Session, maren: User) -> None:
    speakers.name(talk, {(False, 2): "Ben"})
    client.force_login(maren)
    url = reverse("utterance-speaker", args=[talk.pk, 1])
    (row,) = client.post(url, {"version": 1, "speaker": 2}).json()["rows"]
    assert (row["who"], row["speaker"], row["version"]) == ("Ben", 2, 2)
    (row,) = client.post(url, {"version": 2}).json()["rows"]
    assert row["who"] == "Speaker 3"
    assert client.post(url, {"version": 2, "speaker": 1}).status_code == 409
    assert client.post(url, {"version": 3, "speaker": -1}).status_code == 400
    assert client.get(reverse("session-speakers", args=[talk.pk])).json()["speakers"] == [
        {"shared": False, "number": 1, "name": "Speaker 1"},
        {"shared": False, "number": 2, "name": "Ben"},
        {"shared": False, "number": 3, "name": "Speaker 3"},
    ]
    history = client.get(reverse("session-versions", args=[talk.pk])).content.decode()
    assert "Speaker 1 → Ben" in history
    assert "Ben → Speaker 3" in history


def test_nobody_else_does(client: Client, talk: Session) -> None:
    client.force_login(make_user())
    url = reverse("utterance-speaker", args=[talk.pk, 1])
    assert client.post(url, {"version": 1, "speaker": 2}).status_code == 404
    assert client.get(reverse("session-speakers", args=[talk.pk])).status_code == 404
    assert heard(talk) == [1, 2, 1]


def test_json_says_who_it_is_now(talk: Session, maren: User) -> None:
    give(talk.utterances.get(seq=3), 2, 1, maren)
    data = json.loads("".join(render("json", transcript_of(talk))))
    assert [each["speaker"] for each in data["utterances"]] == ["Speaker 1", "Speaker 2", "Speaker 2"]
