"""Which places a wording finds, and what it makes of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.transcripts.differences import differences
from captions.transcripts.wording import Wording, correction


@pytest.mark.parametrize(
    ("wording", "text", "after"),
    [
        (
            Wording("purse her", "purser"),
            "The purse  her, PURSE HER. Purse her!",
            "The purser, PURSER. Purser!",
        ),
        (Wording("cat", "dog"), "A cat in a catalogue; bobcat, cat.", "A dog in a catalogue; bobcat, dog."),
        (Wording("cat", "dog", whole_words=False), "catalogue", "dogalogue"),
        (Wording("Cat", "Dog", match_case=True), "cat Cat CAT", "cat Dog CAT"),
        (Wording("ishbell", "Ishbel"), "ishbell", "Ishbel"),
        (Wording("it's", "it is"), "It’s so, it's.", "It is so, it is."),
        (Wording("天気", "電気"), "今日は天気だ", "今日は電気だ"),
        (Wording("a.b", r"\1"), "a.b axb", r"\1 axb"),
        (Wording("कर", "TAX"), "वे काम करें और कर दें", "वे काम करें और TAX दें"),
        (Wording("कि", "THAT"), "किताब कि कि।", "किताब THAT THAT।"),
        (Wording("cafe", "tea"), "cafe\u0301, cafe", "cafe\u0301, tea"),
        (
            Wording("e\u0301te\u0301", "summer"),
            "e\u0301te\u0301s, e\u0301te\u0301.",
            "e\u0301te\u0301s, summer.",
        ),
        (Wording("می", "x"), "می می‌خواهم", "x می‌خواهم"),
        (Wording("น้ำ", "ชา"), "ดื่มน้ำเย็น", "ดื่มชาเย็น"),
        (Wording("น", "x"), "นาน้ำนำ", "xาน้ำนำ"),
        (Wording("ကို", "x"), "ကိုက", "xက"),
        (Wording("세상", "누리"), "세상은", "누리은"),
        (Wording("$5", "£5"), "It cost $5.", "It cost £5."),
        (Wording(" ", "x"), "a b", "a b"),
    ],
)
def test_places(wording: Wording, text: str, after: str) -> None:
    assert wording.applied(text) == after
    assert (wording.places(text) > 0) == (text != after)


def test_what_is_right_already_is_no_place() -> None:
    assert Wording("stromness", "Stromness").places("Stromness stromness") == 1


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("The purse her, who", "The purser, who", ("purse her", "purser")),
        ("The purse her", "The purse her", None),
        ("The purse her", "The purse, her", None),
        ("one two three", "One two Three", None),
        ("one two", "one big two", None),
        ("in stromness.", "in Stromness.", ("stromness", "Stromness")),
        ("a b c d e f", "u v w x y z", None),
        ("यह “का” है", "यह “की” है", ("का", "की")),
    ],
)
def test_correction(before: str, after: str, expected: tuple[str, str] | None) -> None:
    assert correction(before, after) == expected


def test_differences_are_whole_characters() -> None:
    found = [(each.kind, each.text) for each in differences("ดื่มนำเย็น", "ดื่มน้ำเย็น")]
    assert found == [("same", "ดื่ม"), ("removed", "นำ"), ("added", "น้ำ"), ("same", "เย็น")]


_SIGNS = st.text(st.sampled_from("ab 今天.น\u0e49\u0e33\u3099\u0301"))


@given(_SIGNS, _SIGNS)
def test_differences_spell_both_texts(older: str, newer: str) -> None:
    found = differences(older, newer)
    assert "".join(each.text for each in found if each.kind != "added") == older
    assert "".join(each.text for each in found if each.kind != "removed") == newer
