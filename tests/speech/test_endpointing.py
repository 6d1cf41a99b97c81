from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.speech.endpointing import Endpointer, EndpointSettings
from captions.speech.events import Event, SilenceBegan, SpeechEnded, SpeechResumed, SpeechStarted, Voice

WINDOW = 512
WINDOW_MS = 32
MS = 16


def feed(endpointer: Endpointer, *stretches: tuple[int, float]) -> list[Event]:
    """Pushes windows: (how many, probability)."""
    return [
        event
        for count, probability in stretches
        for _ in range(count)
        for event in endpointer.push(WINDOW, probability)
    ]


def ended(events: list[Event]) -> list[SpeechEnded]:
    return [event for event in events if isinstance(event, SpeechEnded)]


def started(events: list[Event]) -> list[SpeechStarted]:
    return [event for event in events if isinstance(event, SpeechStarted)]


def test_an_utterance_has_its_prefix_and_its_tail():
    events = feed(Endpointer(), (50, 0.1), (40, 0.9), (30, 0.1))
    voice = 50 * WINDOW, 90 * WINDOW
    start = voice[0] - 300 * MS
    assert [type(event) for event in events] == [SpeechStarted, SilenceBegan, SpeechEnded]
    assert events[0] == SpeechStarted(start)
    assert events[1] == SilenceBegan(voice[1], voice[1] + 400 * MS)
    assert events[2] == SpeechEnded(start, voice[1] + 400 * MS, "silence", *voice)


def test_another_silence_can_be_expected_until_speech_resumes():
    endpointer = Endpointer()
    feed(endpointer, (50, 0.1), (40, 0.9), (8, 0.1))
    endpointer.expect(320)
    (end,) = feed(endpointer, (2, 0.1))
    assert end == SpeechEnded(50 * WINDOW - 300 * MS, 100 * WINDOW, "silence", 50 * WINDOW, 90 * WINDOW)
    # The next utterance knows nothing of it.
    assert not ended(feed(endpointer, (20, 0.9), (15, 0.1)))
    endpointer.expect(1_000)
    assert not ended(feed(endpointer, (16, 0.1)))
    assert feed(endpointer, (1, 0.9)) == [SpeechResumed(151 * WINDOW)]
    assert not ended(feed(endpointer, (15, 0.1)))
    assert len(ended(feed(endpointer, (1, 0.1)))) == 1


def test_no_silence_is_longer_than_the_longest():
    endpointer = Endpointer(EndpointSettings(longest_silence_ms=640))
    feed(endpointer, (50, 0.1), (40, 0.9), (8, 0.1))
    endpointer.expect(60_000)
    assert not ended(feed(endpointer, (11, 0.1)))
    assert len(ended(feed(endpointer, (1, 0.1)))) == 1


def test_other_settings_wait_for_the_next_utterance():
    endpointer = Endpointer()
    feed(endpointer, (50, 0.1), (40, 0.9))
    endpointer.adopt(EndpointSettings(silence_ms=1_600, prefix_ms=0, threshold=0.8))
    (first,) = ended(feed(endpointer, (16, 0.1)))
    assert first.end_sample == (90 * WINDOW) + 400 * MS
    # A probability of 0.7 was speech before.
    assert not feed(endpointer, (20, 0.7))
    (begun,) = started(feed(endpointer, (40, 0.9)))
    assert begun.start_sample == 126 * WINDOW
    assert not ended(feed(endpointer, (49, 0.1)))
    assert len(ended(feed(endpointer, (1, 0.1)))) == 1


def test_other_settings_count_at_once_while_nobody_speaks():
    endpointer = Endpointer()
    feed(endpointer, (50, 0.1))
    endpointer.adopt(EndpointSettings(silence_ms=320))
    assert len(ended(feed(endpointer, (40, 0.9), (10, 0.1)))) == 1


def test_it_says_where_the_voice_was():
    (end,) = ended(feed(Endpointer(), (50, 0.1), (40, 0.9), (30, 0.1)))
    assert end.voice == Voice(300, 300 + 40 * WINDOW_MS)
    assert end.voice.seconds == pytest.approx(1.28)


