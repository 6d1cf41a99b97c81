"""Which cue comes next, from the rows of a session."""

from datetime import timedelta

import pytest
from django.utils import timezone

from captions.models import CaptionOutput, OutputKind, Session
from captions.outputs import youtube
from captions.outputs.due import Due, load, spoken_at
from captions.transcripts import trash
from tests.factories import make_utterance
from tests.outputs.conftest import add_output, running_session

URL = "http://127.0.0.1/closedcaption?cid=1"
LONG = " ".join(f"word{number:02}" for number in range(30))


@pytest.fixture
def session(db: None) -> Session:
    return running_session(clock_at=timezone.now())


@pytest.fixture
def output(session: Session) -> CaptionOutput:
    return add_output(session, URL)


def due(output: CaptionOutput) -> Due:
    found = load(output.pk, youtube.RULES, timezone.now())
    assert found is not None
    return found


def lines(output: CaptionOutput) -> tuple[str, ...] | None:
    cue = due(output).cue
    return cue.lines if cue else None


def take(output: CaptionOutput) -> None:
    """As if the service had taken the next cue."""
    found = due(output)
    assert found.cue
    assert found.output.advance(sent_seq=found.cue.sent_seq, sent_cues=found.cue.sent_cues)


def test_what_was_said_before_the_address_was_added_is_not_sent(session: Session) -> None:
    make_utterance(session, "Before.")
    output = add_output(session, URL)
    assert lines(output) is None
    make_utterance(session, "After.")
    assert lines(output) == ("After.",)


def test_each_sentence_comes_once_in_the_order_of_saving(session: Session, output: CaptionOutput) -> None:
    for text in ("One.", "Two.", "Three."):
        make_utterance(session, text)
    seen = []
    while (found := lines(output)) is not None:
        seen.append(found)
        take(output)
    assert seen == [("One.",), ("Two.",), ("Three.",)]
    output.refresh_from_db()
    assert (output.sent_seq, output.sent_cues) == (3, 0)


def test_a_long_sentence_comes_in_cues_of_two_short_lines(session: Session, output: CaptionOutput) -> None:
    make_utterance(session, LONG)
    cues = []
    while (found := due(output).cue) is not None:
        cues.append(found)
        take(output)
    assert len(cues) > 2
    assert all(len(cue.lines) <= 2 and max(map(len, cue.lines)) <= 37 for cue in cues)
    assert " ".join(line for cue in cues for line in cue.lines) == LONG
    times = [cue.spoken_at for cue in cues]
    assert times == sorted(times)
    assert [(cue.sent_seq, cue.sent_cues) for cue in cues] == [
        *[(0, number) for number in range(1, len(cues))],
        (1, 0),
    ]


def test_a_sentence_that_became_shorter_meanwhile_ends_there(session: Session, output: CaptionOutput) -> None:
    row = make_utterance(session, LONG)
    take(output)
    take(output)
    row.text, row.words = "Short.", []
    row.save()
    make_utterance(session, "Next.")
    assert lines(output) == ("Next.",)


def test_nothing_is_sent_of_deleted_words(session: Session, output: CaptionOutput) -> None:
    make_utterance(session, "")
    make_utterance(session, " ")
    make_utterance(session, "Said.")
    assert lines(output) == ("Said.",)
    output.refresh_from_db()
    assert output.sent_seq == 2


def test_a_correction_is_not_sent_again(session: Session, output: CaptionOutput) -> None:
    row = make_utterance(session, "Sed.")
    take(output)
    row.text, row.version = "Said.", 2
    row.save()
    assert lines(output) is None


def test_what_was_said_too_long_ago_is_passed_over(session: Session, output: CaptionOutput) -> None:
    now = timezone.now()
    session.clock_at = now - timedelta(minutes=10)
    for minutes in (4, 3, 1, 0):
        at_ms = int(timedelta(minutes=10 - minutes) / timedelta(milliseconds=1)) - 1_000
        make_utterance(
            session, f"{minutes} minutes ago.", start_ms=at_ms, created_at=now - timedelta(minutes=minutes)
        )
    assert lines(output) == ("1 minutes ago.",)
    take(output)
    assert lines(output) == ("0 minutes ago.",)


def test_when_it_was_said(session: Session) -> None:
    now = timezone.now()
    row = make_utterance(session, "Said.", start_ms=7_000, created_at=now)
    session.clock_ms, session.clock_at = 1_000, now - timedelta(seconds=8)
    assert spoken_at(session, row, 7_000) == now - timedelta(seconds=2)
    assert spoken_at(session, row, 60_000) == now, "never later than it was saved"
    session.clock_ms, session.clock_at = 8_000, None
    assert spoken_at(session, row, 7_000) == now - timedelta(seconds=1)


def test_only_a_dictation_that_goes_on_is_live(session: Session, output: CaptionOutput) -> None:
    assert due(output).live
    Session.objects.update(gen=0, clock_at=None)
    assert not due(output).live, "it has not begun"
    Session.objects.update(gen=1, ended_at=timezone.now())
    make_utterance(session, "The last words.", commit=False)
    assert not due(output).live
    assert lines(output) == ("The last words.",)


@pytest.mark.parametrize("reason", ["removed", "ended", "trashed", "leaving"])
def test_an_output_that_is_over(session: Session, output: CaptionOutput, reason: str) -> None:
    now = timezone.now()
    match reason:
        case "removed":
            output.delete()
            output.pk = 0
        case "ended":
            Session.objects.update(ended_at=now - timedelta(minutes=3))
        case "trashed":
            trash.delete(session.user, [session.pk], now)
        case "leaving":
            session.user.is_active = False
            session.user.save()
    assert load(output.pk, youtube.RULES, now) is None
    assert not CaptionOutput.objects.active(now).exists()


def test_who_comes_too_late_writes_nothing(output: CaptionOutput) -> None:
    other = CaptionOutput.objects.get()
    assert other.advance(next_number=2, sent_seq=1)
    assert not output.advance(next_number=2, sent_seq=5)
    output.refresh_from_db()
    assert (output.next_number, output.sent_seq, output.kind) == (2, 1, OutputKind.YOUTUBE)
