from captions.asr.process.measured_costs import MeasuredCosts
from captions.speech.capacity import Cost

COSTS = (Cost(4, 0.1), Cost(10, 0.3), Cost(20, 0.5))


def test_nothing_measured_is_nothing_to_look_at_again() -> None:
    measured = MeasuredCosts(rounds=3)
    measured.took(1)
    assert (measured.costs, measured.next) == ((), None)


def test_decodes_that_take_long_are_not_looked_at_again() -> None:
    measured = MeasuredCosts([*COSTS, Cost(28, 1.5)], rounds=3)
    assert measured.next is None


def test_each_is_looked_at_in_every_round_and_the_least_is_kept() -> None:
    measured = MeasuredCosts(COSTS, rounds=2)
    seen = []
    for seconds in (0.05, 0.4, 0.45, 0.08, 0.25, 0.6):
        assert measured.next is not None
        seen.append(measured.next.audio_seconds)
        measured.took(seconds)
    assert seen == [4, 10, 20] * 2
    assert [cost.seconds for cost in measured.costs] == [0.05, 0.25, 0.45]
    assert measured.next is None
