"""The second pass over a recording: once, whatever happens to whoever works on it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from captions.asr.engine.base import EngineError
from captions.asr.offline.listener import Ended, Progress
from captions.asr.offline.transcriber import OfflineJob
from captions.audio.opus import OpusWriter
from captions.jobs import transcribing
from captions.models import (
    ChangeKind,
    ItemState,
    Proposal,
    ProposalItem,
    Recording,
    Session,
    SpeakerName,
    TranscriptGap,
)
from captions.models.proposal import CANCELLED, DONE, FAILED, READY, WAITING, WORKING
from captions.models.recording import sound_storage
from captions.recordings import joining
from captions.recordings.fetched import copies_folder
from captions.second_pass import asking, deciding, voices
from captions.second_pass import job as again
from captions.speech.passage import Passage
from captions.speech.turns import Turn
from captions.transcripts import attribution, editing, speakers, versions
from tests.factories import make_ended_session, make_user, make_utterance, words_of
from tests.jobs.support import Worker, script
from tests.speech_data import load_pcm, load_reference
from tests.toy import TOY_MODEL

pytestmark = pytest.mark.usefixtures("sound")

SENTENCES = load_reference("note-en-us").sentences


@pytest.fixture(autouse=True)
def _settings(settings: Any, tmp_path: Path) -> None:
    settings.WHISPER_MODEL = TOY_MODEL
    settings.WHISPER_DEVICE = "cpu"
    settings.SECOND_PASS_MODEL = ""
    settings.UPLOAD_DIR = tmp_path / "uploads"


@pytest.fixture
def session(db: None) -> Session:
    return make_ended_session(make_user(), ["Hello there."], keep_sound=True)


@pytest.fixture
def proposal(session: Session, tmp_path: Path) -> Proposal:
    """Asked for, over a recording of nine seconds that nobody listens to."""
    keep_sound(session, tmp_path, b"sound", 9_000)
    return asking.ask(session)


def keep_sound(session: Session, folder: Path, content: bytes, duration_ms: int) -> None:
    path = folder / "sound.opus"
    path.write_bytes(content)
    joining.keep(session, path, duration_ms)


def spoken(folder: Path, times: int = 1) -> bytes:
    """The first sentences of a dictation as they are kept, three seconds of silence before them."""
    path = folder / "spoken.opus"
    writer = OpusWriter(path)
    writer.write(3 * 16_000)
    for _ in range(times):
        writer.write(load_pcm("note-en-us")[: 7 * 16_000])
    writer.close()
    return path.read_bytes()


def passage(text: str = "Hello dear.", start_ms: int = 0) -> Passage:
    words = words_of(text, start_ms)
    return Passage(start_ms, words[-1].end_ms, text, words, 0.9, "en")


def test_the_recording_of_a_dictation_is_heard_once_more_on_its_own_clock(
    session: Session, tmp_path: Path
) -> None:
    first, second = SENTENCES[:2]
    session.utterances.all().delete()
    make_utterance(
        session, first.text.replace(first.text.split()[1], "xylophone"), start_ms=3_000 + first.start_ms
    )
    keep_sound(session, tmp_path, spoken(tmp_path), 10_000)
    proposal = asking.ask(session)
    again.listen_again(proposal.pk)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.message, proposal.model) == (READY, "", TOY_MODEL)
    assert proposal.heard_ms == proposal.duration_ms == 10_000
    misheard, missed = proposal.items.all()
    assert misheard.parts[0]["after"]["text"] == first.text
    assert misheard.parts[0]["after"]["words"][0]["start_ms"] == pytest.approx(
        3_000 + first.start_ms, abs=300
    )
    assert missed.parts[0]["utterance"] is None
    assert missed.parts[0]["after"]["text"] == second.text
    assert missed.start_ms == pytest.approx(3_000 + second.start_ms, abs=300)
    assert Proposal.objects.pace() is not None


def test_it_is_heard_as_well_as_this_server_can(
    proposal: Proposal, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.SECOND_PASS_MODEL = "large-v3"
    proposal.session.user.vocabulary = ["Maren"]
    proposal.session.user.save()
    jobs = script(monkeypatch, Ended(9_000))
    again.listen_again(proposal.pk)
    (job,) = jobs
    assert job.model.model == "large-v3"
    assert job.hotwords == ("Maren",)
    assert os.fsdecode(job.file.path) == sound_storage().path(proposal.session.recording.file.name or "")
    proposal.refresh_from_db()
    assert proposal.model == "large-v3"


def test_it_is_proposed_once_however_often_it_is_asked_for(
    proposal: Proposal, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = script(monkeypatch, passage(), lambda: again.listen_again(proposal.pk), Ended(9_000))
    again.listen_again(proposal.pk)
    again.listen_again(proposal.pk)
    assert asking.ask(proposal.session) == proposal
    assert len(jobs) == 1
    assert ProposalItem.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_leaves_one_proposal_to_whoever_comes_next(
    session: Session, tmp_path: Path
) -> None:
    keep_sound(session, tmp_path, spoken(tmp_path, 2), 17_000)
    proposal = asking.ask(session)
    worker = Worker(
        "captions.second_pass.job.listen_again",
        proposal.pk,
        UPLOAD_DIR=str(tmp_path / "uploads"),
        TEST_SOUND_DIR=str(tmp_path / "kept"),
    )
    # While it works, nobody else does.
    again.listen_again(proposal.pk)
    worker.kill()
    proposal.refresh_from_db()
    assert (proposal.state, proposal.attempts) == (WORKING, 1)
    assert not ProposalItem.objects.exists()

    # Nobody knows yet that it is dead.
    again.listen_again(proposal.pk)
    proposal.refresh_from_db()
    assert proposal.attempts == 1
    Proposal.objects.update(due_at=timezone.now())
    assert list(Proposal.objects.due(timezone.now())) == [proposal]
    again.listen_again(proposal.pk)
    again.listen_again(proposal.pk)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.attempts) == (READY, 2)
    # All that was said, two sentences twice, was missed by the transcript of this session.
    assert [item.parts[0]["utterance"] is None for item in proposal.items.all()] == [True] * 4


def test_whoever_was_taken_for_dead_writes_nothing(
    proposal: Proposal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken_over() -> None:
        Proposal.objects.update(due_at=timezone.now())
        assert Proposal.objects.claim(proposal.pk, timezone.now())

    script(monkeypatch, passage(), taken_over, Ended(9_000))
    again.listen_again(proposal.pk)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.attempts) == (WORKING, 2)
    assert not ProposalItem.objects.exists()


def test_progress_is_on_the_row(proposal: Proposal, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def look() -> None:
        row = Proposal.objects.get()
        seen.append((row.state, row.percent))

    script(monkeypatch, look, Progress(3_000, 9_000), look, Ended(9_000))
    again.listen_again(proposal.pk)
    assert seen == [(WORKING, None), (WORKING, 33)]


def test_one_that_is_cancelled_or_whose_session_is_gone_comes_to_nothing(
    proposal: Proposal, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(
        monkeypatch,
        passage(),
        lambda: asking.cancel(proposal.session),
        Progress(1_000, 9_000),
        Ended(9_000),
    )
    again.listen_again(proposal.pk)
    proposal.refresh_from_db()
    assert proposal.state == CANCELLED
    anew = asking.ask(proposal.session)
    assert anew.state == WAITING
    script(monkeypatch, passage(), lambda: proposal.session.erase(), Ended(9_000))
    again.listen_again(anew.pk)
    again.listen_again(anew.pk)
    assert not Proposal.objects.exists()
    assert not ProposalItem.objects.exists()


@pytest.mark.parametrize(("retryable", "tries"), [(True, 2), (False, 1)])
def test_what_fails_by_chance_is_tried_once_more(
    proposal: Proposal, monkeypatch: pytest.MonkeyPatch, retryable: bool, tries: int
) -> None:
    jobs = script(monkeypatch, passage(), EngineError("The device is gone.", retryable=retryable))
    again.listen_again(proposal.pk)
    proposal.refresh_from_db()
    assert (len(jobs), proposal.state, proposal.attempts) == (tries, FAILED, 1)
    assert proposal.message.startswith("The server’s speech model is not working")


def test_sound_that_ends_one_worker_after_the_other_is_left_alone(
    proposal: Proposal, monkeypatch: pytest.MonkeyPatch
) -> None:
    Proposal.objects.update(state=WORKING, attempts=3, due_at=timezone.now())
    jobs = script(monkeypatch, Ended(1_000))
    again.listen_again(proposal.pk)
    proposal.refresh_from_db()
    assert (len(jobs), proposal.state) == (0, FAILED)
    assert proposal.message.startswith("Transcribing again was interrupted")


def test_sound_that_is_gone_or_broken_is_said_to_be(
    proposal: Proposal, monkeypatch: pytest.MonkeyPatch
) -> None:
    again.listen_again(proposal.pk)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.message) == (
        FAILED,
        "The recording could not be read. Your transcript is unchanged.",
    )
    anew = asking.ask(proposal.session)
    Recording.objects.update(deleted_at=timezone.now(), file="")
    again.listen_again(anew.pk)
    anew.refresh_from_db()
    assert (anew.state, anew.message[:21]) == (FAILED, "The recording was del")


def test_what_killed_workers_leave_of_sound_is_swept_up(proposal: Proposal) -> None:
    folder = copies_folder()
    folder.mkdir(parents=True)
    Proposal.objects.update(state=WORKING, attempts=2)
    gap = TranscriptGap.objects.create(session=proposal.session, start_ms=0, end_ms=900, attempts=3)
    wanted = {f"{proposal.pk}-2", f"{proposal.pk}-2-0", f"{proposal.pk}-2-1", f"gap-{gap.pk}-3-0"}
    left = {f"{proposal.pk}-1", f"{proposal.pk}-1-0", "other-1", f"gap-{gap.pk}-2-0"}
    for name in wanted | left:
        (folder / name).write_bytes(b"sound")
    again.sweep()
    assert {path.name for path in folder.iterdir()} == wanted


def test_what_is_corrected_meanwhile_is_not_proposed(
    proposal: Proposal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is compared with the transcript as it stands at the end."""

    def correct() -> None:
        editing.edit(proposal.session.utterances.get(), "Hello dear.", 1, proposal.session.user)

    script(monkeypatch, passage(), correct, Ended(9_000))
    again.listen_again(proposal.pk)
    proposal.refresh_from_db()
    assert proposal.state == READY
    assert not proposal.items.exists()


