import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.core.vocabulary import (
    LONGEST_WORD,
    MOST_WORDS,
    EntryError,
    entries_among,
    joined,
    vocabulary_entry,
)
from captions.protocol.endpointing import Endpointing
from captions.speech.endpointing import EndpointSettings


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Ishbel", "Ishbel"),
        ("  Ishbel   Rendall ", "Ishbel Rendall"),
        ("cafe\u0301", "café"),
        ("C++", "C++"),
        ("نمی\u200cخواهم", "نمی\u200cخواهم"),
        ("a" * LONGEST_WORD, "a" * LONGEST_WORD),
    ],
)
def test_words_as_they_are_kept(text: str, kept: str) -> None:
    assert vocabulary_entry(text) == kept


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "neither a letter"),
        ("...", "neither a letter"),
        ("a" * (LONGEST_WORD + 1), "longer than 60"),
        ("two\nlines", "an invisible character"),
        ("nul\0", "an invisible character"),
        ("turned \u202e round", "an invisible character"),
        ("half \ud83d", "an invisible character"),
        ("<|endoftext|>", "the speech model uses for something else"),
    ],
)
def test_words_that_are_refused(text: str, reason: str) -> None:
    with pytest.raises(EntryError) as caught:
        vocabulary_entry(text)
    sentence = caught.value.of("Line 1")
    assert sentence.startswith("Line 1 ")
    assert reason in sentence
    assert not text.strip(".") or text not in sentence


@given(st.text(max_size=80))
def test_what_is_kept_is_safe_and_stays_as_it_is(text: str) -> None:
    try:
        word = vocabulary_entry(text)
    except EntryError:
        return
    assert vocabulary_entry(word) == word
    assert 0 < len(word) <= LONGEST_WORD
    assert word.encode("utf-8")
    assert not any(unicodedata.category(c) == "Cc" for c in word)


def test_vocabularies_are_joined_once_each_and_capped() -> None:
    assert joined(["b", "a"], ["a", "c"]) == ("b", "a", "c")
    own, account = [f"own {n}" for n in range(70)], [f"account {n}" for n in range(70)]
    assert joined(own, account) == (*own, *account[: MOST_WORDS - 70])


def test_what_is_wanted_goes_before_what_is_set() -> None:
    session, account = Endpointing(silence_ms=900), Endpointing(threshold=0.3, silence_ms=700)
    assert session.merge(account) == Endpointing(0.3, None, 900)
    assert session.merge(account).apply(EndpointSettings(prefix_ms=250)) == EndpointSettings(
        threshold=0.3, prefix_ms=250, silence_ms=900
    )
    assert Endpointing().apply(EndpointSettings()) == EndpointSettings()


def test_entries_that_cannot_be_are_left_out() -> None:
    assert entries_among([" Kiel ", "<|en|>", "…", "a" * (LONGEST_WORD + 1), "Ada"]) == ("Kiel", "Ada")
