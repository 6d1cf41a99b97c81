import re

from hypothesis import given
from hypothesis import strategies as st

from captions.core import token_text


def test_a_token_is_whole_and_new_each_time() -> None:
    first, second = token_text.new(), token_text.new()
    assert re.fullmatch(r"wsp_[0-9A-Za-z]{42}", first)
    assert first != second
    assert token_text.is_whole(first)
    assert len(token_text.digest(first)) == 32
    assert first.encode() not in token_text.digest(first)


@given(place=st.integers(4, 45), letter=st.sampled_from("0123456789ABCxyz"))
def test_a_wrong_letter_is_noticed(place: int, letter: str) -> None:
    text = "wsp_" + "q" * 36 + token_text._check("q" * 36)
    wrong = text[:place] + letter + text[place + 1 :]
    assert token_text.is_whole(wrong) == (wrong == text)


def test_what_is_no_token_is_not_whole() -> None:
    text = token_text.new()
    for wrong in (
        "",
        "wsp_",
        text[:-1],
        text + "0",
        text[4:],
        f" {text}",
        text.replace("wsp_", "sk-_"),
        "é" * 46,
    ):
        assert not token_text.is_whole(wrong), wrong
