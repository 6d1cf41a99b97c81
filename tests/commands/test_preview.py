"""What a page shows of a sentence that is still being spoken."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captions.commands.preview import previewed
from tests.commands.test_spoken import PHRASES, PLAIN


@pytest.mark.parametrize(
    ("stable", "tentative", "shown"),
    [
        ("Hello", "comma", ("Hello", ",")),
        ("Hello comma world", "", ("Hello, world", "")),
        ("Hello,", "comma", ("Hello", ",")),
        ("noon", "?", ("noon", "?")),
        ("he said", '"no" comma', ("he said", ' "no",')),
        # It may be a new line.
        ("Hello new", "", ("Hello", " new")),
        ("Hello new line", "and", ("Hello\n", "And")),
        ("it is cap", "river", ("it is", " River")),
        ("Two dogs", "and a piano", ("Two dogs", " and a piano")),
        ("", "Scratch that", ("", "Scratch that")),
        ("", "", ("", "")),
    ],
)
def test_marks_are_shown_as_they_will_be_written(stable: str, tentative: str, shown: tuple[str, str]) -> None:
    assert previewed(stable, tentative, "en") == shown


def test_other_languages_are_shown_as_heard() -> None:
    assert previewed("Hello comma", " x", "fr") == ("Hello comma", " x")


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*PLAIN, *PHRASES["en"]]), max_size=10).map(" ".join))
def test_stable_text_only_ever_grows(said: str) -> None:
    words = said.split()
    before = ""
    for count in range(len(words) + 1):
        stable = " ".join(words[:count])
        tentative = " ".join(words[count:])
        shown, _ = previewed(stable, tentative, "en")
        assert shown.startswith(before), (stable, before, shown)
        before = shown
