"""What a transcript becomes when its recording was heard as a whole: its words and borders, and nothing less."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from captions.second_pass.comparing import Difference, Standing
from captions.second_pass.rewriting import rewritten
from captions.speech.coverage import UNCLEAR
from captions.speech.passage import Passage
from captions.speech.types import Word, join
from tests.factories import words_of as timed

from .test_comparing import heard, standing, texts


def read(old: Sequence[Standing], differences: Sequence[Difference]) -> list[str]:
    """The transcript with all differences taken."""
    rows = {number: (row.start_ms, row.text) for number, row in enumerate(old)}
    added = []
    for part in (part for difference in differences for part in difference):
        if part.of is None:
            added.append((part.start_ms, part.text))
        else:
            rows[part.of] = (part.start_ms, part.text)
    return [text for _, text in sorted([*rows.values(), *added]) if text]


def test_what_reads_the_same_is_no_difference() -> None:
    old = [standing("We met at nine.", 0), standing("All was fine.", 2_000)]
    assert rewritten(old, [heard("We met at nine.", 80), heard("All was fine.", 2_050)]) == []


def test_marks_and_case_are_taken_over_too() -> None:
    old = [standing("we met at nine", 0), standing("All was fine.", 2_000)]
    new = [heard("We met at nine.", 80), heard("All was fine.", 2_050)]
    ((part,),) = rewritten(old, new)
    assert (part.of, part.text, part.start_ms, part.words) == (0, "We met at nine.", 0, new[0].words)


def test_a_sentence_that_was_cut_in_two_becomes_one() -> None:
    old = [standing("Had he married.", 0), standing("A more amiable woman.", 1_500), standing("Yes.", 6_000)]
    new = [heard("Had he married a more amiable woman.", 0, 400), heard("Yes.", 6_000)]
    ((first, second),) = rewritten(old, new)
    assert {first.of, second.of} == {0, 1}
    assert read(old, rewritten(old, new)) == ["Had he married a more amiable woman.", "Yes."]


def test_two_sentences_in_one_row_become_two() -> None:
    old = [standing("He was. he might even have been.", 0)]
    new = [heard("He was.", 0), heard("He might even have been.", 400)]
    assert read(old, rewritten(old, new)) == ["He was.", "He might even have been."]
    ((first, second),) = texts(rewritten(old, new))
    assert (first[0], second[0]) == (0, None), "the row stays where it begins"


def test_what_was_missed_is_added_and_what_is_not_heard_again_stays() -> None:
    old = [standing("We met at nine.", 0), standing("Thank you.", 9_000)]
    new = [heard("We met at nine.", 0), heard("All was fine.", 4_000)]
    assert texts(rewritten(old, new)) == [[(None, "All was fine.")]]


def test_a_row_that_somebody_has_touched_stays_with_what_shares_a_sentence_with_it() -> None:
    old = [standing("We met.", 0), standing("At wine.", 400), standing("All was mine.", 4_000)]
    new = [heard("We met at nine.", 0), heard("All was fine.", 4_000)]
    assert texts(rewritten(old, new, {1})) == [[(2, "All was fine.")]]


def test_no_row_says_less_than_it_did() -> None:
    old = [standing("Zero zero zero zero zero one.", 0), standing("All was mine.", 4_000)]
    words = timed("All was", 4_000)
    unclear = (*words, Word(words[-1].end_ms, words[-1].end_ms + 200, f" {UNCLEAR}", 0.0))
    new = [heard("Zero.", 0, 1_000), Passage(4_000, 4_600, join(unclear), unclear)]
    assert rewritten(old, new) == []


@st.composite
def hearings(draw: st.DrawFn) -> tuple[list[str], list[Standing], list[Passage]]:
    """The same words at the same times, cut into rows at different places."""
    words = draw(st.lists(st.sampled_from(["alpha", "beta", "gamma"]), min_size=1, max_size=30))

    def cut() -> list[tuple[int, list[str]]]:
        ends = draw(st.sets(st.integers(1, len(words)), max_size=6)) | {len(words)}
        starts = [0, *sorted(ends)]
        return [(one * 200, words[one:other]) for one, other in pairwise(starts)]

    old = [standing(" ".join(said), at) for at, said in cut()]
    new = [heard(" ".join(said), at) for at, said in cut()]
    return words, old, new


@given(hearings(), st.sets(st.integers(0, 5)))
def test_no_word_is_lost_or_there_twice(
    hearing: tuple[list[str], list[Standing], list[Passage]], touched: set[int]
) -> None:
    words, old, new = hearing
    differences = rewritten(old, new, touched)
    assert " ".join(read(old, differences)).split() == words
    assert not touched & {part.of for difference in differences for part in difference}
