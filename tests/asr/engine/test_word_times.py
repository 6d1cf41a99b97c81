from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from captions.asr.engine.word_times import Aligned, to_words


def spans(aligned: list[Aligned], length_ms: int = 10_000, **options: int) -> list[tuple[str, int, int]]:
    return [(word.text, word.start_ms, word.end_ms) for word in to_words(aligned, length_ms, **options)]


def test_good_times_stay() -> None:
    assert spans([Aligned(" Good", 300, 600, 0.9), Aligned(" day", 640, 900, 0.9)]) == [
        (" Good", 300, 600),
        (" day", 640, 900),
    ]


def test_closing_marks_join_the_word_before_and_take_no_time() -> None:
    assert spans(
        [Aligned(" day", 0, 400, 0.9), Aligned(".", 400, 2000, 0.2), Aligned("”", 2000, 2000, 0.2)]
    ) == [(" day.”", 0, 400)]
    assert to_words([Aligned(" day", 0, 400, 0.9), Aligned(".", 400, 2000, 0.2)], 2000)[0].probability == 0.9


def test_the_dash_of_a_word_that_breaks_off_is_no_word() -> None:
    for mark in ("-", "—", "...", "-,", "%"):
        assert spans([Aligned(" he", 0, 400, 0.9), Aligned(mark, 400, 800, 0.2)]) == [(f" he{mark}", 0, 400)]
    assert [text for text, *_ in spans([Aligned("今日", 0, 300, 1), Aligned("「", 300, 400, 1)])] == [
        "今日",
        "「",
    ]


def test_opening_marks_join_the_word_after() -> None:
    assert spans([Aligned(" she", 0, 200, 1), Aligned(" “", 200, 300, 1), Aligned("no", 300, 500, 1)]) == [
        (" she", 0, 200),
        (" “no", 300, 500),
    ]


def test_a_mark_inside_of_a_word_stays_there() -> None:
    assert [text for text, *_ in spans([Aligned(" o'clock", 0, 300, 1), Aligned(" 3.5", 300, 600, 1)])] == [
        " o'clock",
        " 3.5",
    ]


def test_what_follows_a_mark_inside_of_a_word_is_no_word_of_its_own() -> None:
    for first, rest in ((" o", "'clock."), (" well", "-known"), (" 3", ".5"), (" don", "’t")):
        (word,) = to_words([Aligned(first, 100, 300, 0.9), Aligned(rest, 320, 800, 0.7)], 1000)
        assert (word.text, word.start_ms, word.end_ms, word.probability) == (first + rest, 100, 800, 0.7)
    assert [text for text, *_ in spans([Aligned(" so", 0, 300, 1), Aligned(" 'cause", 300, 600, 1)])] == [
        " so",
        " 'cause",
    ]
    assert len(to_words([Aligned("今日", 0, 300, 1), Aligned("は", 300, 600, 1)], 1000)) == 2


def test_words_without_length_share_with_the_word_before() -> None:
    assert spans(
        [Aligned(" time", 480, 960, 1), Aligned(" is", 960, 960, 1), Aligned(" m", 960, 1100, 1)]
    ) == [
        (" time", 480, 779),
        (" is", 779, 960),
        (" m", 960, 1100),
    ]


def test_a_first_word_without_length_shares_with_the_word_after() -> None:
    assert spans([Aligned(" I", 0, 0, 1), Aligned(" shall", 0, 800, 1)]) == [
        (" I", 0, 200),
        (" shall", 200, 800),
    ]


def test_the_models_own_marks_trim_the_outer_words() -> None:
    aligned = [Aligned(" Good", 0, 600, 1), Aligned(" day", 600, 2400, 1)]
    assert spans(aligned, first_ms=300, last_ms=1000) == [(" Good", 300, 600), (" day", 600, 1000)]


def test_marks_that_would_leave_nothing_of_a_word_are_not_believed() -> None:
    aligned = [Aligned(" Good", 0, 600, 1), Aligned(" day", 600, 2400, 1)]
    assert spans(aligned, first_ms=700, last_ms=500) == spans(aligned)


def test_nothing_is_nothing() -> None:
    assert to_words([], 1000) == ()
    assert to_words([Aligned("", 0, 100, 1)], 1000) == ()


@st.composite
def alignments(draw: st.DrawFn) -> list[Aligned]:
    texts = st.sampled_from([" a", " word", "b", ".", "?”", " (", ' "', "-", "日", " ", "…"])
    times = sorted(draw(st.lists(st.integers(0, 3000), min_size=2, max_size=40)))
    return [Aligned(draw(texts), start, end, 0.5) for start, end in pairwise(times)]


@given(alignments(), st.integers(100, 3200), st.integers(0, 3000), st.integers(0, 3000))
def test_whatever_comes_the_words_are_in_order_and_have_length(
    aligned: list[Aligned], length_ms: int, first_ms: int, last_ms: int
) -> None:
    words = to_words(aligned, length_ms, first_ms=first_ms, last_ms=last_ms)
    assert "".join(word.text for word in words) == "".join(each.text for each in aligned)
    assert all(word.start_ms < word.end_ms for word in words)
    assert all(before.end_ms <= after.start_ms for before, after in pairwise(words))
    assert words[0].start_ms >= 0
    assert words[-1].end_ms <= length_ms
