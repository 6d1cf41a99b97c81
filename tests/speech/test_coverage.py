from hypothesis import given
from hypothesis import strategies as st

from captions.speech.coverage import fitted, is_unclear, plausible_ms, unclear, uncovered
from captions.speech.types import TimeRange, Word

from .words import spoken

VOICE = [TimeRange(0, 2_000), TimeRange(2_500, 6_000)]


def test_all_is_covered():
    words = (
        *spoken("one two three four five six"),
        *spoken("seven eight nine ten more words that follow", start_ms=2_500),
    )
    assert uncovered(VOICE, (*words, Word(4_900, 6_000, " extraordinarily", 0.9))) == []


def test_a_decode_that_stopped_early():
    assert uncovered(VOICE, spoken("one two three four")) == [TimeRange(1_350, 6_000)]
    assert uncovered(VOICE, ()) == [TimeRange(0, 6_000)]


def test_a_hole_in_the_middle():
    words = (*spoken("one two three"), *spoken("nine ten eleven", start_ms=5_000))
    assert uncovered(VOICE, words) == [TimeRange(1_050, 4_850)]


def test_pauses_and_moments_need_no_words():
    assert uncovered([TimeRange(0, 900), TimeRange(5_000, 5_400)], spoken("one two three")) == []


def test_a_word_stretched_over_what_was_left_out_covers_what_it_can():
    stretched = Word(0, 6_000, " so", 0.9)
    (hole,) = uncovered([TimeRange(0, 6_000)], [stretched])
    assert plausible_ms(" so") < hole.start_ms < hole.end_ms < 6_000 - plausible_ms(" so")


def test_a_syllabic_character_may_last_as_long_as_a_word():
    assert plausible_ms("会") > plausible_ms("so")


def test_what_is_unclear_is_covered():
    word = unclear(TimeRange(0, 6_000))
    assert is_unclear(word)
    assert not is_unclear(Word(0, 100, " [unclear]", 0.5))
    assert uncovered(VOICE, [word]) == []


def test_words_are_where_their_voice_is():
    words = [Word(500, 4_000, " so", 0.9), Word(4_000, 9_000, " far", 0.9), Word(9_000, 9_300, " off", 0.9)]
    assert fitted(words, VOICE) == (
        Word(500, 2_000, " so", 0.9),
        Word(4_000, 6_000, " far", 0.9),
        Word(9_000, 9_300, " off", 0.9),
    )


spans = st.lists(st.tuples(st.integers(1, 900), st.integers(1, 2_000)), max_size=12)


@given(spans, spans)
def test_what_is_uncovered_has_voice_and_no_word(pauses: list[tuple[int, int]], said: list[tuple[int, int]]):
    def placed(parts: list[tuple[int, int]]) -> list[TimeRange]:
        found, at = [], 0
        for pause, length in parts:
            found.append(TimeRange(at + pause, at + pause + length))
            at += pause + length
        return found

    voice = placed(pauses)
    words = [Word(each.start_ms, each.end_ms, " word", 0.9) for each in placed(said)]
    for hole in uncovered(voice, words):
        assert sum(each.overlap_ms(hole.start_ms, hole.end_ms) for each in voice) >= 500
        assert not any(
            hole.overlap_ms(word.start_ms, min(word.end_ms, word.start_ms + 500)) for word in words
        )
    assert uncovered(voice, [*words, *map(unclear, uncovered(voice, words))]) == []
