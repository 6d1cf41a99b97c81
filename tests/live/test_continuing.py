"""A dictation that goes on after its end: on its clock, with its sound, and nothing of it lost or written twice."""

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from captions.live import recovery
from captions.live.continuing import ContinueError, can_continue, reopen
from captions.models import Proposal, Recording, Session, TranscriptGap, User
from captions.models.proposal import CANCELLED, DONE, READY, WORKING
from captions.protocol import registry
from captions.recordings import joining, retention
from captions.recordings.parts import RecordingBusyError, parts_folder
from captions.second_pass.asking import ask_by_itself, is_expected
from captions.speech.origin import NO_ORIGIN
from captions.speech.passage import Passage
from captions.transcripts.changes import GoneError
from captions.transcripts.final_writer import FinalRecord, SessionUpdate
from captions.transcripts.final_writer.saving import save, update
from tests.factories import make_ended_session, make_session, make_user, make_utterance, words_of
from tests.recordings.support import Session as Heard
from tests.recordings.support import keep, offsets_ms, played
from tests.speech_data import load_pcm
from tests.webrtc.speech_packets import packets_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound")]

SPEECH = packets_of(load_pcm("note-en-us"))


@pytest.fixture
def user() -> User:
    return make_user()


@pytest.fixture
def session(user: User) -> Session:
    """Two sentences in ten seconds, stopped."""
    texts = ["One two three.", "Four five six."]
    return make_ended_session(user, texts, clock_ms=10_000, settled_ms=10_000, keep_sound=True)


