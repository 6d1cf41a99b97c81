"""The measure of the faults: what counts as lost, doubled, out of order, and live."""

import pytest

from captions.benchmarks.corpus import TimedWord
from captions.benchmarks.livetest.wer import normalise
from tests.faults.score import heard, is_live, live_again, score, without_live

SAID = normalise(
    "If the reader will excuse me, I will say nothing of my antecedents, nor of the circumstances."
)
WORDS = [TimedWord(word, number * 500.0, number * 500.0 + 400) for number, word in enumerate(SAID)]
KNOWN = set(range(len(SAID)))


def without(start: int, end: int) -> list[str]:
    return SAID[:start] + SAID[end:]


def test_same_text_is_whole():
    assert score(
        WORDS,
        KNOWN,
        "If the reader will excuse me, I will say nothing of my antecedents, nor of the circumstances.",
    ).is_whole


def test_missing_words_are_lost_with_the_time_they_took():
    found = score(WORDS, KNOWN, " ".join(without(4, 7)))
    assert found.lost == ("excuse", "me", "i")
    assert found.lost_ms == pytest.approx(1400)


def test_last_words_are_lost_too():
    assert score(WORDS, KNOWN, " ".join(SAID[:-2])).lost == ("the", "circumstances")


def test_nothing_but_silence_loses_all():
    assert score(WORDS, KNOWN, "").lost == tuple(SAID)


def test_misheard_word_is_not_lost():
    assert score(WORDS, KNOWN, " ".join([*SAID[:4], "accuse", *SAID[5:]])).is_whole


def test_of_two_words_heard_as_one_the_other_is_lost():
    assert score(WORDS, KNOWN, " ".join([*SAID[:11], "antecedence", *SAID[13:]])).lost == ("my",)
    assert score(WORDS, KNOWN - {11}, " ".join([*SAID[:11], "antecedence", *SAID[13:]])).is_whole


def test_words_written_together_or_apart_are_whole():
    text = "If the reader willexcuse me, I will say nothing of my ante cedents, nor of the circumstances."
    assert score(WORDS, KNOWN, text).is_whole


def test_word_that_is_never_recognised_is_not_lost():
    assert score(WORDS, KNOWN - {4}, " ".join(without(4, 5))).is_whole


def test_repeated_words_are_doubled():
    found = score(WORDS, KNOWN, " ".join([*SAID[:7], *SAID[4:7], *SAID[7:]]))
    assert found.doubled == ("excuse", "me", "i")
    assert not found.lost
    assert score(WORDS, KNOWN, " ".join([*SAID[:6], "me", *SAID[6:]])).doubled == ("me",)


def test_invented_words_are_not_doubled():
    assert score(WORDS, KNOWN, " ".join([*SAID[:7], "thank", "you", *SAID[7:]])).is_whole


def test_piece_in_another_place_is_out_of_order():
    found = score(WORDS, KNOWN, " ".join([*SAID[:2], *SAID[6:], *SAID[2:6]]))
    assert found.disordered == ("reader", "will", "excuse", "me")
    assert not found.is_whole


def test_heard_is_what_has_a_counterpart():
    assert heard(SAID, " ".join(without(3, 5))) == KNOWN - {3, 4}


def test_text_is_live_if_its_last_words_were_just_said():
    assert is_live("If the reader will", WORDS, 2_000)
    assert not is_live("If the reader will", WORDS, 30_000)
    assert not is_live("", WORDS, 2_000)


def test_live_again_is_the_first_change_after_the_moment():
    shown = [
        (1_000.0, "if the reader"),
        (3_000.0, "if the reader"),
        (3_500.0, ""),
        (4_500.0, "excuse me i will"),
    ]
    assert live_again(shown, WORDS, 2_000) == 4_500
    assert live_again(shown, WORDS, 5_000) is None


def test_only_the_time_counts_in_which_text_was_not_live():
    shown = [(1_000.0, "if the reader will"), (2_000.0, ""), (4_500.0, "will excuse me i")]
    assert without_live(shown, WORDS, 1_500, 4_500) == 2_500
    assert without_live(shown, WORDS, 4_500, 5_000) == 0
