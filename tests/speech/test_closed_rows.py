import uuid

from captions.speech.closed_rows import ClosedRows
from captions.speech.endpointing import Endpointer
from captions.speech.live_events import Partial, Row
from captions.speech.live_settings import LiveSettings

from .words import spoken, text_of


def row(text: str, start_ms: int) -> Row:
    words = spoken(text, start_ms=start_ms)
    return Row(uuid.uuid4(), words, "en", words[-1].end_ms)


def ear(*voice: tuple[int, int], until_ms: int = 12_800) -> Endpointer:
    endpointer = Endpointer()
    for at_ms in range(0, until_ms, 32):
        is_voice = any(start_ms <= at_ms < end_ms for start_ms, end_ms in voice)
        endpointer.push(at_ms, at_ms + 32, 0.9 if is_voice else 0.1)
    return endpointer


def test_a_sentence_without_a_pause_does_not_wait() -> None:
    rows = ClosedRows(ear((960, 4_000)), LiveSettings(), uuid.uuid4)
    said = row("we meet at noon", 1_000)
    assert rows.push(said) == [said]
    assert not rows
    assert rows.request(12_800) is None


def test_no_sound_is_asked_for_from_before_the_beginning() -> None:
    rows = ClosedRows(ear((960, 1_600), (2_560, 3_200)), LiveSettings(), uuid.uuid4, start_ms=950)
    rows.push(row("we meet at noon and sing", 1_000))
    request = rows.request(12_800)
    assert request is not None
    assert request.start_ms == 950


def test_one_with_a_pause_is_heard_again_and_the_next_waits_for_it() -> None:
    rows = ClosedRows(ear((960, 1_600), (2_560, 3_200), (4_800, 6_400)), LiveSettings(), uuid.uuid4)
    paused = row("we meet at noon and sing", 1_000)
    following = row("Good", 5_000)
    assert paused.words[-1].end_ms > 2_560
    assert rows.push(paused) == []
    assert rows.push(following) == []
    request = rows.request(12_800)
    assert request is not None
    assert (request.row, request.prefix, request.urgent) == (paused.key, "", False)
    assert request.start_ms < 1_000
    assert request.end_ms > paused.words[-1].end_ms
    assert rows.take(following.key, ()) == []
    first, second = rows.take(paused.key, spoken("We meet at noon, and sing.", start_ms=1_000))
    assert isinstance(first, Row)
    assert text_of(first.words) == "We meet at noon, and sing."
    assert (first.key, second) == (paused.key, following)
    assert not rows


def test_what_cannot_be_heard_again_stays_as_it_is() -> None:
    rows = ClosedRows(ear((960, 1_600), (2_560, 3_200)), LiveSettings(), uuid.uuid4)
    paused = row("we meet at noon and sing", 1_000)
    rows.push(paused)
    (written,) = rows.take(paused.key, ())
    assert isinstance(written, Row)
    assert text_of(written.words) == "We meet at noon and sing"


def test_what_turns_out_to_be_two_sentences_becomes_two_rows() -> None:
    rows = ClosedRows(ear((960, 1_600), (2_560, 3_200)), LiveSettings(), uuid.uuid4)
    said = row("we meet at noon and we sing", 1_000)
    rows.push(said)
    shown, first, shown_next, second = rows.take(
        said.key, spoken("We meet at noon. And we sing.", start_ms=1_000)
    )
    assert isinstance(first, Row)
    assert isinstance(second, Row)
    assert [text_of(each.words) for each in (first, second)] == ["We meet at noon.", "And we sing."]
    assert first.key == said.key != second.key
    # The page parts the text before either is saved.
    assert shown == Partial(first.key, 1_000, "We meet at noon.", "")
    assert shown_next == Partial(second.key, second.words[0].start_ms, "And we sing.", "")


def test_a_sentence_that_was_heard_as_a_whole_while_it_was_open_is_not_heard_again() -> None:
    rows = ClosedRows(ear((960, 1_600), (2_560, 3_200)), LiveSettings(), uuid.uuid4)
    said = row("we meet at noon and sing", 1_000)
    assert rows.push(said, is_written=True) == [said]


def test_of_a_long_sentence_only_the_end_is_heard() -> None:
    settings = LiveSettings(row_ms=5_000)
    rows = ClosedRows(ear((960, 1_600), (2_560, 9_600)), settings, uuid.uuid4)
    said = row(" ".join(["word"] * 40), 1_000)
    rows.push(said)
    request = rows.request(12_800)
    assert request is not None
    assert request.end_ms - request.start_ms == 5_000
    assert request.start_ms > 1_000


def test_it_waits_until_somebody_pauses_or_it_has_waited_long() -> None:
    rows = ClosedRows(ear((960, 1_600), (2_560, 3_200)), LiveSettings(), uuid.uuid4)
    assert not rows.waits_since(20_000)
    said = row("we meet at noon and sing", 1_000)
    rows.push(said)
    assert not rows.waits_since(said.settled_ms - 1)
    assert rows.waits_since(said.settled_ms)
