"""What a page recorded itself while it had no connection, and delivers afterwards."""

import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from captions.asr.offline.decoder import About
from captions.benchmarks.livetest.wer import wer
from captions.jobs.transcribing import Transcription
from captions.live import recovery
from captions.models import Session, TranscriptGap
from captions.recordings import delivered, joining
from captions.recordings.parts import parts_folder
from captions.speech.passage import Passage
from captions.speech.types import TimeRange, Word, join
from captions.transcripts.final_writer.saving import save
from tests.factories import make_session, make_user, words_of
from tests.live.test_recovery import SPEECH, _toy_model, final, texts, told
from tests.recordings.support import Session as Heard
from tests.recordings.support import keep, offsets_ms, played
from tests.speech_data import load_pcm, load_reference, to_wav

__all__ = ["_toy_model", "told"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound")]

REFERENCE = load_reference("note-en-us")
SENTENCES = REFERENCE.sentences[:3]
LENGTH_MS = 9_200
SOUND = load_pcm("note-en-us")[: LENGTH_MS * 16]
# The connection was lost in the pause after the first sentence, and is there again behind the last one.
LOST_MS = 3_000


@pytest.fixture
def recover_soon(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    asked: list[None] = []
    monkeypatch.setattr("captions.live.tape.views.recover_soon", lambda: asked.append(None))
    return asked


@pytest.fixture(params=[True, False], ids=["kept", "not kept"])
def session(request: pytest.FixtureRequest) -> Session:
    """One of the sentences was received and is saved; in the rest of the time nothing arrived."""
    session = make_session(
        make_user(), keep_sound=request.param, clock_ms=LENGTH_MS + 4_000, gen=2, language="en"
    )
    spoken = [word for word in REFERENCE.words if word.end_ms <= SENTENCES[0].end_ms]
    words = tuple(Word(word.start_ms, word.end_ms, f" {word.text}", 0.9) for word in spoken)
    record = final(session, SENTENCES[0].text, SENTENCES[0].start_ms)
    save([replace(record, words=words, end_ms=SENTENCES[0].end_ms)])
    Session.objects.update(settled_ms=LENGTH_MS + 2_000)
    session.refresh_from_db()
    session.note_outages([TimeRange(LOST_MS, LENGTH_MS)])
    if session.keep_sound:
        keep(session, Heard().take(SPEECH[: LOST_MS // 20]), Heard(start_ms=LENGTH_MS).take(SPEECH[:50]))
    return session


@pytest.fixture
def wav(tmp_path: Path) -> bytes:
    return to_wav(SOUND, tmp_path / "sound.wav").read_bytes()


@pytest.fixture
def page(client: Client, session: Session, recover_soon: list[None]) -> Client:
    client.force_login(session.user)
    return client


def deliver(page: Client, session: Session, body: bytes, **query: Any) -> Any:
    given = {"id": str(uuid.UUID(int=1)), "start_ms": 0, "end_ms": LENGTH_MS, **query}
    address = f"/sessions/{session.pk}/tape/?" + "&".join(f"{name}={value}" for name, value in given.items())
    return page.post(address, body, content_type="application/octet-stream")


def waiting(sound: Path) -> list[Path]:
    return [path for path in (sound / "live" / "delivered").rglob("*") if path.is_file()]


def test_the_words_of_an_outage_come_later_once_and_in_their_place(
    page: Client,
    session: Session,
    wav: bytes,
    sound: Path,
    told: list[dict[str, Any]],
    recover_soon: list[None],
) -> None:
    assert deliver(page, session, wav).status_code == 200
    assert len(recover_soon) == len(waiting(sound)) == 1
    assert recovery.recover_all() == len(SENTENCES) - 1
    rows = list(session.utterances.in_time())
    assert rows[0].text == SENTENCES[0].text
    for row, sentence in zip(rows[1:], SENTENCES[1:], strict=True):
        assert wer([sentence.text], row.text).errors <= 1
        assert row.start_ms == pytest.approx(sentence.start_ms, abs=300)
    assert [each["type"] for each in told] == ["final"] * (len(SENTENCES) - 1) + ["recovered"]
    session.refresh_from_db()
    assert session.outages == []
    # A page that has not heard of it yet says it again.
    session.note_outages([TimeRange(LOST_MS, LENGTH_MS), TimeRange(LENGTH_MS + 500, LENGTH_MS + 900)])
    assert session.outages == [[LENGTH_MS + 500, LENGTH_MS + 900]]
    assert waiting(sound) == []
    late = [part for part in parts_folder().parts(str(session.pk)) if part.is_late]
    assert len(late) == session.keep_sound


@pytest.mark.parametrize("has_ended", [False, True])
def test_a_page_is_told_of_the_piece_of_a_word_that_comes_whole(
    page: Client,
    session: Session,
    wav: bytes,
    told: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    has_ended: bool,
) -> None:
    said = words_of("and we turned the boat around stranded for the night", 4_000, each_ms=300)
    piece = Word(said[6].start_ms + 150, said[6].end_ms, " and", 0.4)
    after = final(session, "And for the night.", piece.start_ms)
    save([replace(after, words=(piece, *said[7:]), end_ms=said[-1].end_ms)])
    assert deliver(page, session, wav).status_code == 200
    if has_ended:
        Session.objects.update(ended_at=timezone.now())
    passage = Passage(said[0].start_ms, said[-1].end_ms, join(said), said, 0.9, "en")
    monkeypatch.setattr(
        recovery,
        "transcribe",
        lambda *args, **options: Transcription([passage], LENGTH_MS, 0, False, About()),
    )
    recovery.recover_all()
    changed = [each for each in told if each["type"] == "final" and each["version"] > 1]
    assert [(each["text"], len(each["words"])) for each in changed] == [("for the night", 3)]
    assert told[-1]["type"] == "recovered"


def test_a_delivery_that_is_repeated_changes_nothing(
    page: Client, session: Session, wav: bytes, sound: Path, recover_soon: list[None]
) -> None:
    assert deliver(page, session, wav).status_code == 200
    assert deliver(page, session, wav).status_code == 200
    recovery.recover_all()
    before = texts(session)
    within = {"id": uuid.uuid4(), "start_ms": 1_000, "end_ms": 4_000}
    assert deliver(page, session, b"not even looked at", **within).status_code == 200
    assert recovery.recover_all() == 0
    assert (texts(session), waiting(sound), len(recover_soon)) == (before, [], 1)


def test_delivered_sound_is_heard_where_nothing_else_was_recorded(
    page: Client, session: Session, wav: bytes
) -> None:
    deliver(page, session, wav)
    recovery.recover_all()
    Session.objects.update(ended_at=timezone.now())
    joining.finish_all()
    if not session.keep_sound:
        assert not hasattr(session, "recording")
        return
    file = played(session.recording.file.path)
    offsets = offsets_ms(SOUND.astype(float) / 32768, file)
    assert len(offsets) > 4
    assert max(map(abs, offsets)) < 40


def test_the_gap_that_a_worker_left_is_recovered_from_what_is_delivered(
    page: Client, session: Session, wav: bytes
) -> None:
    noted = {"start_ms": 2_900, "end_ms": LENGTH_MS - 100}
    TranscriptGap.objects.create(session=session, **noted)
    deliver(page, session, wav)
    assert [gap.delivery for gap in TranscriptGap.objects.all()] == [uuid.UUID(int=1)]


def test_sound_of_a_time_that_the_worker_still_hears_is_not_taken(
    page: Client, session: Session, wav: bytes, sound: Path
) -> None:
    Session.objects.update(settled_ms=LENGTH_MS - 100)
    answer = deliver(page, session, wav)
    assert (answer.status_code, waiting(sound)) == (409, [])
    Session.objects.update(ended_at=timezone.now())
    assert deliver(page, session, wav).status_code == 200


@pytest.mark.parametrize(
    ("body", "query", "status"),
    [
        (b"no sound", {}, 400),
        (None, {"end_ms": LENGTH_MS - 2_000}, 400),
        (None, {"end_ms": 61_000}, 400),
        (b"0" * 6_000_001, {}, 413),
    ],
)
def test_what_is_not_the_sound_of_its_time_is_refused_with_a_sentence(
    page: Client, session: Session, wav: bytes, sound: Path, body: bytes | None, query: Any, status: int
) -> None:
    answer = deliver(page, session, body if body is not None else wav, **query)
    assert answer.status_code == status
    assert answer.json()["message"].endswith(".")
    assert (waiting(sound), TranscriptGap.objects.count()) == ([], 0)


def test_only_its_owner_delivers_and_not_for_ever(page: Client, session: Session, wav: bytes) -> None:
    page.force_login(make_user())
    assert deliver(page, session, wav).status_code == 404
    page.force_login(session.user)
    Session.objects.update(ended_at=timezone.now() - timedelta(hours=25))
    assert deliver(page, session, wav).status_code == 410


def test_what_a_killed_process_left_is_settled_later(session: Session, sound: Path, wav: bytes) -> None:
    now = timezone.now()
    done, open_, stray = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    for delivery in (done, open_, stray):
        delivered.take(session.pk, delivery, wav, name="It", most_seconds=60)
    noted = {"session": session, "start_ms": 0, "end_ms": LENGTH_MS}
    TranscriptGap.objects.create(delivery=done, due_at=None, **noted)
    TranscriptGap.objects.create(delivery=open_, **noted)
    assert delivered.sweep(now) == 0
    assert delivered.sweep(now + timedelta(hours=2)) == 2
    assert waiting(sound) == [delivered.path_of(session.pk, open_)]
    session.delete()


def test_the_key_is_the_same_at_every_login_until_the_password_changes(client: Client) -> None:
    user, other = make_user(), make_user()

    def key() -> str:
        answer = client.post("/tape/key/")
        assert answer["Cache-Control"].count("no-store")
        return str(answer.json()["key"])

    client.force_login(user)
    first = key()
    assert key() == first
    client.force_login(other)
    assert key() != first
    user.set_password("another password for tests")
    user.save()
    client.force_login(user)
    assert key() != first


def test_the_gap_of_a_worker_waits_for_a_page_that_has_recorded_it(session: Session) -> None:
    now = timezone.now()
    Session.objects.update(settled_ms=2_900, keep_sound=True)
    Session.objects.take_over(session.pk, now, is_taped=True)
    assert TranscriptGap.objects.get().due_at == now + timedelta(seconds=30)
