"""Texts are cut between the characters that people see."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.core.characters import bare, characters, cut, cut_start, shortened, space_between

FAMILY = "👨‍👩‍👧‍👦"
SEVERAL = ["e\u0301", "क्षि", "น้ำ", "မြန်", "ခ္ဂ", "각", "\u1100\u1161\u11a8", FAMILY, "🇩🇪", "👍🏽", "ஸ்ரீ"]


@pytest.mark.parametrize("character", SEVERAL)
def test_a_character_is_whole_or_left_out(character: str) -> None:
    text = f"ab{character}cd"
    for most in range(len(text) + 1):
        kept = cut(text, most)
        assert len(kept) <= most
        assert kept in ("", "a", "ab", f"ab{character}", f"ab{character}c", text) or _parts(character, kept)
        end = cut_start(text, most)
        assert len(end) <= most
        assert text.endswith(end)
        assert not end or not unicodedata.category(end[0]).startswith("M")


def _parts(character: str, kept: str) -> bool:
    """Whether only whole characters of a sample of several were kept."""
    whole = characters(character)
    return any(kept == "ab" + "".join(whole[:count]) for count in range(1, len(whole)))


def test_families_flags_and_skin_tones_are_one_character() -> None:
    assert characters(f"{FAMILY}🇩🇪👍🏽e\u0301") == [FAMILY, "🇩🇪", "👍🏽", "e\u0301"]
    assert cut(f"a{FAMILY}", 6) == "a"


def test_what_is_shortened_says_so() -> None:
    assert shortened("short", 5) == "short"
    assert shortened("a long one", 5) == "a lo…"
    assert shortened(f"ab {FAMILY}", 6) == "ab…"


@pytest.mark.parametrize(
    ("text", "inner"),
    [("“की,”", "की"), ("करें।", "करें"), ("(e\u0301)", "e\u0301"), ("...", ""), ("ຊື່!", "ຊື່"), ("it's", "it's")],
)
def test_marks_stay_with_their_letters(text: str, inner: str) -> None:
    assert bare(text) == inner


@pytest.mark.parametrize(
    ("before", "text", "between"),
    [
        ("We go.", "He comes.", " "),
        ("我们走。", "好吗", ""),
        ("我们走", "好吗", ""),
        ("カメラ", "です", ""),
        ("안녕하세요", "반갑습니다", " "),
        ("สวัสดี", "ครับ", " "),
        ("我们走", "OK", " "),
        ("Bye 👋", "👋 Hello", " "),
        ("", "好", " "),
    ],
)
def test_sentences_follow_each_other_as_their_script_has_it(before: str, text: str, between: str) -> None:
    assert space_between(before, text) == between


@given(st.text(), st.integers(0, 30))
def test_pieces_spell_the_text(text: str, most: int) -> None:
    assert "".join(characters(text)) == text
    assert text.startswith(cut(text, most))
    assert text.endswith(cut_start(text, most))
