import json
import math
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from captions.models import Session, Utterance
from captions.models.shared_clock import shared_now
from captions.transcripts.final_writer import (
    DeviceNote,
    FinalRecord,
    FinalWriter,
    SessionUpdate,
    Translation,
    WriterFullError,
    saving,
)
from captions.transcripts.final_writer.spool import Spool
from captions.transcripts.speakers import speakers_named
from tests.factories import make_session, words_of

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Told:
    """What a recorder reported; `wait` returns once it has reported so much."""

    saved: list[tuple[FinalRecord, int]] = field(default_factory=list)
    rejected: list[tuple[FinalRecord, str]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def on_saved(self, record: FinalRecord, seq: int) -> None:
        # Committed by now, or the row would be hidden from other connections.
        with self.changed:
            self.saved.append((record, seq))
            self.changed.notify_all()

    def on_rejected(self, record: FinalRecord, reason: str) -> None:
        with self.changed:
            self.rejected.append((record, reason))
            self.changed.notify_all()

    def wait(self, count: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.saved) + len(self.rejected) >= count, 60)


def final(session: Session, text: str, *, start_ms: int = 0) -> FinalRecord:
    words = words_of(text, start_ms)
    return FinalRecord(session.pk, uuid.uuid4(), start_ms, start_ms + 900, text, words, 0.8, "en")


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def make_recorder(tmp_path: Path, told: Told) -> Iterator[Callable[..., FinalWriter]]:
    recorders = []

    def make(spool_dir: Path = tmp_path, **options: int) -> FinalWriter:
        recorder = FinalWriter(spool_dir, on_saved=told.on_saved, on_rejected=told.on_rejected, **options)
        recorders.append(recorder)
        recorder.start()
        return recorder

    yield make
    for recorder in recorders:
        recorder.close(60)


def test_finals_get_dense_numbers_in_their_order(
    make_recorder: Callable[..., FinalWriter], told: Told
) -> None:
    one, other = make_session(), make_session()
    recorder = make_recorder()
    for number in range(10):
        recorder.submit(
            final(one if number % 2 else other, f"sentence number {number}", start_ms=number * 1000)
        )
    told.wait(10)
    for session in (one, other):
        session.refresh_from_db()
        rows = list(session.utterances.order_by("seq"))
        assert [row.seq for row in rows] == [1, 2, 3, 4, 5]
        assert [row.start_ms for row in rows] == sorted(row.start_ms for row in rows)
        assert session.last_seq == 5
        assert session.word_count == 15
    assert [seq for _, seq in told.saved] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_a_final_is_kept_whole(make_recorder: Callable[..., FinalWriter], told: Told) -> None:
    session = make_session()
    record = final(session, "Two dogs and a piano.", start_ms=4_000)
    make_recorder().submit(record)
    told.wait(1)
    row = Utterance.objects.get()
    assert (row.key, row.start_ms, row.end_ms, row.text) == (
        record.key,
        4_000,
        4_900,
        "Two dogs and a piano.",
    )
    assert row.words[0] == {"text": " Two", "start_ms": 4_000, "end_ms": 4_200, "probability": 0.9}
    assert (row.confidence, row.language) == (0.8, "en")


def test_a_final_is_reported_only_when_others_can_see_it(tmp_path: Path) -> None:
    session = make_session()
    seen: list[bool] = []
    done = threading.Event()

    def on_saved(record: FinalRecord, seq: int) -> None:
        seen.append(Utterance.objects.using("default").filter(key=record.key).exists())
        done.set()

    recorder = FinalWriter(tmp_path, on_saved=on_saved, on_rejected=lambda record, reason: None)
    recorder.start()
    recorder.submit(final(session, "Visible."))
    assert done.wait(120)
    assert recorder.close(60)
    assert seen == [True]


def test_the_same_final_twice_is_saved_once(make_recorder: Callable[..., FinalWriter], told: Told) -> None:
    record = final(make_session(), "Once.")
    recorder = make_recorder()
    recorder.submit(record)
    recorder.submit(record)
    told.wait(2)
    recorder.submit(record)
    told.wait(3)
    assert [seq for _, seq in told.saved] == [1, 1, 1]
    assert Utterance.objects.count() == 1
    assert Session.objects.get().word_count == 1


def test_finals_of_a_deleted_session_are_rejected(
    make_recorder: Callable[..., FinalWriter], told: Told
) -> None:
    gone, there = make_session(), make_session()
    lost = final(gone, "Too late.")
    gone.erase()
    recorder = make_recorder()
    recorder.submit(lost)
    recorder.submit(final(there, "In time."))
    told.wait(2)
    assert told.rejected == [(lost, "deleted")]
    assert [row.text for row in Utterance.objects.all()] == ["In time."]


