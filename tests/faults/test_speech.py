"""Speech without end: which words are said when."""

from itertools import pairwise

import pytest

from tests.faults.speech import Speech, joined
from tests.real_speech import FOLDER, needs_real_speech
from tests.speech_data import DATA


@pytest.fixture(scope="module")
def speech() -> Speech:
    return joined([DATA / "note-en-us.flac", DATA / "note-f2.flac"], "two")


def test_second_round_says_the_same_words_later(speech: Speech):
    first, second = speech.said(0, speech.round_ms), speech.said(speech.round_ms, 2 * speech.round_ms)
    assert [word.text for word in first] == [word.text for word in second]
    assert second[0].start_ms == first[0].start_ms + speech.round_ms
    assert len(speech.said(0, 2 * speech.round_ms)) == 2 * len(speech.words)
    assert all(left.start_ms <= right.start_ms for left, right in pairwise(first + second))


def test_middle_of_a_word_is_within_one_that_is_long(speech: Speech):
    at = speech.mid_word(speech.round_ms + 3_000)
    (word,) = [each for each in speech.said(0, 2 * speech.round_ms) if each.start_ms < at < each.end_ms]
    assert word.end_ms - word.start_ms >= 300
    assert at > speech.round_ms + 3_000


def test_pause_is_where_nobody_speaks(speech: Speech):
    first, last = speech.pauses[0], speech.pauses[-1]
    assert [speech.pause(at) for at in (0, first - 1, last)] == [first, first, first + speech.round_ms]
    assert len(speech.pauses) > 2
    for pause in speech.pauses:
        assert not [word for word in speech.words if word.start_ms < pause < word.end_ms]


@needs_real_speech
def test_number_of_a_poem_is_not_said():
    speech = joined([FOLDER / "en_sonnet1.flac"], "one")
    assert speech.words[0].text == "from"
    assert 0 < speech.words[0].start_ms < 2_000
