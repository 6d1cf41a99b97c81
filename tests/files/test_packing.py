from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from captions.files.packing import MOST_SAMPLES, Pack, Utterance
from captions.speech.events import Voice
from captions.speech.types import SAMPLES_PER_MS, Word


def utterance(start_ms: int, length_ms: int) -> Utterance:
    """With 300 ms of silence around the voice."""
    audio = np.full(length_ms * SAMPLES_PER_MS, start_ms, np.float32)
    return Utterance(start_ms, audio, Voice(300, length_ms - 300))


def word(start_ms: int, end_ms: int, text: str = " so") -> Word:
    return Word(start_ms, end_ms, text, 0.9)


def test_a_pack_is_no_longer_than_what_a_model_hears_at_once() -> None:
    pack = Pack((utterance(0, 14_000),))
    assert pack.has_room_for(utterance(20_000, 16_000))
    assert not pack.has_room_for(utterance(20_000, 16_001))
    full = pack.plus(utterance(20_000, 16_000))
    assert full.samples == full.audio.size == MOST_SAMPLES
    assert full.samples == 30_000 * SAMPLES_PER_MS
    assert full.audio[14_000 * SAMPLES_PER_MS] == 20_000


def test_words_go_to_the_utterance_that_they_are_voiced_in() -> None:
    pack = Pack((utterance(0, 2_000), utterance(10_000, 2_000)))
    first, second = pack.parted(
        [
            word(300, 1_000),
            # Its end is where the next one begins, as models time words; and that one begins in the silence before.
            word(1_000, 1_750),
            word(1_750, 2_600),
            word(2_600, 3_600),
        ]
    )
    assert first == (word(300, 1_000), word(1_000, 1_750))
    assert second == (word(-250, 600), word(600, 1_600))


def test_a_word_without_voice_goes_to_the_nearest() -> None:
    pack = Pack((utterance(0, 2_000), utterance(10_000, 2_000), utterance(20_000, 2_000)))
    parts = pack.parted([word(1_800, 1_800), word(2_250, 2_250), word(6_500, 6_500)])
    assert [len(part) for part in parts] == [1, 1, 1]


_LENGTHS = st.lists(st.integers(700, 9_000), min_size=1, max_size=8)
_TIMES = st.lists(st.integers(0, 40_000), max_size=60)


@given(_LENGTHS, _TIMES)
def test_no_word_is_lost_doubled_or_moved_before_another(lengths: list[int], times: list[int]) -> None:
    pack = Pack(tuple(utterance(0, length) for length in lengths))
    times.sort()
    words = [word(a, b, f" {n}") for n, (a, b) in enumerate(pairwise(times))]
    parts = pack.parted(words)
    assert len(parts) == len(lengths)
    assert [each.text for part in parts for each in part] == [each.text for each in words]


@given(_LENGTHS, st.integers(0, 250))
def test_words_that_are_timed_well_enough_all_go_where_they_were_said(
    lengths: list[int], off_ms: int
) -> None:
    pack = Pack(tuple(utterance(0, length) for length in lengths))
    words, expected, start = [], [], 0
    for number, length in enumerate(lengths):
        first, last = start + 300, start + length - 300
        said = [word(max(0, at - off_ms), at + 100, f" {number}") for at in range(first, last - 99, 300)]
        words += said
        expected.append(len(said))
        start += length
    assert [len(part) for part in pack.parted(words)] == expected