def test_it_tells_what_is_open():
    endpointer = Endpointer()
    feed(endpointer, (50, 0.1), (2, 0.9))
    assert (endpointer.open_since, endpointer.voice_since) == (None, None)
    feed(endpointer, (1, 0.9))
    assert (endpointer.open_since, endpointer.voice_since) == (50 * WINDOW - 300 * MS, 50 * WINDOW)
    feed(endpointer, (30, 0.1))
    assert (endpointer.open_since, endpointer.voice_since) == (None, None)


def test_a_click_is_no_speech():
    assert feed(Endpointer(), (20, 0.1), (2, 0.9), (40, 0.1)) == []


def test_clicks_far_apart_do_not_add_up():
    assert feed(Endpointer(), *[(1, 0.9), (10, 0.1)] * 20) == []


def test_patchy_quiet_speech_does():
    assert started(feed(Endpointer(), *[(1, 0.6), (1, 0.3)] * 4))


def test_it_holds_on_between_the_thresholds():
    events = feed(Endpointer(), (10, 0.9), (60, 0.4), (10, 0.9), (20, 0.1))
    assert len(ended(events)) == 1
    assert not any(isinstance(event, SpeechResumed) for event in events)


def test_the_lowest_threshold_still_hears_silence():
    assert len(ended(feed(Endpointer(EndpointSettings(threshold=0.05)), (10, 0.3), (20, 0.02)))) == 1


def test_speech_that_resumes_takes_the_silence_back():
    events = feed(Endpointer(), (10, 0.9), (10, 0.1), (10, 0.9), (20, 0.1))
    assert [type(event) for event in events] == [
        SpeechStarted,
        SilenceBegan,
        SpeechResumed,
        SilenceBegan,
        SpeechEnded,
    ]
    assert events[2] == SpeechResumed(20 * WINDOW)


def test_a_prefix_never_reaches_into_the_utterance_before():
    events = feed(Endpointer(), (10, 0.9), (16, 0.1), (10, 0.9), (20, 0.1))
    first, second = ended(events)
    assert first.end_sample == 10 * WINDOW + 400 * MS
    assert second.start_sample == first.end_sample


def test_a_longer_silence_can_be_asked_for():
    events = feed(Endpointer(EndpointSettings(silence_ms=1000)), (10, 0.9), (20, 0.1), (10, 0.9), (40, 0.1))
    assert len(ended(events)) == 1


def test_a_shorter_silence_than_the_tail_ends_with_the_silence():
    (end,) = ended(feed(Endpointer(EndpointSettings(silence_ms=128)), (10, 0.9), (10, 0.1)))
    assert end.end_sample == 14 * WINDOW


def test_past_the_soft_limit_a_short_pause_is_enough():
    endpointer = Endpointer(EndpointSettings(soft_ms=3000, hard_ms=9000))
    before = feed(endpointer, (50, 0.9), (8, 0.1), (40, 0.9))
    assert not ended(before)
    events = feed(endpointer, (6, 0.1), (20, 0.9), (20, 0.1))
    soft, silence = ended(events)
    assert soft.reason == "soft"
    assert 98 * WINDOW < soft.end_sample < 103 * WINDOW
    assert silence.start_sample == soft.end_sample
    assert silence.reason == "silence"


def test_after_a_soft_split_silence_opens_nothing():
    endpointer = Endpointer(EndpointSettings(soft_ms=3000))
    events = feed(endpointer, (100, 0.9), (60, 0.1))
    assert [end.reason for end in ended(events)] == ["soft"]
    assert endpointer.open_since is None
    assert len(started(events)) == 1


def test_the_shortest_word_right_after_a_split_is_kept():
    events = feed(Endpointer(EndpointSettings(soft_ms=3000)), (100, 0.9), (8, 0.1), (1, 0.9), (40, 0.1))
    first, second = ended(events)
    assert second.start_sample == first.end_sample


