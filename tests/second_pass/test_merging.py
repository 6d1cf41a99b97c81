import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.second_pass.merging import merged
from captions.second_pass.spoken import Token, tokens_of, words_of
from captions.speech.types import join
from tests.factories import words_of as timed


def tokens(text: str) -> list[Token]:
    return tokens_of(timed(text), 0)


@pytest.mark.parametrize(
    ("stands", "first", "again", "text", "keeps", "overwrites"),
    [
        # The correction stays, what else was misheard is put right.
        ("met Maren at ate", "met marrow at ate", "met marrow at eight", "met Maren at eight", True, False),
        # Words that were put in by hand stay, and those that were taken out stay out.
        ("met old Maren at ate", "met Maren at ate", "met Maren at eight", "met old Maren at eight", True, False),
        ("we met at ate", "we met um at ate", "we met um at eight", "we met at eight", True, False),
        # Both have put it right.
        ("we met Maren", "we met marrow", "we met Maren", "we met Maren", False, False),
        # Each has made something else of it.
        ("we met Maren", "we met marrow", "we met Karen", "we met Karen", False, True),
        # Nobody knows how it read before.
        ("we met Maren", "", "we met Karen", "we met Karen", False, True),
        ("", "um", "um", "", True, False),
    ],
)  # fmt: skip
def test_corrections_stay(
    stands: str, first: str, again: str, text: str, keeps: bool, overwrites: bool
) -> None:
    both = merged(tokens(stands), tokens(first), tokens(again))
    assert join(words_of(both.tokens)) == text
    assert (both.keeps, both.overwrites) == (keeps, overwrites)


TEXTS = st.lists(st.sampled_from("abcd"), max_size=8).map(" ".join)


@given(TEXTS, TEXTS)
def test_who_alone_has_changed_something_is_right(one: str, other: str) -> None:
    assert join(words_of(merged(tokens(one), tokens(other), tokens(other)).tokens)) == one
    both = merged(tokens(one), tokens(one), tokens(other))
    assert join(words_of(both.tokens)) == other
    assert not both.overwrites
