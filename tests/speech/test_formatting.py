import pytest

from captions.speech.formatting import capitalised, formatted

from .words import spoken, text_of


@pytest.mark.parametrize(
    ("words", "heard", "written"),
    [
        ("We meet at noon and I sing", "we meet at noon, and I sing.", "We meet at noon, and I sing."),
        ("We meet at noon. And I sing.", "we greet at noon, and I sing", "We meet at noon, and I sing"),
        ("We meet at noon.", "We meet at noon, and then", "We meet at noon."),
        ("We meet at noon or so", "We meet at noon.", "We meet at noon or so"),
        ("We meet", "", "We meet"),
        ("", "We meet", ""),
    ],
)
def test_the_words_stay_and_are_written_as_they_were_heard(words: str, heard: str, written: str) -> None:
    assert text_of(formatted(spoken(words), spoken(heard))) == written


def test_times_and_probabilities_stay() -> None:
    words = spoken("we meet", start_ms=500)
    again = formatted(words, spoken("We meet."))
    assert [(word.start_ms, word.end_ms) for word in again] == [
        (word.start_ms, word.end_ms) for word in words
    ]


@pytest.mark.parametrize(
    ("word", "capital"),
    [
        (" we", " We"),
        (" iPhone", " iPhone"),
        (' "we', ' "We'),
        ("正", "正"),
        (" 3rd", " 3rd"),
        ("", ""),
        (" [unclear]", " [unclear]"),
    ],
)
def test_a_sentence_begins_with_a_capital(word: str, capital: str) -> None:
    assert capitalised(word) == capital


def test_a_word_behind_one_that_is_heard_otherwise_begins_no_sentence() -> None:
    said = spoken("selfish is to be all disposed, had he married a woman")
    heard = spoken("Selfish is to be ill-disposed. Had he married a woman.")
    assert text_of(formatted(said, heard)) == "Selfish is to be all disposed, had he married a woman."
    ended = spoken("selfish is to be all disposed. had he married a woman")
    assert text_of(formatted(ended, heard)) == "Selfish is to be all disposed. Had he married a woman."
