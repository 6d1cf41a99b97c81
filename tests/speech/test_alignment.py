import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.speech.alignment import normalised, overlap_end
from captions.speech.types import Word

from .words import spoken, text_of


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (" Noon?", "noon"),
        (" “Hello”,", "hello"),
        (" o'clock.", "o'clock"),
        (" STRASSE", "strasse"),
        (" Straße", "strasse"),
        (" 5%", "5%"),
        (" £5", "£5"),
        (" …", "..."),
        (" ﬁne", "fine"),
        ("你好。", "你好"),
        ("", ""),
    ],
)
def test_case_and_edge_punctuation_do_not_count(text: str, plain: str):
    assert normalised(text) == plain


@pytest.mark.parametrize(
    ("stable", "decode", "rest"),
    [
        ("", "a new start", "a new start"),
        ("we meet", "we meet at noon", "at noon"),
        ("We meet", "we, meet at noon", "at noon"),
        ("we meet at noon", "we meet", ""),
        ("we meet at noon", "", ""),
        ("we meat at", "we meet at noon today", "noon today"),  # another word in its place
        ("we meet at", "we _ at noon today", "noon today"),  # a word less
        ("we meet _ noon", "we meet at noon today", "today"),  # a word more
        ("we eat", "we meet at noon", "at noon"),  # the last stable word itself is heard otherwise
        ("no", "no no no", "no no"),
        ("very very", "very very very good", "very good"),
    ],
)
def test_where_the_new_words_begin(stable: str, decode: str, rest: str):
    words = spoken(decode)
    assert text_of(words[overlap_end(spoken(stable), words) :]) == rest


def test_words_that_were_one_and_are_two_now():
    stable = (Word(0, 300, " an", 0.9), Word(300, 900, " icecream", 0.9))
    words = (
        Word(0, 300, " an", 0.9),
        Word(300, 500, " ice", 0.9),
        Word(500, 900, " cream", 0.9),
        Word(900, 1200, " is", 0.9),
    )
    assert text_of(words[overlap_end(stable, words) :]) == "is"


def test_words_that_were_two_and_are_one_now():
    stable = (Word(0, 200, " ice", 0.9), Word(200, 600, " cream", 0.9))
    words = (Word(0, 600, " icecream", 0.9), Word(600, 900, " is", 0.9))
    assert text_of(words[overlap_end(stable, words) :]) == "is"


def test_a_word_in_another_form_is_the_stable_one_though_most_of_it_lies_behind_that():
    stable = (*spoken("my fellow"), Word(600, 750, " Americans", 0.4))
    words = (*spoken("my fellow"), Word(620, 1_100, " America", 0.4), Word(1_100, 1_600, " asked", 0.6))
    assert text_of(words[overlap_end(stable, words) :]) == "asked"


def test_of_two_equal_words_the_one_at_the_right_time_is_the_stable_one():
    stable = spoken("the cat", start_ms=900)
    words = spoken("so the the cat the cat", start_ms=300)
    assert text_of(words[overlap_end(stable, words) :]) == "the cat"


def test_a_long_utterance_is_aligned_near_its_end():
    sentence = " ".join(f"word{index}" for index in range(80))
    heard = sentence.replace("word3 ", "ward three ").replace("word77", "world")
    stable, words = spoken(sentence), spoken(heard, each_ms=296)
    assert text_of((*words, *spoken("and more", start_ms=24_000))[overlap_end(stable, words) :]) == "and more"


def test_a_decode_that_has_nothing_in_common_only_counts_from_where_it_is_new():
    words = spoken("completely other words were heard here")
    assert text_of(words[overlap_end(spoken("we meet"), words) :]) == "words were heard here"


vocabulary = st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), max_size=12).map(" ".join)


@given(vocabulary, vocabulary, st.integers(100, 400))
def test_it_is_a_place_in_the_decode_and_exact_when_they_agree(one: str, other: str, each_ms: int):
    stable, words = spoken(one), spoken(other, each_ms=each_ms)
    assert 0 <= overlap_end(stable, words) <= len(words)
    longer = spoken(f"{one} {other}")
    assert overlap_end(stable, longer) == len(stable)


@given(st.data(), st.integers(1, 30), st.integers(0, 6), st.sampled_from(["replaced", "omitted", "added"]))
def test_one_word_heard_otherwise_neither_doubles_nor_drops_another(
    data: st.DataObject, count: int, more: int, change: str
):
    """Word times differ between decodes: by up to 100 ms here, a third of a word."""
    whole = spoken(" ".join(f"w{index}" for index in range(count + more)))
    drift = data.draw(st.lists(st.integers(-100, 100), min_size=len(whole), max_size=len(whole)))
    words = [word.shifted(by) for word, by in zip(whole, drift, strict=True)]
    at = data.draw(st.integers(0, count - 1))
    word = words[at]
    match change:
        case "replaced":
            words[at] = Word(word.start_ms, word.end_ms, " other", 0.5)
        case "omitted":
            del words[at]
        case _:
            words.insert(at, Word(word.start_ms - 100, word.start_ms, " other", 0.5))
    rest = words[overlap_end(whole[:count], words) :]
    assert rest == words[len(words) - more :]