def test_what_cannot_be_stored_is_repaired_or_rejected_alone(
    make_recorder: Callable[..., FinalWriter], told: Told
) -> None:
    session = make_session()
    odd = replace(final(session, "nul \0 half \ud800"), confidence=math.nan, end_ms=0)
    impossible = replace(final(session, "beyond time"), start_ms=10**30, end_ms=10**30 + 1)
    stolen = replace(final(make_session(), "same key"), key=odd.key)
    recorder = make_recorder()
    for record in (odd, impossible, stolen, final(session, "fine")):
        recorder.submit(record)
    told.wait(4)
    assert told.rejected == [(impossible, "invalid"), (stolen, "invalid")]
    first, second = session.utterances.order_by("seq")
    assert (first.text, first.confidence, first.end_ms) == ("nul  half ?", None, 1)
    assert (second.seq, second.text) == (2, "fine")


def test_two_writers_of_one_session_share_its_numbers(
    make_recorder: Callable[..., FinalWriter], told: Told
) -> None:
    session = make_session()
    recorders = make_recorder(), make_recorder()
    for number in range(100):
        recorders[number % 2].submit(final(session, f"number {number}"))
    told.wait(100)
    assert sorted(session.utterances.values_list("seq", flat=True)) == list(range(1, 101))


def test_only_the_latest_state_is_written_with_what_earlier_ones_said_beyond_it(
    make_recorder: Callable[..., FinalWriter],
) -> None:
    session = make_session()
    now = timezone.now()
    recorder = make_recorder()
    recorder.touch(SessionUpdate(session.pk, 1_000, now, language="de"))
    recorder.touch(SessionUpdate(session.pk, 2_000, None, paused=True))
    recorder.touch(SessionUpdate(session.pk, 3_000, None, ended_at=now))
    assert recorder.close(60)
    session.refresh_from_db()
    assert (session.clock_ms, session.clock_at, session.language) == (3_000, None, "de")
    assert session.ended_at == now
    assert session.state == "ended"
    assert session.active_at >= now


@pytest.mark.parametrize("wrong", [timedelta(hours=1), timedelta(hours=-1)])
def test_the_clock_of_a_session_is_that_of_the_database(wrong: timedelta) -> None:
    """The next worker may be on another host, whose own clock differs from that of this one."""
    session = make_session()
    here = timezone.now() + wrong
    saving.update([SessionUpdate(session.pk, 5_000, here - timedelta(seconds=10))], here)
    session.refresh_from_db()
    assert 15_000 <= session.clock_now(shared_now()) < 75_000
    assert session.active_at - timezone.now() < timedelta(minutes=1)


def test_a_session_that_was_given_up_lives_on_when_it_speaks(
    make_recorder: Callable[..., FinalWriter],
) -> None:
    now = timezone.now()
    session = make_session(ended_at=now - timedelta(minutes=5))
    recorder = make_recorder()
    recorder.touch(SessionUpdate(session.pk, 5_000, now))
    assert recorder.close(60)
    session.refresh_from_db()
    assert session.state == "live"


def test_a_recorder_that_is_full_or_closed_says_so(tmp_path: Path, told: Told) -> None:
    session = make_session()
    recorder = FinalWriter(tmp_path, on_saved=told.on_saved, on_rejected=told.on_rejected, capacity=2)
    recorder.submit(final(session, "one"))
    recorder.submit(final(session, "two"))
    with pytest.raises(WriterFullError, match="2 finals wait"):
        recorder.submit(final(session, "three"))
    recorder.start()
    told.wait(2)
    assert recorder.close(60)
    with pytest.raises(WriterFullError, match="closed"):
        recorder.submit(final(session, "four"))


def test_a_callback_that_fails_does_not_stop_the_writing(tmp_path: Path) -> None:
    session = make_session()

    def fail(record: FinalRecord, seq: int) -> None:
        raise RuntimeError("no")

    recorder = FinalWriter(tmp_path, on_saved=fail, on_rejected=lambda record, reason: None)
    recorder.start()
    recorder.submit(final(session, "one"))
    recorder.submit(final(session, "two"))
    assert recorder.close(60)
    assert session.utterances.count() == 2


def test_whatever_fails_on_the_disk_does_not_stop_the_writing(
    make_recorder: Callable[..., FinalWriter], told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Spool, "append", lambda *_: 1 / 0)
    session = make_session()
    recorder = make_recorder()
    for number in (1, 2):
        recorder.submit(final(session, f"Sentence {number}."))
        told.wait(number)
    assert [seq for _, seq in told.saved] == [1, 2]


def test_nothing_stays_on_disk_once_it_is_saved(
    make_recorder: Callable[..., FinalWriter], tmp_path: Path
) -> None:
    recorder = make_recorder()
    (spool,) = tmp_path.iterdir()
    assert spool.stat().st_mode & 0o777 == 0o600
    recorder.submit(final(make_session(), "Saved."))
    assert recorder.close(60)
    assert list(tmp_path.iterdir()) == []


def test_what_a_dead_process_left_is_saved_despite_a_torn_end(
    make_recorder: Callable[..., FinalWriter], told: Told, tmp_path: Path
) -> None:
    session = make_session()
    left = [final(session, f"left {number}", start_ms=number * 1000) for number in range(3)]
    spool = Spool.create(tmp_path)
    spool.append(left)
    spool.release()
    with spool.path.open("ab") as file:
        file.write(left[0].to_json().encode()[:40])
    recorder = make_recorder()
    told.wait(3)
    assert [record for record, _ in told.saved] == left
    assert recorder.close(60)
    assert list(tmp_path.iterdir()) == []


