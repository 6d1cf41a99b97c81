"""What a worker heard and did not write down is written once, whoever else writes and whatever is killed."""

import os
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.utils import timezone
from structlog.testing import capture_logs

from captions.asr.engine.base import EngineError
from captions.asr.offline.listener import Ended
from captions.asr.offline.transcriber import OfflineJob
from captions.audio.opus import OpusPair
from captions.benchmarks.livetest.wer import wer
from captions.jobs import signs_of_life, transcribing
from captions.live import recovery
from captions.models import Recording, Session, TranscriptGap
from captions.recordings import cutting, joining
from captions.recordings.audio_recorder import AudioRecorder
from captions.recordings.parts import parts_folder
from captions.speech.passage import Passage
from captions.speech.types import TimeRange
from captions.transcripts.final_writer import DeviceNote, FinalRecord, SessionUpdate
from captions.transcripts.final_writer.saving import Rejected, Saved, save, update
from tests.factories import make_session, make_user, words_of
from tests.jobs.support import script
from tests.recordings.support import Session as Heard
from tests.recordings.support import keep
from tests.speech_data import load_pcm, load_reference
from tests.toy import TOY_MODEL
from tests.webrtc.speech_packets import packets_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound")]

SENTENCES = load_reference("note-en-us").sentences
SPEECH = packets_of(load_pcm("note-en-us"))
# The worker died in the pause after the third sentence.
DIED_MS = 9_200
BACK_MS = 14_000


