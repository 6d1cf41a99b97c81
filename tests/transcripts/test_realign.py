"""Words keep their times under corrections."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.speech.types import Word, join
from captions.transcripts.realign import CERTAIN, in_text, realigned
from tests.factories import words_of

FERRY = words_of("The purse her who has made this crossing, said")


def _times(words: tuple[Word, ...]) -> list[tuple[str, int, int]]:
    return [(word.text, word.start_ms, word.end_ms) for word in words]


def test_what_is_left_alone_keeps_time_and_probability() -> None:
    words = realigned("The purser, who has made this crossing, said", FERRY, 0, 1_800)
    assert _times(words)[:3] == [(" The", 0, 200), (" purser,", 200, 600), (" who", 600, 800)]
    assert words[2:] == FERRY[3:]
    assert words[1].probability == CERTAIN


def test_case_and_punctuation_do_not_make_another_word() -> None:
    words = realigned("the purse. Her who has made this crossing: said", FERRY, 0, 1_800)
    assert [(word.start_ms, word.probability) for word in words] == [
        (word.start_ms, word.probability) for word in FERRY
    ]


def test_what_is_taken_out_leaves_a_gap_and_what_is_put_there_fills_it() -> None:
    shorter = realigned("The purse her who this crossing, said", FERRY, 0, 1_800)
    assert _times(shorter)[3:5] == [(" who", 600, 800), (" this", 1_200, 1_400)]
    again = realigned("The purse her who built this crossing, said", shorter, 0, 1_800)
    assert _times(again)[3:6] == [(" who", 600, 800), (" built", 800, 1_200), (" this", 1_200, 1_400)]


def test_what_is_put_where_there_is_no_gap_takes_from_a_neighbour() -> None:
    words = realigned("So The purse her who has really made this crossing, said", FERRY, 0, 1_800)
    assert _times(words)[:2] == [(" So", 0, 60), (" The", 60, 200)]
    assert _times(words)[5:8] == [(" has", 800, 900), (" really", 900, 1_000), (" made", 1_000, 1_200)]


def test_a_word_said_after_the_last_does_not_last_for_ever() -> None:
    words = realigned("The end now", words_of("The end"), 0, 20_000)
    assert _times(words)[-1] == (" now", 400, 640)


def test_parts_of_a_word_keep_their_times() -> None:
    percent = (Word(0, 300, " 50", 0.9), Word(300, 500, "%", 0.8), Word(500, 900, " off", 0.9))
    assert _times(realigned("51% off", percent, 0, 900)) == [
        (" 51", 0, 300),
        ("%", 300, 500),
        (" off", 500, 900),
    ]
    assert realigned("50% off", percent, 0, 900) == percent


def test_a_script_without_spaces() -> None:
    heard = (Word(0, 300, "今日", 0.9), Word(300, 500, "は", 0.9), Word(500, 900, "天気", 0.4))
    words = realigned("今日は電気", heard, 0, 900)
    assert words[:2] == heard[:2]
    assert _times(words)[2:] == [("電", 500, 700), ("気", 700, 900)]
    assert join(realigned("今日 は天気", heard, 0, 900)) == "今日 は天気"


def test_korean_words_stay_whole() -> None:
    words = realigned("저는 학교에 갔습니다", words_of("저는 집에 갔습니다"), 0, 600)
    assert [word.text for word in words] == [" 저는", " 학교에", " 갔습니다"]


def test_a_text_of_which_no_times_are_known_is_spread_out() -> None:
    assert _times(realigned("one three", (), 100, 900)) == [(" one", 100, 400), (" three", 400, 900)]
    assert realigned(" ", FERRY, 0, 1_800) == ()


@pytest.mark.parametrize("length", [3, 5_000])
def test_much_of_the_same_is_soon_done(length: int) -> None:
    heard = words_of("a b " * length, each_ms=1)
    assert join(realigned("b a c " * length, heard, 0, 60_000)) == in_text("b a c " * length)


_TEXT = st.text(st.sampled_from("ab,.'% \n今は天éßŁא\u0301-"), max_size=30)
_WORDS = st.lists(
    st.builds(
        Word,
        st.integers(-500, 4_000),
        st.integers(-500, 4_000),
        st.text(st.sampled_from(" ab,.%今は天"), max_size=5),
        st.floats(0, 1),
    ),
    max_size=8,
)


@given(_TEXT, _WORDS, st.integers(0, 500), st.integers(1, 3_000))
def test_whatever_is_written(text: str, heard: list[Word], start_ms: int, length_ms: int) -> None:
    """The words spell the text, run forwards and stay in the utterance."""
    words = realigned(text, heard, start_ms, start_ms + length_ms)
    # Without words there is nothing that line breaks could stand beside.
    assert not words or "".join(word.text for word in words).strip(" ") == in_text(text)
    assert words or not text.strip()
    clock = start_ms
    for word in words:
        assert clock <= word.start_ms <= word.end_ms
        assert word.text.strip()
        clock = word.end_ms
    assert clock <= start_ms + length_ms


def test_line_breaks_stand_before_the_word_that_they_precede() -> None:
    heard = words_of("to be or not")
    words = realigned("To be\nor\n\nnot\n", heard, 0, 800)
    assert [word.text for word in words] == [" To", " be", "\nor", "\n\nnot\n"]
    assert [word.start_ms for word in words] == [word.start_ms for word in heard]
    assert realigned("\nto be", heard, 0, 800)[0].text == "\nto"


@given(st.lists(st.sampled_from(["to", "be", "or", "not"]), min_size=1, max_size=12), st.data())
def test_one_correction_moves_no_other_word(texts: list[str], data: st.DataObject) -> None:
    heard = words_of(" ".join(texts))
    place = data.draw(st.integers(0, len(texts) - 1))
    written = [*texts[:place], "ferry", *texts[place + 1 :]]
    words = realigned(" ".join(written), heard, 0, heard[-1].end_ms)
    expected = list(heard)
    expected[place] = replace(expected[place], text=" ferry", probability=CERTAIN)
    assert list(words) == expected


@given(st.lists(st.sampled_from(["to", "be", "or", "not"]), min_size=1, max_size=12))
def test_a_text_that_did_not_change_changes_nothing(texts: list[str]) -> None:
    heard = words_of(" ".join(texts))
    assert realigned(" ".join(texts), heard, 0, heard[-1].end_ms) == heard