def test_what_an_earlier_version_left_is_saved(
    make_recorder: Callable[..., FinalWriter], told: Told, tmp_path: Path
) -> None:
    """A line as it was written before lines could say how far the sound had reached."""
    session = make_session()
    key = uuid.uuid4()
    (tmp_path / "0123456789abcdef.jsonl").write_text(
        f'{{"session_id": "{session.pk}", "key": "{key}", "start_ms": 0, "end_ms": 900, "text": "Half \\ud83d.", '
        '"words": [{"start_ms": 0, "end_ms": 900, "text": " Half \\ud83d.", "probability": NaN}], '
        '"confidence": 1, "language": "en"}\n'
    )
    recorder = make_recorder()
    told.wait(1)
    ((record, _),) = told.saved
    assert (record.session_id, record.key, record.settled_ms) == (session.pk, key, None)
    assert (record.confidence, [word.text for word in record.words]) == (1.0, [" Half \ud83d."])
    assert recorder.close(60)
    assert session.utterances.get().text == "Half ?."
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "change",
    [{"session_id": "somewhere"}, {"start_ms": "0"}, {"words": [{"text": "one"}]}, {"text": None}],
)
def test_a_line_with_a_wrong_field_is_no_record(change: dict[str, object]) -> None:
    record = FinalRecord(uuid.uuid4(), uuid.uuid4(), 0, 900, "One.", (), None, "en", 900)
    assert FinalRecord.from_json(record.to_json()) == record
    with pytest.raises(ValueError, match=r"Invalid UUID|Expected|required"):
        FinalRecord.from_json(json.dumps(json.loads(record.to_json()) | change))


def test_what_a_living_process_has_on_disk_is_left_to_it(
    make_recorder: Callable[..., FinalWriter], told: Told, tmp_path: Path
) -> None:
    session = make_session()
    theirs = Spool.create(tmp_path)
    theirs.append([final(session, "theirs")])
    recorder = make_recorder()
    recorder.submit(final(session, "ours"))
    assert recorder.close(60)
    assert [record.text for record, _ in told.saved] == ["ours"]
    assert theirs.path.exists()
    theirs.release()


def test_a_damaged_spool_is_put_aside(
    make_recorder: Callable[..., FinalWriter], told: Told, tmp_path: Path
) -> None:
    session = make_session()
    spool = Spool.create(tmp_path)
    spool.append([final(session, "before")])
    spool.release()
    with spool.path.open("ab") as file:
        file.write(b"\xff\xfe not a record\n" + final(session, "after").to_json().encode() + b"\n")
    assert make_recorder().close(60)
    assert [record.text for record, _ in told.saved] == ["before", "after"]
    assert [path.suffix for path in tmp_path.iterdir()] == [".damaged"]


def test_a_translation_is_written_to_its_final_unless_that_was_deleted(
    make_recorder: Callable[..., FinalWriter], told: Told
) -> None:
    session, other = make_session(), make_session()
    records = [final(session, text) for text in ("Guten Morgen.", "Weg damit.", "Ende.")]
    recorder = make_recorder()
    for record in records:
        recorder.submit(record)
    told.wait(3)
    session.utterances.filter(key=records[1].key).update(text="")
    for record in records:
        translations = (Translation(record.key, "In English.\0"),)
        recorder.touch(SessionUpdate(session.pk, None, None, translations=translations))
        recorder.touch(SessionUpdate(other.pk, None, None, translations=translations))
    recorder.touch(SessionUpdate(session.pk, 3_000, None))
    assert recorder.close(60)
    written = session.utterances.order_by("seq").values_list("translation", flat=True)
    assert list(written) == ["In English.", "", "In English."]


def test_a_second_device_that_is_heard_apart_is_told_to_pages_once_that_is_saved() -> None:
    session, mixed = make_session(), make_session()
    told: list[Session] = []

    def note(sender: Session, **kwargs: Any) -> None:
        told.append(sender)

    speakers_named.connect(note)
    try:
        for each, mode in ((session, "separate"), (mixed, "mix")):
            devices = DeviceNote(mode, ((500, mode),))
            saving.update([SessionUpdate(each.pk, None, None, devices=devices)], timezone.now())
            saving.update([SessionUpdate(each.pk, 1_000, None)], timezone.now())
    finally:
        speakers_named.disconnect(note)
    assert told == [session]
    assert (told[0].has_shared, told[0].has_device_apart) == (True, True)


def test_what_comes_after_the_end_does_not_hide_that_a_session_was_continued() -> None:
    session = make_session(continuations=2)
    end = SessionUpdate(session.pk, 1_000, None, ended_at=timezone.now(), continuations=1)
    later = SessionUpdate(session.pk, None, None, translations=(Translation(uuid.uuid4(), "Late."),))
    saving.update([later.over(end)], timezone.now())
    session.refresh_from_db()
    assert session.ended_at is None