def test_speech_without_a_pause_is_cut_where_it_is_least_likely():
    endpointer = Endpointer(EndpointSettings(soft_ms=3000, hard_ms=5000))
    events = feed(endpointer, (120, 0.95), (3, 0.6), (60, 0.95), (20, 0.1))
    hard, rest = ended(events)
    assert hard.reason == "hard"
    assert 120 * WINDOW < hard.end_sample < 123 * WINDOW
    assert rest.start_sample == hard.end_sample
    assert rest.reason == "silence"


def test_loudness_tells_which_of_two_dips_is_the_pause():
    def cut(first_db: float, second_db: float) -> int:
        endpointer = Endpointer(EndpointSettings(soft_ms=3000, hard_ms=5000))
        events: list[Event] = []
        for index in range(158):
            dip = {110: first_db, 140: second_db}.get(index)
            events += endpointer.push(WINDOW, 0.95 if dip is None else 0.8, -20.0 if dip is None else dip)
        return ended(events)[0].end_sample // WINDOW

    assert cut(-60, -25) == 110
    assert cut(-25, -60) == 140


def speak(endpointer: Endpointer, *stretches: tuple[int, float]) -> list[Event]:
    """Pushes windows of sure speech: (how many, how loud in dB)."""
    return [
        event
        for count, loudness in stretches
        for _ in range(count)
        for event in endpointer.push(WINDOW, 0.95, loudness)
    ]


