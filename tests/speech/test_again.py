from captions.speech.again import Again, RetryRange
from captions.speech.coverage import is_unclear
from captions.speech.live_settings import LiveSettings
from captions.speech.types import TimeRange, Word

SETTINGS = LiveSettings(again_around_ms=(1_500, 200), tail_ms=400)
MISSED = RetryRange(TimeRange(4_000, 5_000))
SURE = (Word(4_100, 4_900, " noon", 0.9),)
DOUBTED = (Word(4_100, 4_900, " moon", 0.1),)


def again(*stretches: RetryRange) -> Again:
    made = Again(SETTINGS)
    made.extend(stretches)
    return made


def test_it_is_asked_for_with_sound_around_it_and_then_with_less() -> None:
    made = again(MISSED)
    first = made.request(0, 9_000)
    assert (first.start_ms, first.end_ms, first.again, first.urgent) == (2_500, 5_400, MISSED.range, True)
    assert made.take(()) is None
    assert made.request(0, 9_000).start_ms == 3_800


def test_it_reaches_neither_over_the_beginning_of_the_window_nor_over_what_was_heard() -> None:
    assert again(MISSED).request(3_000, 9_000).start_ms == 3_000
    assert again(MISSED).request(0, 5_100).end_ms == 5_100
    assert again(MISSED).request(6_000, 9_000).start_ms == 4_000, "the window begins later by now"


def test_words_that_are_sure_are_taken_and_the_next_stretch_is_tried_from_the_beginning() -> None:
    following = RetryRange(TimeRange(8_000, 9_000))
    made = again(MISSED, following)
    assert made.take(DOUBTED) is None
    assert made.take(SURE) == SURE
    assert made.first == following
    assert made.request(0, 9_000).start_ms == 6_500


def test_what_no_way_hears_is_unclear() -> None:
    made = again(MISSED)
    assert made.take(DOUBTED) is None
    (word,) = made.take(()) or ()
    assert is_unclear(word)
    assert (word.start_ms, word.end_ms) == (4_000, 5_000)
    assert not made
