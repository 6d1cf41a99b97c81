import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captions.core.replacements import Replacement
from captions.speech.types import Word
from captions.transcripts.changes import State
from captions.transcripts.realign import in_text
from captions.transcripts.replacing import as_set, written
from tests.factories import words_of


def state(text: str, start_ms: int = 1_000) -> State:
    words = words_of(text, start_ms)
    end_ms = words[-1].end_ms if words else start_ms + 1
    return State(text, [], start_ms, end_ms, None, corrected=False).with_words(words)


@pytest.mark.parametrize(
    ("text", "pairs", "expected"),
    [
        ("I met maren there.", [("maren", "Maren")], "I met Maren there."),
        ("Marengo and maren's boat", [("maren", "Maren")], "Marengo and Maren's boat"),
        ("Fifty percent", [("fifty percent", "50 %")], "50 %"),
        ("Ferry, ferry, FERRY", [("ferry", "boat")], "Boat, boat, BOAT"),
        ("the NASA and nasa", [("NASA", "Nasa")], "the Nasa and Nasa"),
        ("two  dogs", [("two dogs", "2 dogs")], "2 dogs"),
        ("don't", [("don’t", "do not")], "do not"),
        # Longest first, whatever their order; and nothing is replaced twice.
        ("New York Times", [("new york", "NY"), ("new york times", "NYT")], "NYT"),
        ("left right", [("left", "right"), ("right", "left")], "right left"),
        ("我爱北京", [("北京", "Beijing")], "我爱Beijing"),
        ("Nothing to do", [("maren", "Maren")], "Nothing to do"),
        ("a.b", [("a.b", "ab")], "ab"),
        ("axb", [("a.b", "ab")], "axb"),
    ],
)
def test_what_is_heard_is_written_as_wanted(text: str, pairs: list[tuple[str, str]], expected: str) -> None:
    assert written(text, [Replacement(*pair) for pair in pairs]) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello comma world", "Hello, world"),
        # Whisper has put marks itself.
        ("Hello, comma, world.", "Hello, world."),
        ("Hello. Comma. World period.", "Hello, World."),
        ("Hello period. and so on", "Hello. And so on"),
        ("Dear Anna comma new line thank you", "Dear Anna,\nThank you"),
        ("Dear Anna. New line. thank you, new line.", "Dear Anna.\nThank you,\n"),
        ("new paragraph", "\n\n"),
        ("see open bracket page 3 close bracket.", "see (page 3)."),
        ("see, open bracket, page 3, close bracket, then", "see, (page 3) then"),
        ("my name.", "Anna."),
        ("for example, and for example.", "e.g., and e.g."),
        ("smile now", ":-) now"),
        ("we dash went", "we – went"),
    ],
)
def test_marks_and_line_breaks_stand_as_people_write_them(text: str, expected: str) -> None:
    pairs = [
        ("comma", ","),
        ("period", "."),
        ("new line", "\n"),
        ("new paragraph", "\n\n"),
        ("open bracket", "("),
        ("close bracket", ")"),
        ("my name", "Anna."),
        ("for example", "e.g."),
        ("smile", ":-)"),
        ("dash", "–"),
    ]
    assert in_text(written(text, [Replacement(*pair) for pair in pairs])) == expected


def test_a_snippet_is_written_as_it_is() -> None:
    snippets = [Replacement("my address", "12 Main Road\nLeeds", is_snippet=True)]
    assert written("My address.", snippets) == "12 Main Road\nLeeds"
    assert written("Send it to my address.", snippets) == "Send it to 12 Main Road\nLeeds."
    assert written("MY ADDRESS IS", snippets) == "12 Main Road\nLeeds IS"


def test_line_breaks_leave_words_their_times() -> None:
    wanted = as_set(state("Dear Anna comma new line thank you"), [Replacement("comma new line", ",\n")])
    assert wanted is not None
    assert [(word.text, word.start_ms) for word in wanted.spoken()] == [
        (" Dear", 1_000),
        (" Anna,", 1_200),
        ("\nThank", 2_000),
        (" you", 2_200),
    ]


def test_words_that_stay_keep_their_times_and_the_new_ones_share_those_of_what_they_replace() -> None:
    heard = state("We saw fifty percent of it")
    wanted = as_set(heard, [Replacement("fifty percent", "50 %")])
    assert wanted is not None
    assert wanted.text == "We saw 50 % of it"
    assert wanted.corrected
    times = {word.text.strip(): (word.start_ms, word.end_ms) for word in wanted.spoken()}
    assert times["saw"] == (1_200, 1_400)
    assert times["of"] == (1_800, 2_000)
    assert (times["50"][0], times["%"][1]) == (1_400, 1_800)


def test_a_text_that_would_grow_too_long_is_left_as_it_was_heard() -> None:
    assert as_set(state("ha " * 200), [Replacement("ha", "x" * 200)]) is None


_letters = st.sampled_from("abAB éß不\t’'-.%→")
_texts = st.lists(st.text(_letters, min_size=1, max_size=6), max_size=12).map(" ".join)
_pairs = st.lists(
    st.builds(
        Replacement,
        st.text(_letters, min_size=1, max_size=5).filter(lambda text: any(map(str.isalnum, text))),
        st.text(_letters, min_size=1, max_size=8).map(in_text).filter(bool),
    ),
    max_size=5,
)


@settings(max_examples=150, deadline=None)
@given(_texts, _pairs)
def test_whatever_is_replaced(text: str, entries: list[Replacement]) -> None:
    heard = state(text)
    wanted = as_set(heard, entries)
    if wanted is None:
        assert in_text(written(text, entries)) == in_text(text)
        return
    words = wanted.spoken()
    assert wanted.text == in_text(written(text, entries)) != in_text(text)
    assert in_text("".join(word.text for word in words)) == wanted.text
    assert all(heard.start_ms <= word.start_ms <= word.end_ms <= heard.end_ms for word in words)
    assert [word.start_ms for word in words] == sorted(word.start_ms for word in words)


@settings(max_examples=150, deadline=None)
@given(_texts, _pairs)
def test_what_nobody_wants_replaced_is_left_alone(text: str, entries: list[Replacement]) -> None:
    entries = [each for each in entries if each.heard.casefold() not in text.casefold()]
    entries = [each for each in entries if not re.search("['’]|\\s", each.heard)]
    assert written(text, entries) == text


def test_times_of_a_word_are_a_word_s() -> None:
    wanted = as_set(state("colour"), [Replacement("colour", "color")])
    assert wanted is not None
    assert wanted.spoken() == (Word(1_000, 1_200, " color", 1.0),)
