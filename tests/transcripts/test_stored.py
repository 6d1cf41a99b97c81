import pytest

from captions.models import Note, NoteKind, Session
from captions.transcripts.export import Remark
from captions.transcripts.stored import transcript_of
from tests.factories import make_ended_session, make_user, make_utterance


@pytest.fixture
def session(db: None) -> Session:
    session = make_ended_session(make_user(), [], title="The night ferry")
    make_utterance(session, "Said last.", start_ms=9_000)
    make_utterance(session, "Said first.", start_ms=1_000)
    make_utterance(session, "", start_ms=2_000)
    Note.objects.create(session=session, at_ms=9_000, kind=NoteKind.HEADING, text="The end")
    Note.objects.create(session=session, at_ms=0, text="Listen again")
    return session


def test_what_was_said_comes_in_the_order_of_speech_without_what_was_taken_out(session: Session) -> None:
    transcript = transcript_of(session)
    passages = list(transcript.passages)
    assert (transcript.title, transcript.language) == ("The night ferry", "en")
    assert [(each.start_ms, each.text, each.language) for each in passages] == [
        (1_000, "Said first.", "en"),
        (9_000, "Said last.", "en"),
    ]
    assert [word.text for word in passages[0].words] == [" Said", " first."]


def test_an_untitled_transcript_is_called_by_its_first_words(session: Session) -> None:
    session.rename("")
    assert transcript_of(session).title == "Said first"


def test_words_are_left_in_the_database_where_nobody_wants_them(session: Session) -> None:
    assert [each.words for each in transcript_of(session, with_words=False).passages] == [(), ()]


def test_notes_and_headings_come_along(session: Session) -> None:
    assert list(transcript_of(session).remarks) == [
        Remark(0, "Listen again", is_heading=False),
        Remark(9_000, "The end", is_heading=True),
    ]


def test_whoever_speaks_is_named_only_where_there_are_two_sources(session: Session) -> None:
    assert transcript_of(session).speakers is None
    session.has_shared = True
    session.utterances.filter(text="Said last.").update(shared=True)
    transcript = transcript_of(session)
    assert transcript.speakers is not None
    assert transcript.speakers.sources == ("Microphone", "Shared sound")
    assert [transcript.speaker_of(each) for each in transcript.passages] == ["Microphone", "Shared sound"]
