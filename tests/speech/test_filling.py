from dataclasses import replace

from captions.speech.filling import filling
from captions.speech.types import Word, join
from tests.factories import words_of

SAID = "when the harbour lights came on we turned the boat around and waited for the tide to carry us in"
WORDS = words_of(SAID, 10_000, each_ms=300)


def moved(words: tuple[Word, ...], by_ms: int) -> list[Word]:
    return [word.shifted(by_ms) for word in words]


def test_only_the_words_of_the_outage_are_new_and_are_on_the_clock_of_the_others() -> None:
    saved = [*WORDS[:7], *WORDS[12:]]
    # The page believes that it is a fifth of a second earlier.
    heard = moved(WORDS, -200)
    first, second = filling([heard[:10], heard[10:]], saved).new
    assert (first, second) == (list(WORDS[7:10]), list(WORDS[10:12]))


def test_words_in_a_row_are_known_although_they_were_placed_seconds_away() -> None:
    heard = moved(WORDS, -2_800)
    found = filling([heard], [*WORDS[:7], *WORDS[12:]])
    assert found.new == [list(WORDS[7:12])]
    assert filling([heard], WORDS).new == [[]]


def test_a_phrase_that_is_said_again_long_after_is_new() -> None:
    again = moved(WORDS[:7], 9_000)
    assert filling([again], WORDS[:7]).new == [again]


def test_what_was_heard_differently_is_not_new() -> None:
    saved = [*words_of("when the arbor lights came on", 10_000, each_ms=300), *WORDS[12:]]
    assert join(filling([WORDS], saved).new[0]) == "we turned the boat around and"


def test_the_same_words_that_are_said_again_in_the_outage_are_new() -> None:
    again = [*WORDS[:4], *words_of("the harbour lights", 13_000, each_ms=300)]
    assert join(filling([again], WORDS[:4]).new[0]) == "the harbour lights"


def test_the_same_word_of_the_next_sentence_is_another_one() -> None:
    heard = words_of("what your country can do for you", 10_000, each_ms=250)
    saved = words_of("ask what you can do", 12_200, each_ms=250)
    assert filling([heard], saved).new == [list(heard)]
    assert filling([[*WORDS[:4], *moved(heard, 2_000)]], [*WORDS[:4], *moved(saved, 2_000)]).new == [
        moved(heard, 2_000)
    ]


def test_a_new_word_begins_when_the_saved_one_before_it_has_ended() -> None:
    late = replace(WORDS[6], end_ms=WORDS[6].end_ms + 90)
    (new,) = filling([WORDS[:9]], [*WORDS[:6], late]).new
    assert (new[0].start_ms, new[0].end_ms) == (late.end_ms, WORDS[7].end_ms)


def test_without_saved_words_all_are_new_and_stay_where_they_are() -> None:
    assert filling([WORDS[:2], WORDS[2:]], []).new == [list(WORDS[:2]), list(WORDS[2:])]


def test_a_word_that_an_outage_cut_off_is_taken_whole() -> None:
    end = Word(WORDS[11].start_ms + 150, WORDS[11].end_ms, " and", 0.4)
    heard = [*WORDS[:11], replace(WORDS[11], text=" stranded"), *WORDS[12:]]
    found = filling([heard], [*WORDS[:7], end, *WORDS[12:]])
    assert join(found.new[0]) == "turned the boat around stranded"
    assert found.pieces == [7]


def test_a_word_that_was_saved_whole_stays_however_it_is_heard_again() -> None:
    heard = [*WORDS[:6], replace(WORDS[6], text=" in"), *WORDS[7:12]]
    found = filling([heard], [*WORDS[:7], *WORDS[12:]])
    assert (join(found.new[0]), found.pieces) == ("turned the boat around and", [])


def test_the_last_word_before_a_pause_is_whole() -> None:
    short = replace(WORDS[6], end_ms=WORDS[6].start_ms + 150)
    heard = [*WORDS[:6], replace(WORDS[6], text=" in"), *moved(WORDS[7:12], 600)]
    assert filling([heard], [*WORDS[:6], short]).pieces == []
