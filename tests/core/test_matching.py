"""The bounded matcher finds what difflib finds, and stops where difflib would take minutes."""

from difflib import SequenceMatcher
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.core import matching
from captions.core.matching import BoundedMatcher

texts = st.text("abcd ", max_size=60)


@given(texts, texts)
def test_it_finds_what_difflib_finds(old: str, new: str) -> None:
    there = SequenceMatcher(None, old, new, autojunk=False)
    here = BoundedMatcher(old, new)
    assert here.get_matching_blocks() == there.get_matching_blocks()
    assert here.get_opcodes() == there.get_opcodes()


def test_of_what_repeats_itself_it_compares_only_so_much(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = ["a"] * 2_500, ["b", "a"] * 1_250
    spent: list[int] = []
    before: Any = SequenceMatcher.find_longest_match

    def noted(self: Any, old_from: int, old_to: int, *rest: int) -> Any:
        spent.append((old_to - old_from) * 1_250)
        return before(self, old_from, old_to, *rest)

    monkeypatch.setattr(SequenceMatcher, "find_longest_match", noted)
    blocks = BoundedMatcher(old, new).get_matching_blocks()
    assert sum(spent) <= matching._MOST_STEPS
    assert blocks[-1] == (2_500, 2_500, 0)
    codes = BoundedMatcher(old, new).get_opcodes()
    assert (codes[-1][2], codes[-1][4]) == (2_500, 2_500)
