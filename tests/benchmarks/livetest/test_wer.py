from hypothesis import given
from hypothesis import strategies as st

from captions.benchmarks.livetest.wer import WerResult, align, normalise, wer


def test_case_punctuation_and_apostrophes_do_not_count() -> None:
    assert normalise("It’s twelve o'clock — well-known, ISN'T it?") == [
        "its", "twelve", "oclock", "well", "known", "isnt", "it",
    ]  # fmt: skip
    assert wer(["What", "time", "is", "it?"], "what time is it") == WerResult(0, 4)


def test_each_kind_of_error_counts_once() -> None:
    assert wer(["one", "two", "three"], "one too three") == WerResult(1, 3)
    assert wer(["one", "two", "three"], "one three") == WerResult(1, 3)
    assert wer(["one", "two", "three"], "one two and three") == WerResult(1, 3)
    assert wer(["one", "two", "three"], "") == WerResult(3, 3)
    assert wer(["one", "two", "three", "four"], "one too and three four").rate == 0.5


def test_empty_reference() -> None:
    assert wer([], "").rate == 0.0
    assert wer(["."], "invented").rate == 1.0


def test_alignment_says_who_is_missing() -> None:
    assert align(["a", "b", "c"], ["a", "c"]) == [(0, 0), (1, None), (2, 1)]
    assert align(["a"], ["a", "b"]) == [(0, 0), (None, 1)]


_words = st.lists(st.sampled_from("abcd"), max_size=12)


@given(_words, _words)
def test_errors_are_an_edit_distance(left: list[str], right: list[str]) -> None:
    there, back = wer(left, " ".join(right)).errors, wer(right, " ".join(left)).errors
    assert there == back
    assert abs(len(left) - len(right)) <= there <= max(len(left), len(right))
    assert (there == 0) == (left == right)
    pairs = align(left, right)
    assert [row for row, _ in pairs if row is not None] == list(range(len(left)))
    assert [column for _, column in pairs if column is not None] == list(range(len(right)))


def test_an_unfinished_hypothesis_fits_the_beginning() -> None:
    reference = ["a", "b", "a", "c"]
    assert align(reference, ["a"], unfinished=True) == [(0, 0)]
    assert align(reference, ["a", "b", "x"], unfinished=True) == [(0, 0), (1, 1), (None, 2)]
    assert align(reference, ["a", "b", "a"], unfinished=True) == [(0, 0), (1, 1), (2, 2)]
    assert align(reference, [], unfinished=True) == []
