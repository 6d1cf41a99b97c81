import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.benchmarks import scoring
from captions.benchmarks.errors import BenchError
from captions.benchmarks.livetest.wer import wer
from captions.benchmarks.scoring import (
    Borders,
    Errors,
    borders,
    formatted_errors,
    pooled_borders,
    pooled_errors,
    sentence_ends,
    sentences_of,
    word_errors,
)

SAID = "Mr. Quilter has 25 apples. He isn't sure, is he? No."


def test_words_are_compared_as_openai_compares_them() -> None:
    assert (
        word_errors(SAID, "mister quilter has twenty five apples uh he is not sure is he no", "en").count == 0
    )
    found = word_errors("one cat sat here", "one dog sat down here", "en")
    assert (found.wrong, found.missing, found.added, found.total) == (1, 0, 1, 4)
    assert word_errors("one cat sat", "one sat", "en") == Errors(missing=1, total=3)
    assert word_errors("", "something", "en").rate is None


_texts = st.lists(st.sampled_from("abcd"), max_size=12).map(" ".join)


@given(_texts, _texts)
def test_errors_are_as_few_as_an_alignment_has(reference: str, heard: str) -> None:
    assert formatted_errors(reference, heard, "en").count == wer([reference], heard).errors


@pytest.mark.parametrize("missing", ["jiwer", "whisper_normalizer"])
def test_what_words_are_compared_with_may_have_to_be_installed(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scoring.check_installed()
    monkeypatch.setattr(scoring, "find_spec", lambda name: None if name == missing else object())
    with pytest.raises(BenchError, match="install the extra `bench`"):
        scoring.check_installed()


def test_other_languages_keep_their_letters_and_some_are_counted_by_character() -> None:
    assert word_errors("Der Raum für alle", "der raum für alle!", "de").count == 0
    assert word_errors("Der Raum für alle", "der raum fur alle", "de").count == 1
    assert word_errors("広州市分析", "広州分折", "ja") == Errors(wrong=1, missing=1, total=5)
    assert word_errors("그는 이리저리", "그는이리저리", "ko").count == 0


def test_form_counts_case_and_punctuation_but_not_the_kind_of_a_mark() -> None:
    assert formatted_errors("He isn’t sure - no…", "He isn't sure – no...", "en").count == 0
    assert formatted_errors("He left. She stayed.", "He left, she stayed.", "en").count == 2
    assert formatted_errors("成立する。", "成立する", "ja") == Errors(missing=1, total=5)


def test_sentences_end_at_their_marks_and_not_after_a_title_or_a_number_before_them() -> None:
    assert sentence_ends(SAID, "en") == [5, 10]
    assert sentence_ends("1. From fairest creatures. We desire 12. Then", "en") == [4, 7]
    assert sentence_ends("He came from the U.S. and left. 'Why?' she asked.", "en") == [8, 9]
    assert sentence_ends("これはペンです。そうですか。", "ja") == [7]
    assert sentences_of(SAID, "en") == ["Mr. Quilter has 25 apples.", "He isn't sure, is he?", "No."]
    assert sentences_of("これは。そう。", "ja") == ["これは。", "そう。"]


def test_rows_are_right_where_they_end_with_a_sentence() -> None:
    whole = ["Mr. Quilter has 25 apples.", "He isn't sure, is he?", "No."]
    assert borders(SAID, whole, "en") == Borders(2, 2, 2)
    torn = ["Mr. Quilter has.", "25 apples.", "He isn't sure, is he? No."]
    assert borders(SAID, torn, "en") == Borders(1, 2, 2)
    assert borders(SAID, [" ".join(whole)], "en") == Borders(0, 0, 2)
    assert borders(SAID, [], "en") == Borders(0, 0, 2)


def test_a_border_among_missing_and_wrong_words_is_found() -> None:
    lacking = ["Mr. Quilter has 25", "isn't sure, is he?", "No."]
    assert borders(SAID, lacking, "en").right == 2
    wrong = ["Mr. Quilter has 25 maples.", "He isn't pure, is he?", "No."]
    assert borders(SAID, wrong, "en").right == 2
    added = ["Mr. Quilter has 25 apples there.", "And he isn't sure, is he?", "No."]
    assert borders(SAID, added, "en").right == 2


def test_rows_that_only_repeat_the_end_do_not_count() -> None:
    assert borders("One two. Three.", ["One two.", "Three.", "..."], "en") == Borders(1, 1, 1)


def test_pools_add_up() -> None:
    errors = pooled_errors([Errors(1, 0, 1, 10), Errors(0, 2, 0, 10)])
    assert errors.rate == pytest.approx(0.2)
    found = pooled_borders([Borders(1, 2, 2), Borders(2, 2, 4)])
    assert (found.precision, found.recall, found.f1) == (0.75, 0.5, 0.6)
    assert Borders().f1 is None
