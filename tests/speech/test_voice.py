import pytest

from captions.speech.types import TimeRange
from captions.speech.voice import VoiceRanges, voiced_ranges


def test_voice_is_ranges_of_time():
    probabilities = [0.1] * 10 + [0.9] * 20 + [0.1] * 10 + [0.6] * 5 + [0.0] * 10
    assert voiced_ranges(probabilities) == [TimeRange(320, 960), TimeRange(1280, 1440)]


def test_a_click_is_no_voice_and_a_short_gap_no_pause():
    assert voiced_ranges([0.0, 0.9, 0.9] + [0.0] * 10) == []
    assert voiced_ranges([0.9] * 5 + [0.1] * 2 + [0.9] * 5) == [TimeRange(0, 384)]


def test_voice_goes_on_while_it_is_not_much_less_likely():
    assert voiced_ranges([0.9] * 3 + [0.4] * 7 + [0.1] * 5) == [TimeRange(0, 320)]
    assert voiced_ranges([0.4] * 10) == []


def test_it_does_not_matter_in_which_pieces_they_come():
    probabilities = ([0.9] * 7 + [0.1] * 6) * 9
    ranges = VoiceRanges(start_ms=1_000)
    found = [each for probability in probabilities for each in ranges.push([probability])]
    assert [*found, *ranges.flush()] == voiced_ranges(probabilities, start_ms=1_000)


def test_what_is_open_can_be_parted():
    ranges = VoiceRanges()
    ranges.push([0.9] * 100)
    assert ranges.split(1_000) == TimeRange(0, 1_000)
    assert ranges.open_since_ms == 1_000
    assert ranges.flush() == [TimeRange(1_000, 3_200)]
    with pytest.raises(ValueError, match="No voice"):
        ranges.split(2_000)
