"""What is missing is exactly what nobody wrote down, whenever a worker dies and whatever comes late."""

import random

from captions.speech.gaps import missing, outside, without
from captions.speech.types import TimeRange


def test_missing_is_what_no_utterance_settled():
    for seed in range(300):
        dice = random.Random(seed)
        clock, spoken = dice.randrange(0, 5_000), []
        begun = clock
        for _ in range(dice.randrange(0, 8)):
            start = clock + dice.choice((0, dice.randrange(50, 60_000)))
            clock = start + dice.randrange(400, 28_000)
            # Word times lie within the sound, but the last may reach a little beyond it.
            words = (start + dice.randrange(0, 300), clock + dice.randrange(-300, 200))
            spoken.append((start, clock, words))
        until = clock + dice.randrange(1, 9_000)
        # Finals are saved in order, some of them at once, some only from the dead worker's disk.
        saved = dice.randrange(0, len(spoken) + 1)
        on_disk = dice.randrange(saved, len(spoken) + 1)
        settled = spoken[saved - 1][1] if saved else begun
        written = max((words[1] for _, _, words in spoken[:saved]), default=0)

        stretch = missing(settled, written, until)
        assert stretch == TimeRange(settled, until)
        for _, end, words in spoken[:saved]:
            assert without(stretch, *words, end) == stretch, "what was saved before settles nothing"
        for _, end, words in spoken[saved:on_disk]:
            assert stretch is not None
            stretch = without(stretch, *words, end)
            assert stretch == (TimeRange(end, until) if end < until else None)
        if stretch is not None:
            for start, end, _ in spoken[on_disk:]:
                assert stretch.start_ms <= start < end <= stretch.end_ms, "all of it can still be found"
            for _, _, words in spoken[:on_disk]:
                assert sum(words) // 2 < stretch.start_ms, "and nothing is found again"


def test_nothing_is_missing_of_a_session_that_stands_still():
    assert missing(5_000, 4_900, 5_000) is None
    assert missing(5_000, 4_900, 4_000) is None


def test_a_worker_that_says_nothing_of_itself_has_settled_what_it_saved():
    assert missing(0, 60_000, 61_000) == TimeRange(60_000, 61_000)
    assert missing(0, 60_000, 60_000) is None


def test_what_stands_elsewhere_settles_nothing():
    stretch = TimeRange(10_000, 20_000)
    assert without(stretch, 20_000, 22_000, 22_400) == stretch
    assert without(stretch, 8_000, 9_000, 9_400) == stretch
    assert without(stretch, 18_000, 19_900, 20_400) is None


def test_what_lies_outside_is_left() -> None:
    ranges = [TimeRange(0, 10), TimeRange(20, 30), TimeRange(40, 50)]
    taken = [TimeRange(4, 6), TimeRange(8, 25), TimeRange(40, 50)]
    assert outside(taken, ranges) == [TimeRange(0, 4), TimeRange(6, 8), TimeRange(25, 30)]
    assert outside([], ranges) == ranges
