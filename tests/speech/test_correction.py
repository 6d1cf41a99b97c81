from captions.speech.correction import is_as_likely
from captions.speech.types import Hypothesis, Word

from .words import spoken


def heard(text: str, *probabilities: float) -> Hypothesis:
    words = tuple(
        Word(word.start_ms, word.end_ms, word.text, probability)
        for word, probability in zip(spoken(text), probabilities, strict=True)
    )
    return Hypothesis(words, "en", 1.0, 0.0, -0.1, 1.0)


FREE = heard("we meet at noon", 0.9, 0.9, 0.9, 0.9)


def test_one_word_that_is_a_little_less_likely_is_kept():
    assert is_as_likely(heard("we meat at noon", 0.9, 0.7, 0.9, 0.9), FREE)
    assert is_as_likely(heard("we met", 0.95, 0.95), FREE)


def test_an_unlikely_word_is_corrected():
    assert not is_as_likely(heard("we meat at noon", 0.9, 0.4, 0.9, 0.9), FREE)
    assert not is_as_likely(heard("we meat at noon", 0.9, 0.0, 0.9, 0.9), FREE)


def test_a_final_that_hears_nothing_takes_doubtful_words_away_and_leaves_sure_ones():
    silent = heard("")
    assert not is_as_likely(heard("we meet", 0.6, 0.6), silent)
    assert is_as_likely(heard("we meet", 0.95, 0.95), silent)
    assert not is_as_likely(silent, FREE)