@pytest.fixture(autouse=True)
def _toy_model(settings: Any) -> None:
    settings.WHISPER_MODEL = TOY_MODEL
    settings.WHISPER_DEVICE = "cpu"


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What pages are told."""
    payloads: list[dict[str, Any]] = []

    class Layer:
        async def group_send(self, group: str, message: dict[str, Any]) -> None:
            payloads.append(message["payload"])

    monkeypatch.setattr(recovery, "get_channel_layer", Layer)
    return payloads


@pytest.fixture
def session() -> Session:
    """Of three sentences one was saved when its worker died; four seconds later it is taken over."""
    now = timezone.now()
    session = make_session(
        make_user(), keep_sound=True, clock_at=now - timedelta(milliseconds=BACK_MS), gen=1, language="en"
    )
    keep(session, Heard().take(SPEECH[: DIED_MS // 20]))
    save([final(session, SENTENCES[0].text, SENTENCES[0].start_ms, settled_ms=2_900)])
    return Session.objects.take_over(session.pk, now)


def final(session: Session, text: str, start_ms: int, *, settled_ms: int | None = None) -> FinalRecord:
    words = words_of(text, start_ms)
    end_ms = words[-1].end_ms
    return FinalRecord(
        session.pk, uuid.uuid4(), start_ms, end_ms, text, words, 0.9, "en", settled_ms or end_ms + 400
    )


def passage(text: str = "The weather is wet.", start_ms: int = 4_500) -> Passage:
    words = words_of(text, start_ms)
    return Passage(start_ms, words[-1].end_ms, text, words, 0.9, "en")


def due() -> None:
    TranscriptGap.objects.update(due_at=timezone.now())


def texts(session: Session) -> list[str]:
    return [row.text for row in session.utterances.in_time()]


def test_the_sentences_that_were_being_spoken_are_in_the_transcript(
    session: Session, sound: Path, told: list[dict[str, Any]]
) -> None:
    gap = TranscriptGap.objects.get()
    assert (gap.start_ms, gap.end_ms) == (2_900, BACK_MS)
    # The next worker goes on meanwhile.
    save([final(session, "Somebody goes on.", 15_000)])
    assert recovery.recover_all() == 2
    assert recovery.recover_all() == 0
    rows = list(session.utterances.in_time())
    assert len(rows) == 4
    assert (rows[0].text, rows[3].text) == (SENTENCES[0].text, "Somebody goes on.")
    assert [row.seq for row in rows] == [1, 3, 4, 2]
    for row, sentence in zip(rows[1:3], SENTENCES[1:3], strict=True):
        # A small model may spell a name otherwise.
        assert wer([sentence.text], row.text).errors <= 1
        assert row.start_ms == pytest.approx(sentence.start_ms, abs=300)
        assert row.end_ms == pytest.approx(sentence.end_ms, abs=300)
        assert row.words[0]["start_ms"] == row.start_ms
    assert [(each["type"], each.get("seq"), each["start_ms"]) for each in told] == [
        ("final", 3, rows[1].start_ms),
        ("final", 4, rows[2].start_ms),
        ("recovered", None, 2_900),
    ]
    gap.refresh_from_db()
    assert (gap.utterances, gap.attempts) == (2, 1)
    assert [path.suffix for path in sound.rglob("*") if path.is_file()] == [".opus"]


def test_no_word_reaches_into_the_time_after_the_gap(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    gap = TranscriptGap.objects.get()
    late = passage(start_ms=gap.end_ms - gap.start_ms - 600)
    monkeypatch.setattr(recovery, "_transcribed", lambda gap, path: [late])
    assert recovery.recover_all() == 1
    row = session.utterances.in_time().last()
    assert row is not None
    assert row.end_ms == gap.end_ms
    assert all(word["start_ms"] < word["end_ms"] <= gap.end_ms for word in row.words)


def test_of_silence_nothing_comes(session: Session, told: list[dict[str, Any]]) -> None:
    TranscriptGap.objects.update(start_ms=6_600, end_ms=7_100)
    assert recovery.recover_all() == 0
    assert (texts(session), [each["type"] for each in told]) == ([SENTENCES[0].text], ["recovered"])
    assert not TranscriptGap.objects.get().is_pending


def test_two_at_the_same_time_write_once(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def another() -> None:
        # The first was silent for so long that it was taken for dead.
        due()
        monkeypatch.setattr(transcribing, "listen", lambda job: (each for each in (passage(), Ended(1))))
        assert recovery.recover_all() == 1

    script(monkeypatch, passage("Nobody needs it."), another, Ended(11_100))
    assert recovery.recover_all() == 0
    assert texts(session) == [SENTENCES[0].text, "The weather is wet."]


def test_nobody_else_works_on_one_that_somebody_works_on(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = script(monkeypatch, recovery.recover_all, passage(), Ended(11_100))
    assert recovery.recover_all() == 1
    assert len(jobs) == 1


def test_finals_on_the_dead_workers_disk_come_first_or_not_at_all(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = final(session, SENTENCES[1].text, SENTENCES[1].start_ms, settled_ms=6_500)
    script(monkeypatch, passage("I am happy.", 800), lambda: save([second]), Ended(1))
    assert recovery.recover_all() == 0
    assert texts(session) == [SENTENCES[0].text, SENTENCES[1].text]
    gap = TranscriptGap.objects.get()
    assert (gap.start_ms, gap.is_pending) == (6_500, True)
    # It is begun again with what is left.
    script(monkeypatch, passage("The weather is wet.", 700), Ended(1))
    due()
    assert recovery.recover_all() == 1
    third = final(session, SENTENCES[2].text, SENTENCES[2].start_ms, settled_ms=9_200)
    [late] = save([third])
    assert isinstance(late, Rejected)
    assert late.reason == "recovered"
    # What was not found stays.
    [other] = save([final(session, "Quiet.", 10_500)])
    assert isinstance(other, Saved)
    assert texts(session) == [*(each.text for each in SENTENCES[:2]), "The weather is wet.", "Quiet."]


def test_what_does_not_work_is_tried_again_and_at_last_given_up(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    undecoded = SessionUpdate(session.pk, 5_000, None, undecoded=(TimeRange(0, 500),))
    jobs = script(monkeypatch, EngineError("The speech model is not there."))
    update([undecoded], timezone.now())
    assert recovery.recover_all() == 0
    assert len(jobs) == 1, "nor would it for another one"
    recovery.recover_all()
    assert len(jobs) == 2
    TranscriptGap.objects.get(end_ms=500).delete()
    first = TranscriptGap.objects.get()
    assert first.due_at
    assert timedelta(seconds=20) < first.due_at - timezone.now() < timedelta(minutes=1)
    TranscriptGap.objects.update(attempts=10, due_at=timezone.now())
    recovery.recover_all()
    first.refresh_from_db()
    assert first.due_at - timezone.now() > timedelta(minutes=30)
    TranscriptGap.objects.update(attempts=29, due_at=timezone.now())
    recovery.recover_all()
    assert not TranscriptGap.objects.get().is_pending
    assert texts(session) == [SENTENCES[0].text]


def test_sound_that_a_worker_still_writes_is_waited_for(
    session: Session, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = script(monkeypatch, passage(), Ended(1))
    with parts_folder().claimed(str(session.pk)):
        assert recovery.recover_all() == 0
    assert not jobs
    # One utterance that a worker could not decode is there as soon as the file reaches behind it.
    TranscriptGap.objects.all().delete()
    update([SessionUpdate(session.pk, 5_000, None, undecoded=(TimeRange(3_000, 6_500),))], timezone.now())
    update([SessionUpdate(session.pk, 9_000, None, undecoded=(TimeRange(8_000, 9_500),))], timezone.now())
    with parts_folder().claimed(str(session.pk)):
        assert recovery.recover_all() == 1
    assert len(jobs) == 1
    assert list(TranscriptGap.objects.pending().values_list("end_ms", flat=True)) == [9_500]


def test_a_session_that_ended_without_its_worker_is_found_in_the_joined_sound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = timezone.now() - timedelta(hours=1)
    session = make_session(make_user(), keep_sound=True, clock_ms=1_000, clock_at=seen, active_at=seen)
    keep(session, Heard().take(SPEECH[: DIED_MS // 20]))
    assert Session.objects.close_abandoned(timezone.now()) == 1
    assert recovery.recover_all() == 0, "its worker may be there after all"
    assert joining.finish_all() == 1
    script(monkeypatch, passage("The weather is wet.", 7_000), Ended(9_000))
    due()
    assert recovery.recover_all() == 1
    session.refresh_from_db()
    [row] = session.utterances.all()
    assert session.clock_ms == row.end_ms > 7_000
    assert list(parts_folder().sessions()) == []


def test_sound_that_is_joined_meanwhile_is_read_all_the_same(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    Session.objects.update(ended_at=timezone.now())

    def join() -> None:
        assert joining.finish_all() == 1
        assert parts_folder().parts(str(session.pk)) == []
        assert Path(os.fsdecode(jobs[0].file.path)).is_file()

    jobs = script(monkeypatch, join, passage(), Ended(9_000))
    assert recovery.recover_all() == 1
    assert list(parts_folder().sessions()) == []


def test_sound_that_is_joined_before_it_is_looked_for_is_found(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    Session.objects.update(ended_at=timezone.now())
    script(monkeypatch, passage(), Ended(9_000))

    def kept() -> Any:
        before = list(Recording.objects.kept().values_list("pk", flat=True))
        joining.finish_all()
        return Recording.objects.filter(pk__in=before)

    monkeypatch.setattr(cutting, "Recording", SimpleNamespace(objects=SimpleNamespace(kept=kept)))
    # It is tried again later, and nothing is wrong.
    with capture_logs() as logs:
        assert recovery.recover_all() == 0
    assert Recording.objects.kept().exists()
    assert not [each for each in logs if each["log_level"] == "warning"]


def test_without_sound_nothing_is_noted_or_looked_for(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = script(monkeypatch, passage(), Ended(1))
    other = make_session(make_user(), clock_at=timezone.now() - timedelta(seconds=5))
    Session.objects.take_over(other.pk, timezone.now())
    assert not other.gaps.exists()
    # Nor is silence taken for the truth where this host does not have the sound.
    parts_folder().remove(str(session.pk))
    assert recovery.recover_all() == 0
    assert not jobs
    assert TranscriptGap.objects.pending().count() == 1
    # It is where its person deleted it.
    Session.objects.update(keep_sound=False)
    due()
    assert recovery.recover_all() == 0
    assert not jobs
    assert not TranscriptGap.objects.pending().exists()


def test_a_session_that_nobody_spoke_into_is_looked_into_once() -> None:
    seen = timezone.now() - timedelta(hours=1)
    session = make_session(make_user(), keep_sound=True, gen=1, active_at=seen)
    Session.objects.close_abandoned(timezone.now())
    due()
    with capture_logs() as logs:
        recovery.recover_all()
    assert [each["event"] for each in logs] == ["gap_without_sound"]
    gap = session.gaps.get()
    assert (gap.is_pending, gap.attempts) == (False, 1)


def test_a_keeper_that_goes_on_is_not_disturbed(session: Session, settings: Any) -> None:
    recorder = AudioRecorder(settings.SOUND_DIR)
    track = recorder.track(str(session.pk), lambda is_kept: pytest.fail("told"))
    recorder.start()
    for packet in Heard(start_ms=BACK_MS).take(SPEECH[:100]).kept:
        track.put(*packet)
    assert recovery.recover_all() == 2
    track.close()
    assert recorder.close(60)
    Session.objects.update(ended_at=timezone.now())
    assert joining.finish_all() == 1
    session.refresh_from_db()
    assert session.recording.duration_ms == pytest.approx(BACK_MS + 2_000, abs=40)


def test_a_gap_whose_sound_is_read_slowly_stays_with_its_worker(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(monkeypatch, passage(), Ended(11_100))
    monkeypatch.setattr(signs_of_life, "_EVERY_SECONDS", 0.0)
    cut = vars(recovery)["cut"]

    def slowly(*args: Any, **options: Any) -> Any:
        # A moment before its lease is over it has begun to read.
        TranscriptGap.objects.update(due_at=timezone.now() + timedelta(milliseconds=1))
        return cut(*args, **options)

    monkeypatch.setattr(recovery, "cut", slowly)
    renewed = []
    transcribe = vars(recovery)["transcribe"]

    def look(gap: TranscriptGap, *args: Any, **options: Any) -> Any:
        renewed.append(TranscriptGap.objects.due(timezone.now() + timedelta(seconds=30)).exists())
        return transcribe(gap, *args, **options)

    monkeypatch.setattr(recovery, "transcribe", look)
    assert recovery.recover_all() == 1
    assert renewed == [False]


def test_a_gap_is_tried_once_before_it_waits(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = script(monkeypatch, EngineError("The device is gone.", retryable=True))
    recovery.recover_all()
    assert len(jobs) == 1


def test_two_sources_are_recovered_apart_and_none_of_them_twice(
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    told: list[dict[str, Any]],
    settings: Any,
    tmp_path: Path,
) -> None:
    settings.UPLOAD_DIR = tmp_path / "uploads"
    Session.objects.update(has_shared=True)
    gap = TranscriptGap.objects.get()
    # The microphone had been written down further than the shared sound when the worker died.
    save([final(session, "It is mine.", 3_200, settled_ms=2_900)])
    gap.refresh_from_db()
    assert gap.start_ms == 2_900

    def listen(job: OfflineJob) -> Iterator[Any]:
        if os.fsdecode(job.file.path).endswith("-1"):
            yield passage("It is theirs.", 300)
        else:
            yield passage("It is mine.", 320)
            yield passage("And this too.", 5_000)
        yield Ended(11_100)

    monkeypatch.setattr(transcribing, "listen", listen)
    assert recovery.recover_all() == 2
    rows = [(row.text, row.shared) for row in session.utterances.in_time() if row.seq > 1]
    assert rows == [("It is mine.", False), ("It is theirs.", True), ("And this too.", False)] or rows == [
        ("It is theirs.", True),
        ("It is mine.", False),
        ("And this too.", False),
    ]
    assert [each.get("shared", False) for each in told if each["type"] == "final"] == [True, False]
    # What the dead worker had left on its disk is in the transcript already.
    late = [final(session, "It is theirs.", 3_200), final(session, "Nobody heard it.", 9_500)]
    late = [replace(each, shared=True) for each in late]
    assert [type(each).__name__ for each in save(late)] == ["Rejected", "Saved"]


def test_a_gap_of_one_source_stays_when_the_other_one_goes_on(session: Session) -> None:
    TranscriptGap.objects.update(undecoded=True)
    gap = TranscriptGap.objects.get()
    Session.objects.update(has_shared=True)
    save([replace(final(session, "Meanwhile.", gap.start_ms + 500, settled_ms=gap.end_ms), shared=True)])
    gap.refresh_from_db()
    assert (gap.is_pending, gap.start_ms) == (True, 2_900)


def two_devices(session: Session, first: Any, second: Any, mode: str) -> None:
    """A worker died that had kept the sound of two devices, and had written none of it."""
    size = -(-max(first.size, second.size) // 320) * 320
    pair, made = OpusPair(), Heard()
    sound = np.stack([np.pad(each, (0, size - each.size)) for each in (first, second)])
    kept = [packet for at in range(0, size, 320) for packet in pair.push(sound[:, at : at + 320], at * 3)]
    packets: Any = [(payload, at, 960, 2) for payload, at in [*kept, *pair.flush()]]
    made.kept = packets
    keep(session, made)
    note = DeviceNote(mode, ((0, mode),))
    update([SessionUpdate(session.pk, None, None, devices=note)], timezone.now())


def lost(mode: str, first: Any, second: Any, length_ms: int) -> Session:
    began = timezone.now() - timedelta(milliseconds=length_ms)
    session = make_session(make_user(), keep_sound=True, clock_at=began, gen=1, language="en")
    two_devices(session, first, second, mode)
    return Session.objects.take_over(session.pk, timezone.now())


@pytest.mark.parametrize("mode", ["switch", "separate", "mix"])
def test_the_sound_of_two_devices_is_recovered_as_it_was_heard(
    mode: str, settings: Any, tmp_path: Path
) -> None:
    settings.UPLOAD_DIR = tmp_path / "uploads"
    sentences = SENTENCES[:4]
    speech = load_pcm("note-en-us")[: (sentences[-1].end_ms + 500) * 16]
    # In the second one the same is said 80 ms later; or it is silent where both would be heard together.
    late = np.concatenate([np.zeros(1_280, np.int16), speech])
    other = late if mode != "mix" else np.zeros_like(late)
    session = lost(mode, speech, other, 14_000)
    assert recovery.recover_all()
    rows = session.utterances.with_text().in_time()
    own = " ".join(row.text for row in rows if not row.shared)
    apart = " ".join(row.text for row in rows if row.shared)
    reference = [sentence.text for sentence in sentences]
    assert wer(reference, own).errors <= 2
    if mode == "separate":
        assert wer(reference, apart).errors <= 2
        session.refresh_from_db()
        assert session.has_shared
    else:
        assert apart == ""


@pytest.mark.parametrize("mode", ["switch", "separate", "mix"])
def test_two_people_with_a_device_each_are_recovered(mode: str, settings: Any, tmp_path: Path) -> None:
    settings.UPLOAD_DIR = tmp_path / "uploads"
    sentences = SENTENCES[:4]
    speech = load_pcm("note-en-us")[: (sentences[-1].end_ms + 500) * 16]
    # The first one says two sentences, then the second one two others.
    middle = (sentences[1].end_ms + sentences[2].start_ms) // 2 * 16
    first, second = speech.copy(), speech.copy()
    first[middle:] = second[:middle] = 0
    session = lost(mode, first, second, 14_000)
    assert recovery.recover_all()
    rows = list(session.utterances.with_text().in_time())
    both = [[row.text for row in rows if row.shared == shared] for shared in (False, True)]
    said = [sentence.text for sentence in sentences]
    expected = [said[:2], said[2:]] if mode == "separate" else [said, []]
    for told, found in zip(expected, both, strict=True):
        assert len(told) == len(found)
        assert not told or wer(told, " ".join(found)).errors <= 1
