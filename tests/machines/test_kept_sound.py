"""Sound that is missing in a recording is found, whatever silence stands in its place."""

import numpy as np

from tests.machines.kept_sound import missing_seconds
from tests.speech_data import SAMPLE_RATE, load_pcm

SAID = load_pcm("note-en-us")
BEFORE = np.zeros(3 * SAMPLE_RATE, np.int16)


def test_a_recording_with_all_of_it_misses_nothing() -> None:
    quieter = (SAID // 2).astype(np.int16)
    assert missing_seconds(SAID, np.concatenate([BEFORE, quieter])) == set()


def test_a_recording_may_begin_between_two_of_the_samples_that_are_compared() -> None:
    assert [missing_seconds(SAID, np.concatenate([BEFORE[late:], SAID])) for late in range(8)] == [set()] * 8


def test_what_was_left_out_and_filled_with_silence_is_missing() -> None:
    kept = SAID.copy()
    kept[5 * SAMPLE_RATE : 7 * SAMPLE_RATE] = 0
    missing = missing_seconds(SAID, np.concatenate([BEFORE, kept]))
    assert missing
    assert all(5 <= moment < 7 for moment in missing)


def test_a_little_more_or_less_of_a_pause_is_no_loss() -> None:
    pause = np.zeros(SAMPLE_RATE // 10, np.int16)
    kept = np.concatenate([BEFORE, SAID[: 8 * SAMPLE_RATE], pause, SAID[8 * SAMPLE_RATE :]])
    assert missing_seconds(SAID, kept) == set()


def test_the_end_is_missing_where_a_recording_ends_early() -> None:
    missing = missing_seconds(SAID, np.concatenate([BEFORE, SAID[: 12 * SAMPLE_RATE]]))
    assert missing
    assert min(missing) >= 11.5
