import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from captions.asr.engine.base import EngineError
from captions.asr.offline.decoder import About
from captions.asr.offline.listener import Ended, Progress, listen
from captions.asr.offline.tracks import Track
from captions.models import Recording, Session, Upload, Utterance
from captions.models.upload import DONE, FAILED, RECEIVING, WORKING
from captions.recordings import joining
from captions.speech.origin import Origin
from captions.speech.passage import Passage
from captions.uploads import tidying, writing
from captions.uploads.folder import UploadFolder
from captions.uploads.receiving import leave_tracks
from tests.asr.offline.files import bare_mp3, guessed_length, joined, voice, write
from tests.conftest import REPOSITORY
from tests.factories import make_user, words_of
from tests.jobs.support import Worker, script
from tests.speech_data import load_reference
from tests.toy import TOY_MODEL

from .conftest import MakeUpload

pytestmark = pytest.mark.usefixtures("sound")

SENTENCES = load_reference("note-en-us").sentences[:2]


@pytest.fixture(autouse=True)
def _toy_model(settings: Any) -> None:
    settings.WHISPER_MODEL = TOY_MODEL
    settings.WHISPER_DEVICE = "cpu"


def passage(text: str = "Hello there.") -> Passage:
    words = words_of(text, 500)
    return Passage(500, words[-1].end_ms, text, words, 0.9, "en")


def test_a_file_becomes_a_session(
    make_upload: MakeUpload, folder: UploadFolder, two_sentences: bytes
) -> None:
    upload = make_upload(two_sentences, name="Two  sentences.wav", keep_sound=True)
    writing.write(upload.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.message, upload.duration_ms) == (DONE, "", 7_000)
    session = upload.session
    assert session is not None
    assert (session.user, session.source, session.title) == (upload.user, "file", "Two sentences")
    assert (session.state, session.clock_ms, session.last_seq) == ("ended", 7_000, 2)
    rows = list(session.utterances.in_time())
    assert [row.text for row in rows] == [sentence.text for sentence in SENTENCES]
    for row, sentence in zip(rows, SENTENCES, strict=True):
        assert row.start_ms == pytest.approx(sentence.start_ms, abs=300)
        assert [word["text"].strip() for word in row.words] == sentence.text.split()
    recording = Recording.objects.get(session=session)
    assert recording.duration_ms == 7_000
    assert recording.file.size == recording.size > 5_000
    assert list(folder.uploads()) == []


def test_a_transcript_knows_what_wrote_it(
    make_upload: MakeUpload, monkeypatch: pytest.MonkeyPatch, folder: UploadFolder
) -> None:
    upload = make_upload(b"sound")
    origin = Origin(("whisper-1 (a)", "base"), 5_000, "It is away.")
    script(monkeypatch, passage(), Ended(2_000, origin=origin))
    writing.write(upload.pk)
    session = Session.objects.get()
    assert (session.written_by, session.sent_ms) == (["whisper-1 (a)", "base"], 5_000)


def test_a_file_is_written_once_however_often_it_is_asked_for(
    make_upload: MakeUpload, monkeypatch: pytest.MonkeyPatch, folder: UploadFolder
) -> None:
    upload = make_upload(b"sound")
    jobs = script(monkeypatch, passage(), lambda: writing.write(upload.pk), Ended(2_000))
    writing.write(upload.pk)
    writing.write(upload.pk)
    assert len(jobs) == 1
    assert Session.objects.count() == Utterance.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_leaves_one_transcript_to_whoever_comes_next(
    make_upload: MakeUpload, folder: UploadFolder, some_minutes: bytes
) -> None:
    upload = make_upload(some_minutes)
    worker = Worker("captions.uploads.writing.write", upload.pk, UPLOAD_DIR=str(folder.folder))
    # While it works, nobody else does.
    writing.write(upload.pk)
    worker.kill()
    upload.refresh_from_db()
    assert (upload.state, upload.attempts) == (WORKING, 1)
    assert not Session.objects.exists()

    # Nobody knows yet that it is dead.
    writing.write(upload.pk)
    upload.refresh_from_db()
    assert upload.attempts == 1
    Upload.objects.update(due_at=timezone.now())
    writing.write(upload.pk)
    writing.write(upload.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.attempts) == (DONE, 2)
    assert Session.objects.get() == upload.session
    once = Utterance.objects.count()
    assert once
    writing.write(make_upload(some_minutes).pk)
    assert Utterance.objects.count() == 2 * once, "the same file has as many sentences whenever it is heard"


def test_what_cannot_be_read_is_said_to_its_person(make_upload: MakeUpload, folder: UploadFolder) -> None:
    upload = make_upload(b"Dear diary", name="diary.mp3")
    writing.write(upload.pk)
    upload.refresh_from_db()
    assert upload.state == FAILED
    assert upload.sentence == "diary.mp3 is not an audio or video file that can be read."
    assert not Session.objects.exists()
    assert list(folder.uploads()) == []


