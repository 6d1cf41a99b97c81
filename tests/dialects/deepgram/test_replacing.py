import pytest

from captions.dialects.deepgram.replacing import Heard, Replacement, replaced, words_of, written


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        (" Kiel,", "kiel"),
        ("“Don’t", "don’t"),
        (" 3.5%", "3.5"),
        (" $5", "$5"),
        (" —", "—"),
        ("ÉTÉ!", "été"),
        ("你好。", "你好"),
    ],
)
def test_a_word_is_bare(text: str, bare: str) -> None:
    assert Heard(text).bare == bare


@pytest.mark.parametrize(
    ("text", "pairs", "expected"),
    [
        ("Maren sails to Keel.", [("keel", "Kiel")], "Maren sails to Kiel."),
        ("The keel canal, today", [("keel", "Kiel"), ("keel canal", "Kiel Canal")], "The Kiel Canal, today"),
        ("Uh, I go, uh, home.", [("uh", "")], "I go, home."),
        ("a b a b", [("a", "b"), ("b", "a")], "b a b a"),
        ("one", [("one two", "12")], "one"),
        ("nothing", [], "nothing"),
    ],
)
def test_what_is_found_is_written_otherwise(text: str, pairs: list[tuple[str, str]], expected: str) -> None:
    assert written(replaced(words_of(text), [Replacement(*pair) for pair in pairs])) == expected


def test_what_is_put_is_one_word_with_the_times_of_what_was_found() -> None:
    heard = [Heard(" keel", 100, 200, 0.4), Heard(" canal.", 250, 400, 0.8)]
    [put] = replaced(heard, [Replacement("Keel Canal", "Kiel Canal")])
    assert (put.text, put.start_ms, put.end_ms) == (" Kiel Canal.", 100, 400)
    assert put.probability == pytest.approx(0.6)