def test_an_automatic_one_has_the_transcript_read_so(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What somebody corrects meanwhile stays; and it can be taken back at once."""
    by_hand = make_utterance(session, "We met at wine.", start_ms=3_000)
    keep_sound(session, tmp_path, b"sound", 9_000)
    (proposal,) = asking.ask_by_itself(timezone.now())

    def correct() -> None:
        editing.edit(by_hand, "We met at ten.", 1, session.user)

    heard = (passage(), passage("We met at nine.", 3_000), passage("And what now?", 6_000))
    script(monkeypatch, *heard, correct, Ended(9_000))
    again.listen_again(proposal.pk)
    proposal.refresh_from_db()
    assert proposal.state == DONE
    assert read(session) == ["Hello dear.", "We met at ten.", "And what now?"]
    (first, missed) = proposal.items.all()
    assert (first.state, first.change) == (ItemState.ACCEPTED, missed.change)
    record = session.utterances.in_time()[0].history.get(version=2)
    assert (record.kind, record.history_user) == (ChangeKind.AGAIN, None)
    assert first.change is not None
    deciding.reopen_all(session, first.change, session.user)
    assert read(session) == ["Hello there.", "We met at ten."]


def read(session: Session) -> list[str]:
    return list(session.utterances.with_text().in_time().values_list("text", flat=True))


def test_nobody_says_how_long_it_takes_while_nobody_works(proposal: Proposal) -> None:
    now = timezone.now()
    proposal.state, proposal.heard_ms = WORKING, 3_000
    proposal.started_at, proposal.due_at = now - timedelta(seconds=10), now + proposal.LEASE
    assert proposal.left(now) == timedelta(seconds=20)
    assert proposal.left(now + timedelta(seconds=10)) is None


def test_a_second_attempt_begins_at_nothing(proposal: Proposal, monkeypatch: pytest.MonkeyPatch) -> None:
    ago = timezone.now() - timedelta(hours=1)
    Proposal.objects.update(state=WORKING, attempts=1, heard_ms=6_000, started_at=ago, due_at=ago)
    seen = []

    @contextmanager
    def slowly(*args: Any) -> Iterator[Path]:
        row = Proposal.objects.get()
        seen.append((row.percent, row.left(timezone.now())))
        yield Path("/no/such/file")

    monkeypatch.setattr(again, "fetched", slowly)
    script(monkeypatch, Ended(9_000))
    again.listen_again(proposal.pk)
    assert seen == [(None, None)]


def test_a_decision_of_an_old_page_does_not_end_a_new_pass(proposal: Proposal) -> None:
    Proposal.objects.claim(proposal.pk, timezone.now(), state=WORKING)
    deciding.keep_all(proposal.session)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.is_pending) == (WORKING, True)


def test_voices_are_told_apart_where_somebody_wants_it(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_utterance(session, "Good morning.", start_ms=3_000)
    SpeakerName.objects.create(session=session, number=1, name="Ana", owner=session.user_id)
    keep_sound(session, tmp_path, spoken(tmp_path), 10_000)
    turns = (Turn(0, 1_000, 4), Turn(2_900, 4_000, 2))
    proposal = asking.ask(session, tell_speakers=True)
    jobs = script(
        monkeypatch,
        passage("Hello there.", 0),
        passage("Good morning.", 3_000),
        Progress(10_000, 10_000),
        Ended(10_000, turns=turns),
    )
    again.listen_again(proposal.pk)
    session.refresh_from_db()
    assert jobs[0].speakers is not None
    assert [(row.speaker, row.version) for row in session.utterances.in_time()] == [(1, 1), (2, 1)]
    assert (session.voices, session.tells_speakers) == (2, True)
    # They were the names of other numbers.
    assert not SpeakerName.objects.exists()
    # Nothing is to be decided about that.
    assert not ProposalItem.objects.exists()


def test_voices_of_two_sources_have_numbers_of_their_own(session: Session) -> None:
    session.has_shared = True
    make_utterance(session, "Good morning.", start_ms=3_000, shared=True)
    make_utterance(session, "Hello.", start_ms=5_000, shared=True)
    voices.write(session, {True: (Turn(3_000, 4_000, 0), Turn(5_000, 6_000, 1)), False: (Turn(0, 1_000, 0),)})
    assert [row.speaker for row in session.utterances.in_time()] == [1, 2, 3]
    voices.write(session, {True: (), False: ()})
    assert [row.speaker for row in session.utterances.in_time()] == [1, 2, 3]
    voices.write(session, {True: (), False: (Turn(0, 1_000, 0),)})
    assert [row.speaker for row in session.utterances.in_time()] == [1, 0, 0]


def test_a_speaker_that_a_person_has_set_stays(session: Session) -> None:
    """Of Ana and Ben, and of one whom only a person tells apart."""
    session.utterances.all().delete()
    for number, speaker in enumerate((2, 2, 1, 1, 2)):
        make_utterance(session, f"Sentence {number}.", start_ms=number * 2_000, speaker=speaker)
    Session.objects.filter(pk=session.pk).update(voices=2)
    session.refresh_from_db()
    rows = list(session.utterances.in_time())
    for number, name in ((1, "Ana"), (2, "Ben")):
        SpeakerName.objects.create(session=session, number=number, name=name, owner=session.user_id)
    by = session.user
    edited = editing.edit(rows[0], "Sentence zero.", 1, by)
    attribution.give(rows[1], 1, 1, by)
    attribution.give(rows[4], None, 1, by)
    speakers.name(session, {(False, 3): "Cy"})
    # Numbered anew, Ben is the first.
    voices.write(session, {False: (Turn(0, 4_000, 0), Turn(4_000, 8_000, 1), Turn(8_000, 10_000, 0))})
    assert [row.speaker for row in session.utterances.in_time()] == [1, 2, 2, 2, 3]
    names = set(session.speaker_names.values_list("number", "name"))
    assert names == {(2, "Ana"), (3, "Cy")}
    session.refresh_from_db()
    assert session.voices == 3
    # Undone, a sentence goes to whoever is heard in it now.
    versions.undo(session.utterances.get(pk=rows[1].pk), 2, by)
    versions.undo(session.utterances.get(pk=rows[4].pk), 2, by)
    versions.undo(session.utterances.get(pk=rows[0].pk), edited.version, by)
    assert [row.speaker for row in session.utterances.in_time()] == [1, 1, 2, 2, 1]


def test_suggestions_leave_the_speaker_of_a_sentence(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_sound(session, tmp_path, spoken(tmp_path), 10_000)
    row = session.utterances.in_time()[0]
    attribution.give(row, None, row.version, session.user)
    session.refresh_from_db()
    proposal = asking.ask(session)
    heard = [passage("Hello dear.", 0), passage("Quite new.", 6_000)]
    script(monkeypatch, *heard, Progress(10_000, 10_000), Ended(10_000))
    again.listen_again(proposal.pk)
    # By hand is the speaker, not the words.
    assert not ProposalItem.objects.filter(proposal=proposal, corrected=True).exists()
    deciding.accept_all(session, session.user)
    assert [(each.text, each.speaker) for each in session.utterances.with_text().in_time()] == [
        ("Hello dear.", 2),
        # Nobody knows whose it is: it goes with the sentence beside it.
        ("Quite new.", 2),
    ]


def test_each_source_is_compared_with_itself(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.has_shared = True
    session.save()
    session.utterances.all().delete()
    # Both speak at the same time.
    make_utterance(session, "Hello there.", start_ms=0)
    make_utterance(session, "Good morning.", start_ms=100, shared=True)
    keep_sound(session, tmp_path, spoken(tmp_path), 10_000)
    heard = {
        False: [passage("Hello dear.", 0)],
        True: [passage("Good morning.", 100), passage("To you.", 5_000)],
    }

    def listen(job: OfflineJob) -> Iterator[Any]:
        yield from heard[os.fsdecode(job.file.path).endswith("-1")]
        yield Progress(10_000, 10_000)
        yield Ended(10_000)

    monkeypatch.setattr(transcribing, "listen", listen)
    proposal = asking.ask(session)
    again.listen_again(proposal.pk)
    items = list(ProposalItem.objects.filter(proposal=proposal).order_by("number"))
    assert [(each.number, each.parts[0]["after"]["text"], each.parts[0]["shared"]) for each in items] == [
        (1, "Hello dear.", False),
        (2, "To you.", True),
    ]
    deciding.accept_all(session, session.user)
    rows = session.utterances.in_time()
    assert [(row.text, row.shared) for row in rows] == [
        ("Hello dear.", False),
        ("Good morning.", True),
        ("To you.", True),
    ]
    assert not list(copies_folder().glob("*"))