@pytest.mark.parametrize(("retryable", "tries"), [(True, 2), (False, 1)])
def test_what_fails_by_chance_is_tried_once_more(
    make_upload: MakeUpload, monkeypatch: pytest.MonkeyPatch, retryable: bool, tries: int
) -> None:
    upload = make_upload(b"sound")
    jobs = script(monkeypatch, passage(), EngineError("The device is gone.", retryable=retryable))
    writing.write(upload.pk)
    upload.refresh_from_db()
    assert len(jobs) == tries
    assert (upload.state, upload.attempts) == (FAILED, 1)
    assert upload.message.startswith("The server’s speech model is not working at the moment.")
    assert not Session.objects.exists()


def test_a_file_that_ends_one_worker_after_the_other_is_left_alone(
    make_upload: MakeUpload, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = make_upload(b"sound", state=WORKING, attempts=3)
    jobs = script(monkeypatch, Ended(1_000))
    writing.write(upload.pk)
    upload.refresh_from_db()
    assert jobs == []
    assert (upload.state, upload.sentence[:34]) == (FAILED, "Transcribing this file was interru")


def test_one_that_is_taken_back_is_not_written(
    make_upload: MakeUpload, monkeypatch: pytest.MonkeyPatch, folder: UploadFolder
) -> None:
    upload = make_upload(b"sound")
    take_back = lambda: Upload.objects.filter(pk=upload.pk).delete()  # noqa: E731
    script(
        monkeypatch,
        Progress(1_000, 9_000),
        passage(),
        take_back,
        Progress(2_000, 9_000),
        Ended(9_000),
    )
    writing.write(upload.pk)
    late = make_upload(b"sound")
    script(monkeypatch, passage(), lambda: Upload.objects.filter(pk=late.pk).delete(), Ended(9_000))
    writing.write(late.pk)
    writing.write(late.pk)
    assert not Session.objects.exists()
    assert list(folder.uploads()) == []


def test_progress_is_on_the_row(make_upload: MakeUpload, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = make_upload(b"sound")
    seen = []

    def look() -> None:
        row = Upload.objects.get(pk=upload.pk)
        seen.append((row.state, row.percent))

    script(monkeypatch, Progress(0, 9_000), look, Progress(3_000, 9_000), look, Ended(9_000))
    writing.write(upload.pk)
    assert seen == [(WORKING, None), (WORKING, 33)]


def test_silence_is_a_transcript_without_words(
    make_upload: MakeUpload, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(monkeypatch, Ended(9_000))
    writing.write(make_upload(b"sound").pk)
    assert Session.objects.get().clock_ms == 9_000


def test_what_is_missing_of_a_file_is_said_to_its_person(make_upload: MakeUpload) -> None:
    upload = make_upload((REPOSITORY / "tests/data/note-en-us.flac").read_bytes()[:100_000])
    writing.write(upload.pk)
    upload.refresh_from_db()
    assert upload.state == DONE
    assert re.fullmatch(r"Transcribed\. 0:1[123] of it could not be read\.", upload.sentence)


def test_a_file_that_is_not_there_is_said_to_be_gone(make_upload: MakeUpload, folder: UploadFolder) -> None:
    upload = make_upload(b"sound")
    folder.remove(upload.pk)
    writing.write(upload.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.message) == (
        FAILED,
        "The file is no longer on the server. Add it again.",
    )


def test_one_that_is_not_here_whole_is_left_alone(make_upload: MakeUpload, folder: UploadFolder) -> None:
    upload = make_upload(b"sound", state=RECEIVING, size=9, due_at=None)
    writing.write(upload.pk)
    upload.refresh_from_db()
    assert upload.state == RECEIVING
    assert folder.file(upload.pk).read_bytes() == b"sound"


def test_sound_that_could_not_be_kept_is_kept_the_next_time(
    make_upload: MakeUpload, folder: UploadFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = make_upload(b"sound", keep_sound=True)
    folder.opus(upload.pk, 1).write_bytes(b"opus")
    script(monkeypatch, passage(), Ended(9_000))

    def away(*args: Any) -> None:
        raise OSError("The bucket is away.")

    with monkeypatch.context() as patch:
        patch.setattr(joining, "keep", away)
        with pytest.raises(OSError, match="away"):
            writing.write(upload.pk)
    soon = timezone.now() + timedelta(minutes=1)
    assert Upload.objects.due(soon).exists(), "it is not tried again soon"
    Upload.objects.update(due_at=timezone.now())
    writing.write(upload.pk)
    assert Recording.objects.get().size == 4
    assert Session.objects.count() == 1
    assert list(folder.uploads()) == []


def test_a_model_that_cannot_be_loaded_is_an_error_of_the_engine(
    make_upload: MakeUpload, two_sentences: bytes, folder: UploadFolder, settings: Any
) -> None:
    settings.WHISPER_MODEL = "/no/such/model"
    with pytest.raises(EngineError, match="The model folder /no/such/model does not exist"):
        list(listen(writing._file(make_upload(two_sentences), folder)))


def test_what_failed_keeps_its_reason_where_its_worker_is_killed_at_that_moment(
    make_upload: MakeUpload, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = make_upload(b"Dear diary", name="diary.mp3")

    def killed(self: Upload, **values: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Upload, "finish", killed)
        with pytest.raises(KeyboardInterrupt):
            writing.write(upload.pk)
    upload.refresh_from_db()
    sentence = upload.sentence
    assert (upload.state, upload.is_pending) == (FAILED, True)
    Upload.objects.update(due_at=timezone.now())
    writing.write(upload.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.sentence, upload.is_pending) == (FAILED, sentence, False)


def test_one_that_waited_long_is_not_swept_up_before_its_sound_is_kept(
    make_upload: MakeUpload, folder: UploadFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = make_upload(b"sound", keep_sound=True, active_at=timezone.now() - timedelta(days=8))
    script(monkeypatch, lambda: folder.opus(upload.pk, 1).write_bytes(b"opus"), Ended(9_000))

    def away(*args: Any) -> None:
        raise OSError("The bucket is away.")

    monkeypatch.setattr(joining, "keep", away)
    with pytest.raises(OSError, match="away"):
        writing.write(upload.pk)
    tidying.sweep(timezone.now())
    assert Upload.objects.filter(pk=upload.pk).exists()
    assert folder.kept_opus(upload.pk).exists()


def test_nobody_else_comes_while_sound_is_being_stored(
    make_upload: MakeUpload, folder: UploadFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = make_upload(b"sound", keep_sound=True)
    script(monkeypatch, lambda: folder.opus(upload.pk, 1).write_bytes(b"opus"), Ended(9_000))
    stored = []

    def store(*args: Any) -> None:
        stored.append(1)
        assert not Upload.objects.due(timezone.now() + 5 * Upload.LEASE).exists()

    monkeypatch.setattr(joining, "keep", store)
    writing.write(upload.pk)
    assert stored == [1]


TRACKS = (Track(1, "ger", ""), Track(2, "eng", "Mic"))
ABOUT = About(9.0, TRACKS[1], 3, TRACKS)


def test_of_a_file_that_breaks_off_it_is_said_up_to_where_it_is_written(
    make_upload: MakeUpload, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = make_upload(b"sound")
    script(monkeypatch, passage(), Ended(372_000, broke_off=True))
    writing.write(upload.pk)
    upload.refresh_from_db()
    assert upload.state == DONE
    assert upload.sentence == "Transcribed up to 6:12. What comes after that could not be read."
    assert Session.objects.get().last_seq == 1


def test_a_file_whose_form_changes_is_transcribed_as_a_whole(make_upload: MakeUpload, tmp_path: Path) -> None:
    one = bare_mp3(tmp_path / "one.mp3", voice(7), rate=44_100, layout="stereo")
    other = bare_mp3(tmp_path / "other.mp3", voice(7), rate=48_000)
    upload = make_upload(joined(tmp_path / "both.mp3", one, other).read_bytes())
    writing.write(upload.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.message) == (DONE, "")
    assert upload.duration_ms == pytest.approx(14_000, abs=200)
    texts = [row.text for row in Session.objects.get().utterances.in_time()]
    assert len(texts) == 4
    assert texts[2:] == texts[:2]


def test_only_counted_sound_is_a_share_of_a_file(
    make_upload: MakeUpload, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LIMIT_UPLOAD_SECONDS = 40
    lengths = []
    once = Upload.progress

    def progress(self: Upload, now: Any, heard_ms: int, duration_ms: int) -> None:
        lengths.append(duration_ms)
        once(self, now, heard_ms, duration_ms)

    monkeypatch.setattr(Upload, "progress", progress)
    upload = make_upload(guessed_length(tmp_path / "voice.mp3").read_bytes())
    writing.write(upload.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.message) == (DONE, "")
    assert set(lengths) - {0} <= set(range(22_500, 23_600))


def test_the_file_stays_while_another_track_can_be_chosen(
    make_upload: MakeUpload, folder: UploadFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = make_upload(b"sound")
    script(monkeypatch, passage(), Ended(9_000, about=ABOUT))
    writing.write(upload.pk)
    upload.refresh_from_db()
    assert upload.heard_track == {"number": 2, "many": 3, "language": "eng", "title": "Mic"}
    assert upload.tracks == [{"number": 1, "many": 3, "language": "ger", "title": ""}]
    assert folder.file(upload.pk).exists()
    # The answer to a choice is not asked again.
    chosen = make_upload(b"sound", track=1)
    jobs = script(monkeypatch, passage(), Ended(9_000, about=About(9.0, TRACKS[0], 3, TRACKS)))
    writing.write(chosen.pk)
    chosen.refresh_from_db()
    assert jobs[0].file.track == 1
    assert (chosen.tracks, chosen.heard_track) == (
        [],
        {"number": 1, "many": 3, "language": "ger", "title": ""},
    )
    titles = [each.session and each.session.title for each in (upload, chosen)]
    assert titles == ["note", "note (Track 1, German)"]
    assert set(folder.uploads()) == {upload.pk}


@pytest.mark.django_db(transaction=True)
def test_sound_is_kept_although_the_other_tracks_are_declined_before_it_is(
    make_upload: MakeUpload, folder: UploadFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = make_upload(b"sound", keep_sound=True)
    script(
        monkeypatch,
        lambda: folder.opus(upload.pk, 1).write_bytes(b"opus"),
        passage(),
        Ended(9_000, about=ABOUT),
    )
    keep = joining.keep

    def declined(*args: Any, **values: Any) -> None:
        leave_tracks(Upload.objects.get(), [])
        keep(*args, **values)

    monkeypatch.setattr(joining, "keep", declined)
    writing.write(upload.pk)
    assert Recording.objects.get().size == 4
    assert list(folder.uploads()) == []


@pytest.mark.django_db(transaction=True)
def test_a_file_of_which_no_track_was_chosen_goes_after_some_hours(
    make_upload: MakeUpload, folder: UploadFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = make_upload(b"sound")
    script(monkeypatch, passage(), Ended(9_000, about=ABOUT))
    writing.write(upload.pk)
    tidying.sweep(timezone.now() + timedelta(hours=5))
    assert folder.file(upload.pk).exists()
    tidying.sweep(timezone.now() + timedelta(hours=7))
    upload.refresh_from_db()
    assert (upload.tracks, upload.choice_until, upload.state) == ([], None, DONE)
    assert list(folder.uploads()) == []


LONG_AGO = datetime(2024, 7, 1, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("dates", "modified", "created_at", "dated"),
    [
        (("2023-05-12T12:20:30Z",), LONG_AGO, datetime(2023, 5, 12, 12, 20, 30, tzinfo=UTC), "recorded"),
        (("2023-05-12 12:20:30",), None, datetime(2023, 5, 12, 10, 20, 30, tzinfo=UTC), "recorded"),
        (("2023-01-12 12:20:30",), None, datetime(2023, 1, 12, 11, 20, 30, tzinfo=UTC), "recorded"),
        (("1904-01-01T00:00:00Z", "2023"), LONG_AGO, LONG_AGO, "file"),
        ((), LONG_AGO, LONG_AGO, "file"),
        ((), datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), None, "added"),
        ((), None, None, "added"),
    ],
)
def test_a_file_is_filed_under_when_it_was_recorded(
    make_upload: MakeUpload,
    monkeypatch: pytest.MonkeyPatch,
    dates: tuple[str, ...],
    modified: datetime | None,
    created_at: datetime | None,
    dated: str,
) -> None:
    milliseconds = round(modified.timestamp() * 1000) if modified else 0
    upload = make_upload(b"sound", make_user(time_zone="Europe/Berlin"), modified=milliseconds)
    script(monkeypatch, passage(), Ended(9_000, about=About(dates=dates)))
    writing.write(upload.pk)
    session = Session.objects.get()
    assert (session.created_at, session.dated) == (created_at or upload.created_at, dated)
    # What counts from when it came does so still.
    assert timezone.now() - session.active_at < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("name", "codec", "tags"),
    [
        ("a.m4a", "aac", {"creation_time": "2023-05-12T10:20:30Z"}),
        ("a.mka", "flac", {"creation_time": "2023-05-12T10:20:30Z"}),
        ("a.mp3", "libmp3lame", {"date": "2023-05-12T12:20:30"}),
        ("a.opus", "libopus", {"date": "2023-05-12 12:20:30"}),
        ("a.wav", "pcm_s16le", {"origination_date": "2023-05-12", "origination_time": "12:20:30"}),
    ],
)
def test_files_of_every_kind_say_when_they_were_recorded(
    make_upload: MakeUpload, tmp_path: Path, name: str, codec: str, tags: dict[str, str]
) -> None:
    options = {"write_bext": "1"} if name == "a.wav" else {}
    path = write(tmp_path / name, voice(2), codec=codec, tags=tags, options=options)
    upload = make_upload(path.read_bytes(), make_user(time_zone="Europe/Berlin"), name=name)
    writing.write(upload.pk)
    session = Session.objects.get()
    assert session.created_at == datetime(2023, 5, 12, 10, 20, 30, tzinfo=UTC)
    assert session.get_dated_display() == "Recorded"
