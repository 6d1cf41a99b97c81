from captions.outputs.answers import Outcome
from captions.outputs.pacing import Pacing


def test_the_first_post_may_go_out_at_once() -> None:
    pacing = Pacing(5)
    assert pacing.wait_seconds(100) == 0
    assert pacing.beat_seconds(100) == 0


def test_a_sign_of_life_is_due_after_each_post() -> None:
    pacing = Pacing(5)
    pacing.answered(Outcome.OK, 100)
    assert pacing.beat_seconds(102) == 3
    pacing.answered(Outcome.OK, 104)
    assert pacing.beat_seconds(105) == 4
    assert pacing.beat_seconds(109) == 0


def test_without_signs_of_life() -> None:
    pacing = Pacing(None)
    pacing.answered(Outcome.OK, 100)
    assert pacing.beat_seconds(1_000) is None


def test_each_failure_waits_longer_up_to_half_a_minute() -> None:
    pacing = Pacing(5)
    waits = []
    for _ in range(7):
        pacing.answered(Outcome.RETRY, 100)
        waits.append(pacing.wait_seconds(100))
    assert waits == [1, 2, 4, 8, 16, 30, 30]
    assert pacing.wait_seconds(129) == 1
    assert pacing.wait_seconds(131) == 0
    pacing.answered(Outcome.OK, 131)
    pacing.answered(Outcome.RETRY, 140)
    assert pacing.wait_seconds(140) == 1


def test_an_address_that_is_refused_is_tried_rarely() -> None:
    pacing = Pacing(5)
    pacing.answered(Outcome.GONE, 100)
    assert pacing.wait_seconds(100) == 30