@pytest.fixture(autouse=True)
def held(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The sessions that a worker holds."""
    sessions: set[str] = set()
    monkeypatch.setattr(registry, "is_held", lambda name: name in sessions)
    return sessions


def go_on(session: Session) -> Session:
    return reopen(session.user, session.pk, timezone.now())


def end(session: Session, clock_ms: int, continuations: int) -> None:
    """What a worker reports that was asked to stop."""
    now = timezone.now()
    ended = SessionUpdate(
        session.pk, clock_ms, None, ended_at=now, settled_ms=clock_ms, continuations=continuations
    )
    update([ended], now)
    session.refresh_from_db()


def say(session: Session, text: str, start_ms: int) -> int:
    words = words_of(text, start_ms)
    record = FinalRecord(
        session.pk, uuid.uuid4(), start_ms, words[-1].end_ms, text, words, 0.9, "en", start_ms
    )
    (outcome,) = save([record])
    return getattr(outcome, "seq", 0)


def test_its_clock_and_its_numbers_go_on_and_it_is_heard_as_one_that_nobody_holds(session: Session) -> None:
    Session.objects.update(paused=True)
    again = go_on(session)
    assert (again.state, again.clock_ms, again.continuations) == ("new", 10_000, 1)
    taken = Session.objects.take_over(session.pk, timezone.now())
    assert (taken.clock_now(timezone.now()), taken.paused, taken.clock_at) == (10_000, False, None)
    assert not TranscriptGap.objects.exists()
    assert say(session, "Seven eight.", 10_400) == 3
    end(session, 14_000, 1)
    assert (session.state, session.clock_ms, session.last_seq, session.word_count) == ("ended", 14_000, 3, 8)


def test_it_goes_on_behind_all_words_and_all_sound_even_if_its_worker_never_reported_them(
    session: Session,
) -> None:
    make_utterance(session, "Said at the very end.", start_ms=10_500)
    assert go_on(session).clock_ms == 11_500
    other = make_ended_session(session.user, ["One."], clock_ms=1_000, keep_sound=True)
    keep(other, Heard(start_ms=400).take(SPEECH[:200]))
    assert go_on(other).clock_ms == pytest.approx(4_400, abs=20)


@pytest.mark.parametrize("way", ["POST", "twice", "after a crash"])
def test_continuing_again_is_no_harm(client: Client, session: Session, way: str) -> None:
    client.force_login(session.user)
    url = f"/sessions/{session.pk}/continue/"
    for _ in range(1 if way == "POST" else 2):
        answer = client.post(url)
        assert (answer.status_code, answer.json()["clock_ms"]) == (200, 10_000)
    session.refresh_from_db()
    assert session.state == "new"
    if way == "after a crash":
        # The browser never came back with an offer.
        Session.objects.update(active_at=timezone.now() - timedelta(hours=1))
        assert Session.objects.close_abandoned(timezone.now()) == 1
        assert client.post(url).json()["clock_ms"] == 10_000


def test_it_goes_on_behind_what_its_page_has_recorded_meanwhile(client: Client, session: Session) -> None:
    # It was taken for over long after it was last heard.
    began_at = timezone.now() - timedelta(seconds=150)
    Session.objects.update(created_at=began_at, ended_at=timezone.now() - timedelta(seconds=40))
    client.force_login(session.user)
    address = f"/sessions/{session.pk}/continue/"
    assert client.post(address, {"clock_ms": "soon"}).status_code == 400
    assert client.post(address, {"clock_ms": 148_000}).status_code == 200
    session.refresh_from_db()
    assert (session.clock_ms, session.settled_ms) == (148_000, 148_000)
    # Not further than time can have passed.
    Session.objects.update(ended_at=timezone.now(), clock_ms=10_000)
    assert client.post(address, {"clock_ms": 10**9}).status_code == 200
    session.refresh_from_db()
    assert session.clock_ms <= 150_000 + 61_000


def test_only_its_owner_continues_it(client: Client, session: Session) -> None:
    url = f"/sessions/{session.pk}/continue/"
    assert client.post(url).status_code == 302
    client.force_login(make_user())
    assert client.post(url).status_code == 404
    with pytest.raises(GoneError):
        reopen(make_user(), session.pk, timezone.now())
    client.force_login(session.user)
    assert client.get(url).status_code == 405
    Session.objects.update(trashed_at=timezone.now())
    assert client.post(url).status_code == 404
    with pytest.raises(GoneError):
        go_on(session)


@pytest.mark.parametrize("reason", ["a file", "running", "too long"])
def test_what_cannot_be_continued_is_told_and_stays_as_it_is(
    client: Client, session: Session, held: set[str], settings: Any, reason: str
) -> None:
    match reason:
        case "a file":
            Session.objects.update(source="file")
        case "running":
            held.add(str(session.pk))
        case "too long":
            settings.LIMIT_SESSION_SECONDS = 10
    client.force_login(session.user)
    answer = client.post(f"/sessions/{session.pk}/continue/")
    assert answer.status_code == 409
    assert answer.json()["message"].endswith(".")
    session.refresh_from_db()
    assert (session.state, session.continuations) == ("ended", 0)
    if reason != "running":
        assert not can_continue(session)
        with pytest.raises(ContinueError):
            go_on(session)


def test_an_end_that_was_written_late_ends_nothing(session: Session) -> None:
    late = SessionUpdate(
        session.pk, 12_000, None, ended_at=timezone.now(), settled_ms=12_000, continuations=0
    )
    Session.objects.update(ended_at=None, clock_at=timezone.now())
    go_on(session)
    update([late], timezone.now())
    session.refresh_from_db()
    assert (session.state, session.clock_ms, session.settled_ms) == ("live", 10_000, 12_000)
    running = SessionUpdate(session.pk, 13_000, timezone.now(), continuations=1)
    assert running.over(late).ended_at is None, "the same worker took it again"
    assert SessionUpdate(session.pk, 13_000, None, continuations=0).over(late).ended_at == late.ended_at


def test_it_ends_although_its_last_offer_reached_no_worker(session: Session) -> None:
    go_on(session)
    # The web process had stored it, and the worker took it for too old.
    Session.objects.update(gen=4)
    end(session, 12_000, 1)
    assert (session.state, session.clock_ms) == ("ended", 12_000)


def test_its_recording_gets_longer_and_its_words_stay_where_they_are_heard(session: Session) -> None:
    first = Heard().take(SPEECH[:400])
    keep(session, first)
    joining.finish_all()
    before = session.recording.file.path
    start_ms = go_on(session).clock_ms
    second = Heard(start_ms=start_ms).take(SPEECH[:300])
    keep(session, second)
    assert joining.finish_all() == 0, "it is running"
    end(session, start_ms + 6_000, 1)
    assert joining.finish_all() == 1
    recording = Recording.objects.get()
    assert recording.duration_ms == pytest.approx(start_ms + 6_000, abs=20)
    assert recording.kept_at == session.ended_at, "it is kept as long as one of today"
    assert not Path(before).exists()
    file = played(recording.file.path)
    offsets = offsets_ms(first.samples, file) + offsets_ms(second.samples, file)
    assert len(offsets) > 6
    assert max(map(abs, offsets)) < 20


def test_what_is_recorded_while_the_sound_before_is_joined_is_not_lost(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(session, Heard().take(SPEECH[:200]))
    join = joining._join

    def and_go_on(*arguments: Any) -> int:
        duration_ms = join(*arguments)
        go_on(session)
        keep(session, Heard(start_ms=10_000).take(SPEECH[:100]))
        return duration_ms

    monkeypatch.setattr(joining, "_join", and_go_on)
    joining.finish_all()
    (part,) = parts_folder().parts(str(session.pk))
    assert part.start == 10_000 * 48
    monkeypatch.setattr(joining, "_join", join)
    end(session, 12_000, 1)
    joining.finish_all()
    assert Recording.objects.get().duration_ms == pytest.approx(12_000, abs=20)
    assert not parts_folder().of(str(session.pk)).exists()


def test_a_recorder_begins_although_the_folder_is_removed_under_it(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = parts_folder()
    made: list[Any] = []
    new_part = type(folder).new_part

    def and_removed(self: Any, name: str, start: int) -> Any:
        part = new_part(self, name, start)
        if not made:
            self.remove_parts(name, [])
        made.append(part)
        return part

    monkeypatch.setattr(type(folder), "new_part", and_removed)
    keep(session, Heard().take(SPEECH[:10]))
    assert len(made) == 2
    assert folder.parts(str(session.pk)) == [made[1]]


def test_sound_that_was_deleted_while_more_was_joined_to_it_stays_deleted(
    session: Session, monkeypatch: pytest.MonkeyPatch, sound: Path
) -> None:
    keep(session, Heard().take(SPEECH[:200]))
    joining.finish_all()
    start_ms = go_on(session).clock_ms
    keep(session, Heard(start_ms=start_ms).take(SPEECH[:100]))
    end(session, start_ms + 2_000, 1)
    join = joining._join

    def and_expire(*arguments: Any) -> int:
        duration_ms = join(*arguments)
        Recording.objects.update(kept_at=timezone.now() - timedelta(days=5_000))
        assert retention.expire(timezone.now()) == 1
        return duration_ms

    monkeypatch.setattr(joining, "_join", and_expire)
    with pytest.raises(RecordingBusyError):
        joining._finish(parts_folder(), session.pk)
    assert Recording.objects.get().deleted_at is not None
    monkeypatch.setattr(joining, "_join", join)
    assert joining.finish_all() == 1
    recording = Recording.objects.get()
    assert recording.deleted_at is None
    file = played(recording.file.path)
    assert abs(file[: (start_ms - 100) * 16]).max() == 0, "only what was said since is in it"
    assert [path for path in sound.rglob("*") if path.is_file()] == [Path(recording.file.path)]


def test_what_a_dead_worker_left_is_recovered_up_to_where_it_goes_on(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its worker was killed, and hours later it was ended as abandoned.
    now = timezone.now()
    keep(session, Heard().take(SPEECH[:600]))
    seen = now - timedelta(hours=2)
    Session.objects.update(ended_at=None, clock_ms=9_000, clock_at=seen, active_at=seen, settled_ms=5_000)
    assert Session.objects.close_abandoned(now) == 1
    left = TranscriptGap.objects.get()
    assert left.end_ms > 7_000_000
    working = TranscriptGap.objects.claim(left.pk, now + timedelta(hours=1))
    again = go_on(session)
    assert again.clock_ms == again.settled_ms == pytest.approx(12_000, abs=20)
    gap = TranscriptGap.objects.get()
    assert (gap.start_ms, gap.end_ms) == (left.start_ms, again.clock_ms)
    passage = Passage(400, 1_000, "Recovered.", words_of("Recovered.", 400), 0.9, "en")
    assert working is not None
    assert recovery._store(working, [passage]) is None, "it works on what is another gap by now"
    # The worker that goes on records meanwhile; it has the sound behind the gap only.
    monkeypatch.setattr(
        recovery,
        "transcribe",
        lambda *_, **__: type("Heard", (), {"passages": [passage], "origin": NO_ORIGIN}),
    )
    monkeypatch.setattr(recovery, "_publish", lambda *_: None)
    keep(session, Heard(start_ms=again.clock_ms).take(SPEECH[:100]))
    TranscriptGap.objects.update(due_at=timezone.now())
    assert recovery.recover_all() == 1
    session.refresh_from_db()
    assert session.utterances.get(text="Recovered.").start_ms == left.start_ms + 400
    assert (session.state, session.clock_ms) == ("new", again.clock_ms)


@pytest.mark.parametrize(
    ("fields", "stays"),
    [
        ({"automatic": True, "state": WORKING}, False),
        ({"automatic": True, "state": DONE, "due_at": None}, False),
        ({"automatic": False, "state": DONE, "due_at": None}, False),
        ({"automatic": False, "state": CANCELLED, "due_at": None}, False),
        ({"automatic": False, "state": READY, "due_at": None}, True),
        ({"automatic": False, "state": WORKING}, True),
    ],
)
def test_it_is_heard_again_as_a_whole_unless_its_person_has_yet_to_decide(
    session: Session, fields: dict[str, Any], stays: bool
) -> None:
    User.objects.update(second_pass=True)
    Recording.objects.create(session=session, file="sound.opus", duration_ms=10_000, size=5)
    before = Proposal.objects.create(session=session, duration_ms=10_000, **fields)
    go_on(session)
    assert ask_by_itself(timezone.now()) == []
    assert Proposal.objects.filter(pk=before.pk).exists() == stays
    end(session, 15_000, 1)
    Recording.objects.update(duration_ms=15_000, kept_at=timezone.now())
    assert is_expected(Session.objects.get(), timezone.now())
    assert [each.duration_ms for each in ask_by_itself(timezone.now())] == ([] if stays else [15_000])


def test_a_session_that_never_ended_is_left_as_it_is(user: User) -> None:
    now = timezone.now()
    session = make_session(user, ["One."], clock_ms=5_000, clock_at=now, settled_ms=3_000, gen=4)
    go_on(session)
    session.refresh_from_db()
    assert (session.clock_ms, session.clock_at, session.settled_ms, session.gen) == (5_000, now, 3_000, 4)