def test_past_the_soft_limit_a_quiet_border_of_words_is_enough():
    endpointer = Endpointer(EndpointSettings(soft_ms=3_000, hard_ms=28_000))
    speak(endpointer, (80, -20), (1, -50), (10, -20))
    assert endpointer.border(79 * WINDOW, 82 * WINDOW) == []
    speak(endpointer, (9, -20), (1, -35), (8, -20), (1, -50), (5, -20))
    assert endpointer.border(99 * WINDOW, 102 * WINDOW) == [], "not quiet enough, this soon"
    assert endpointer.border(102 * WINDOW, 106 * WINDOW) == []
    end, start = endpointer.border(108 * WINDOW, 112 * WINDOW)
    assert isinstance(end, SpeechEnded)
    assert (end.reason, end.end_sample) == ("soft", 109 * WINDOW + WINDOW // 2)
    assert start == SpeechStarted(end.end_sample)
    assert endpointer.border(108 * WINDOW, 112 * WINDOW) == [], "the next one is short"


def test_the_longer_an_utterance_is_the_less_quiet_a_border_has_to_be():
    endpointer = Endpointer(EndpointSettings(soft_ms=3_000, hard_ms=9_000, search_ms=2_000))
    lengths = []
    for at in range(270):
        speak(endpointer, (1, -30 if at % 10 == 9 else -20))
        if at % 10 == 4 and at > 10 and ended(endpointer.border((at - 6) * WINDOW, (at - 3) * WINDOW)):
            lengths.append(at * WINDOW_MS)
    assert len(lengths) == 1
    assert 5_000 < lengths[0] < 7_000


def test_in_a_pause_no_border_is_looked_for():
    endpointer = Endpointer(EndpointSettings(soft_ms=3_000))
    speak(endpointer, (100, -20))
    feed(endpointer, (3, 0.1))
    assert endpointer.border(98 * WINDOW, 103 * WINDOW) == []
    assert Endpointer().border(0, WINDOW) == []


def test_stop_closes_what_is_open():
    endpointer = Endpointer()
    feed(endpointer, (20, 0.9))
    (end,) = ended(endpointer.flush(20 * WINDOW + 100))
    assert (end.start_sample, end.end_sample, end.reason) == (0, 20 * WINDOW + 100, "flush")
    assert endpointer.flush(20 * WINDOW + 100) == []


def test_after_stop_the_next_utterance_begins_later():
    endpointer = Endpointer()
    feed(endpointer, (20, 0.9))
    endpointer.flush(20 * WINDOW)
    (start,) = started(feed(endpointer, (20, 0.9)))
    assert start.start_sample == 20 * WINDOW


def test_a_gap_closes_what_is_open_and_moves_on():
    endpointer = Endpointer()
    feed(endpointer, (20, 0.9))
    (end,) = ended(endpointer.gap(20 * WINDOW + 5, 500_000))
    assert (end.end_sample, end.reason) == (20 * WINDOW + 5, "gap")
    (start,) = started(feed(endpointer, (5, 0.1), (5, 0.9)))
    assert start.start_sample == 500_000  # Not the prefix before it: nothing is known of that time.


def test_the_clock_can_begin_anywhere():
    (end,) = ended(feed(Endpointer(start=1_000_003), (50, 0.1), (40, 0.9), (30, 0.1)))
    assert end.start_sample == 1_000_003 + 50 * WINDOW - 300 * MS


SHORT = EndpointSettings(soft_ms=3000, hard_ms=5000, search_ms=2000)

runs = st.lists(
    st.tuples(st.integers(1, 40), st.sampled_from([0.0, 0.1, 0.34, 0.36, 0.49, 0.5, 0.7, 1.0])), max_size=60
)


@given(
    runs,
    st.sampled_from(
        [SHORT, EndpointSettings(), EndpointSettings(prefix_ms=0, tail_ms=0, soft_ms=2000, hard_ms=5000)]
    ),
    st.integers(0, 10**9),
)
def test_utterances_tile_the_time_line(
    stretches: list[tuple[int, float]], chosen: EndpointSettings, start: int
):
    endpointer = Endpointer(chosen, start=start)
    events: list[Event] = []
    clock = start
    for count, probability in stretches:
        for _ in range(count):
            clock += WINDOW
            new = endpointer.push(WINDOW, probability)
            events += new
            # Nothing is announced before it was heard, and nothing is held back for longer than the hard limit.
            assert all(event.end_sample <= clock for event in ended(new))
            assert endpointer.open_since is None or clock - endpointer.open_since <= chosen.hard_ms * MS
    events += endpointer.flush(clock)

    opened = started(events)
    closed = ended(events)
    assert [event.start_sample for event in opened] == [event.start_sample for event in closed]
    assert [type(event) for event in events if isinstance(event, SpeechStarted | SpeechEnded)] == [
        SpeechStarted,
        SpeechEnded,
    ] * len(closed)
    for end in closed:
        assert (
            start
            <= end.start_sample
            <= end.voice_start_sample
            <= end.voice_end_sample
            <= end.end_sample
            <= clock
        )
        assert end.start_sample < end.end_sample
        assert end.end_sample - end.start_sample <= chosen.hard_ms * MS
    for before, after in pairwise(closed):
        assert before.end_sample <= after.start_sample
        if before.reason in ("soft", "hard") and before.end_sample < after.start_sample:
            # Only silence may lie between the two.
            assert after.voice_start_sample - before.end_sample >= chosen.silence_ms * MS

    # Every window that is speech for sure is in an utterance, unless it was too short to be one.
    position = start
    for count, probability in stretches:
        span = position, position + count * WINDOW
        position = span[1]
        if probability < 0.5 or count * WINDOW_MS < chosen.min_speech_ms:
            continue
        inside = [end for end in closed if end.end_sample > span[0] and end.start_sample < span[1]]
        assert inside[0].start_sample <= span[0]
        assert inside[-1].end_sample >= span[1]
        assert all(a.end_sample == b.start_sample for a, b in pairwise(inside))


@given(runs)
def test_silence_is_announced_once_and_taken_back_once(stretches: list[tuple[int, float]]):
    silent = is_open = False
    for event in feed(Endpointer(SHORT), *stretches):
        match event:
            case SpeechStarted():
                assert not is_open
                is_open, silent = True, False
            case SilenceBegan():
                assert is_open
                assert not silent
                silent = True
            case SpeechResumed():
                assert is_open
                assert silent
                silent = False
            case SpeechEnded():
                assert is_open
                is_open = silent = False
