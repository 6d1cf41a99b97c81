from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.speech.endpointing import Endpointer, EndpointSettings, VoiceState
from captions.speech.types import TimeRange

MS = 32
SILENT, ONSET, VOICED, PAUSED = VoiceState


class Feed:
    """Pushes windows one after the other."""

    def __init__(self, settings: EndpointSettings | None = None) -> None:
        self.endpointer = Endpointer(settings)
        self.clock_ms = 0

    def __call__(self, *stretches: tuple[int, float]) -> list[VoiceState]:
        """(how many windows, probability); the states, each once while it lasts."""
        states: list[VoiceState] = []
        for count, probability in stretches:
            for _ in range(count):
                start_ms, self.clock_ms = self.clock_ms, self.clock_ms + MS
                state = self.endpointer.push(start_ms, self.clock_ms, probability)
                if states[-1:] != [state]:
                    states.append(state)
        return states

    @property
    def ranges(self) -> list[tuple[int, int]]:
        """In windows."""
        return [(each.start_ms // MS, each.end_ms // MS) for each in self.endpointer.voice(0, self.clock_ms)]


class TestStates:
    def test_speech_and_a_pause(self) -> None:
        feed = Feed()
        assert feed((50, 0.1), (40, 0.9), (10, 0.1)) == [SILENT, ONSET, VOICED, PAUSED]
        assert feed.ranges == [(50, 90)]

    def test_speech_goes_on_after_a_pause(self) -> None:
        feed = Feed()
        feed((10, 0.9), (10, 0.1))
        assert feed((10, 0.9), (10, 0.1)) == [ONSET, VOICED, PAUSED]
        assert feed.ranges == [(0, 10), (20, 30)]

    def test_it_is_speech_from_the_third_window_on(self) -> None:
        feed = Feed()
        assert feed((2, 0.9)) == [ONSET]
        assert feed.ranges == []
        assert feed.endpointer.speaking
        assert feed((1, 0.9)) == [VOICED]
        assert feed.ranges == [(0, 3)]

    def test_a_pause_begins_after_so_much_silence(self) -> None:
        feed = Feed()
        feed((10, 0.9))
        assert feed((5, 0.1)) == [VOICED]
        assert feed.endpointer.speaking
        assert feed((1, 0.1)) == [PAUSED]
        assert not feed.endpointer.speaking

    def test_shorter_silence_is_part_of_the_voice(self) -> None:
        feed = Feed()
        feed((10, 0.9), (5, 0.1), (10, 0.9))
        assert feed.ranges == [(0, 25)]

    def test_a_click_is_no_speech(self) -> None:
        feed = Feed()
        assert feed((20, 0.1), (2, 0.9), (40, 0.1)) == [SILENT, ONSET, SILENT]
        assert feed.ranges == []

    def test_a_click_in_a_pause_is_part_of_the_pause(self) -> None:
        feed = Feed()
        feed((10, 0.9), (10, 0.1))
        assert feed((2, 0.9), (10, 0.1)) == [ONSET, PAUSED]
        assert feed.ranges == [(0, 10)]
        assert feed.endpointer.voice_end_ms == 10 * MS

    def test_clicks_far_apart_do_not_add_up(self) -> None:
        assert VOICED not in Feed()(*[(1, 0.9), (10, 0.1)] * 20)

    def test_patchy_quiet_speech_does(self) -> None:
        feed = Feed()
        feed(*[(1, 0.6), (1, 0.3)] * 4)
        assert feed.ranges[0][0] == 0

    def test_voice_holds_on_between_the_thresholds(self) -> None:
        feed = Feed()
        assert feed((10, 0.9), (60, 0.4), (10, 0.9), (20, 0.1)) == [ONSET, VOICED, PAUSED]
        assert feed.ranges == [(0, 80)]

    def test_between_the_thresholds_nothing_begins(self) -> None:
        assert Feed()((60, 0.4)) == [SILENT]

    def test_after_a_reset_nothing_is_open_and_what_was_heard_stays(self) -> None:
        feed = Feed()
        feed((10, 0.9))
        feed.endpointer.reset()
        assert feed.endpointer.state is SILENT
        assert feed((2, 0.9), (20, 0.1)) == [ONSET, SILENT]
        assert feed.ranges == [(0, 10)]


class TestSettings:
    def test_the_lowest_threshold_still_hears_silence(self) -> None:
        feed = Feed(EndpointSettings(threshold=0.05))
        assert feed((10, 0.3), (20, 0.02)) == [ONSET, VOICED, PAUSED]

    @pytest.mark.parametrize(("pause_ms", "windows"), [(96, 3), (192, 6), (320, 10)])
    def test_how_long_a_pause_is(self, pause_ms: int, windows: int) -> None:
        feed = Feed(EndpointSettings(pause_ms=pause_ms))
        feed((10, 0.9))
        assert feed((windows - 1, 0.1)) == [VOICED]
        assert feed((1, 0.1)) == [PAUSED]

    def test_how_long_a_click_is(self) -> None:
        feed = Feed(EndpointSettings(min_speech_ms=320))
        assert feed((9, 0.9), (10, 0.1)) == [ONSET, SILENT]
        assert feed((10, 0.9)) == [ONSET, VOICED]

    def test_others_count_from_the_next_window_on(self) -> None:
        feed = Feed()
        feed((10, 0.6))
        feed.endpointer.adopt(EndpointSettings(threshold=0.8))
        assert feed((10, 0.6)) == [VOICED, PAUSED], "and hysteresis moves along"
        assert feed((10, 0.9)) == [ONSET, VOICED]


class TestRanges:
    def test_are_cut_to_what_is_asked_for(self) -> None:
        feed = Feed()
        feed((10, 0.9), (10, 0.1), (10, 0.9))
        assert list(feed.endpointer.voice(100, 700)) == [TimeRange(100, 320), TimeRange(640, 700)]
        assert list(feed.endpointer.voice(320, 640)) == []

    def test_the_newest_can_be_asked_for(self) -> None:
        feed = Feed()
        assert (feed.endpointer.voice_start_ms, feed.endpointer.voice_end_ms) == (0, 0)
        feed((10, 0.1), (10, 0.9), (10, 0.1), (5, 0.9))
        assert (feed.endpointer.voice_start_ms, feed.endpointer.voice_end_ms) == (30 * MS, 35 * MS)

    def test_no_more_are_remembered_than_minutes_of_speech_have(self) -> None:
        feed = Feed()
        feed(*[(3, 0.9), (6, 0.1)] * 500)
        assert 200 < len(feed.ranges) < 300
        assert feed.ranges[-1] == (499 * 9, 499 * 9 + 3)


@given(st.lists(st.tuples(st.integers(1, 60), st.sampled_from([0.0, 0.2, 0.4, 0.6, 1.0])), max_size=30))
def test_whatever_is_heard(stretches: list[tuple[int, float]]) -> None:
    settings = EndpointSettings()
    feed = Feed(settings)
    allowed = {
        (SILENT, ONSET),
        (ONSET, SILENT),
        (ONSET, PAUSED),
        (ONSET, VOICED),
        (VOICED, PAUSED),
        (PAUSED, ONSET),
    }
    states = [SILENT]
    for stretch in stretches:
        states += feed(stretch)
    assert all(before is after or (before, after) in allowed for before, after in pairwise(states))
    ranges = list(feed.endpointer.voice(0, feed.clock_ms))
    for before, after in pairwise(ranges):
        assert after.start_ms - before.end_ms >= settings.pause_ms
    # Every window that is speech for sure is in a range, unless it was too short to be speech.
    position = 0
    for count, probability in stretches:
        start_ms, position = position, position + count * MS
        if probability >= settings.threshold and count * MS >= settings.min_speech_ms:
            assert any(each.start_ms <= start_ms and position <= each.end_ms for each in ranges)
