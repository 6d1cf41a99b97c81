import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoAssertNumQueries, Settings

from captions.models import Session, User, Utterance
from captions.speech.origin import NO_ORIGIN, Origin
from tests.factories import make_ended_session, make_session, make_user, make_utterance

NOW = datetime(2025, 11, 18, 9, tzinfo=UTC)


@pytest.fixture
def user(db: None) -> User:
    return make_user()


def test_the_clock_runs_on_while_it_is_set_and_stands_still_otherwise(user: User) -> None:
    running = make_session(user, clock_ms=5_000, clock_at=NOW)
    assert running.clock_now(NOW + timedelta(seconds=2.5)) == 7_500
    assert running.clock_now(NOW - timedelta(seconds=1)) == 5_000
    assert make_session(user, clock_ms=5_000).clock_now(NOW) == 5_000


def test_ending_stops_the_clock_once(user: User) -> None:
    session = make_session(user, clock_ms=1_000, clock_at=NOW)
    session.end(NOW + timedelta(seconds=3))
    session.end(NOW + timedelta(seconds=9))
    session.refresh_from_db()
    assert (session.clock_ms, session.clock_at, session.state) == (4_000, None, "ended")
    assert session.ended_at == session.active_at == NOW + timedelta(seconds=3)


def test_the_state_follows_from_the_clock_and_the_speaker(user: User) -> None:
    assert make_session(user).state == "new"
    assert make_session(user, clock_at=NOW).state == "live"
    assert make_session(user, paused=True).state == "paused"
    assert make_session(user, ended_at=NOW).state == "ended"


def test_a_title_is_one_line(user: User) -> None:
    session = make_session(user)
    session.rename("  The night\n ferry ")
    session.refresh_from_db()
    assert (session.title, str(session)) == ("The night ferry", "The night ferry")
    session.rename("")
    assert str(session) == "Untitled"


def test_the_language_is_the_one_asked_for_else_the_first_heard(user: User) -> None:
    assert make_session(user, ["Moin."], language="de").heard_language == "de"
    session = make_session(user)
    assert session.heard_language == ""
    make_utterance(session, "Ja.", start_ms=9_000, language="nl")
    make_utterance(session, "Hm.", start_ms=0, language="")
    make_utterance(session, "Yes.", start_ms=4_000, language="en")
    assert session.heard_language == "en"


def test_only_sessions_without_a_sign_of_life_are_abandoned(user: User, settings: Settings) -> None:
    settings.RESUME_SECONDS, settings.MEDIA_END_SECONDS = 60, 120
    left = make_session(user, active_at=NOW - timedelta(seconds=121))
    make_session(user, active_at=NOW - timedelta(seconds=119))
    make_session(user, active_at=NOW - timedelta(days=1), ended_at=NOW)
    assert list(Session.objects.abandoned(NOW)) == [left]


def test_abandoned_sessions_end_as_of_their_last_sign_of_life(user: User) -> None:
    seen = NOW - timedelta(minutes=10)
    session = make_session(user, clock_ms=1_000, clock_at=seen - timedelta(seconds=5), active_at=seen)
    assert Session.objects.close_abandoned(NOW) == 1
    assert Session.objects.close_abandoned(NOW) == 0
    session.refresh_from_db()
    assert (session.ended_at, session.clock_ms, session.state) == (seen, 6_000, "ended")


def test_the_history_is_one_query_with_its_first_lines(
    user: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        session = make_ended_session(user, [], at=NOW + timedelta(days=number))
        make_utterance(session, "Saved first, said last.", start_ms=9_000)
        make_utterance(session, f"Said first in {number}.", start_ms=0)
    make_session(user, created_at=NOW - timedelta(days=1))
    with django_assert_num_queries(1):
        openings = [vars(session)["opening"] for session in user.sessions.newest_first().with_opening()]
    second = "Saved first, said last."
    assert openings == [*([f"Said first in {number}.", second] for number in range(19, -1, -1)), []]


def test_utterances_are_read_without_their_search_vector(user: User) -> None:
    session = make_session(user, ["One.", "Two."])
    assert "search" in session.utterances.get(seq=1).get_deferred_fields()
    assert [row.seq for row in session.utterances.after(1)] == [2]


def test_the_database_refuses_what_no_recorder_writes(user: User) -> None:
    session = make_session(user, ["One."])
    for wrong in (
        {"seq": 1},
        {"seq": 2, "end_ms": 0, "start_ms": 0},
        {"seq": 2, "key": Utterance.objects.get().key},
    ):
        values = {"seq": 2, "start_ms": 0, "end_ms": 1, "text": "x", "key": uuid4(), **wrong}
        with pytest.raises(IntegrityError), transaction.atomic():
            Utterance.objects.create(session=session, **values)


def test_addresses_are_unique_whatever_their_case_and_may_be_missing(user: User) -> None:
    make_user("one", email="Maren@example.com")
    make_user("two", email="")
    make_user("three", email="")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_user("four", email="maren@EXAMPLE.com")


@pytest.mark.django_db(transaction=True)
def test_erasing_waits_for_a_final_that_is_being_saved() -> None:
    session = make_session(None, ["One."])
    locked, go_on = threading.Event(), threading.Event()

    def save() -> None:
        with transaction.atomic():
            Session.objects.select_for_update().get(pk=session.pk)
            locked.set()
            assert go_on.wait(120)
            Utterance.objects.create(session=session, seq=2, start_ms=0, end_ms=1, text="Two.")
        connection.close()

    thread = threading.Thread(target=save)
    thread.start()
    assert locked.wait(120)
    threading.Timer(0.1, go_on.set).start()
    Session.objects.get(pk=session.pk).erase()
    thread.join(120)
    assert not Session.objects.exists()
    assert not Utterance.objects.exists()


def test_what_wrote_a_session_is_noted_once(user: User) -> None:
    session = make_session(user)
    same = Session.objects.filter(pk=session.pk)
    same.note_origin(NO_ORIGIN)
    same.note_origin(Origin(("whisper-1 (a)",), 2_000))
    same.note_origin(Origin(("base", "whisper-1 (a)"), 1_000))
    session.refresh_from_db()
    assert session.written_by == ["whisper-1 (a)", "base"]
    assert session.sent_ms == 3_000
