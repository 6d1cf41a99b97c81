import pytest

from captions.speech.cadence import Cadence


@pytest.mark.parametrize(
    ("clock_ms", "open_since_ms", "last_ms", "in_flight", "due"),
    [
        (9_000, None, None, False, False),  # nobody speaks
        (1_399, 1_000, None, False, False),
        (1_400, 1_000, None, False, True),  # the first one
        (1_400, 1_000, None, True, False),  # the engine is not done with the last one
        (1_400, 1_000, 900, False, True),  # the last one was of the utterance before
        (1_300, 1_000, 900, False, False),
        (1_699, 1_000, 1_400, False, False),
        (1_700, 1_000, 1_400, False, True),
        (9_000, 1_000, 1_400, True, False),
        (1_400, 1_000, 1_400, False, False),  # no new sound since
    ],
)
def test_when_a_partial_is_due(
    clock_ms: int, open_since_ms: int | None, last_ms: int | None, in_flight: bool, due: bool
):
    assert Cadence().due(clock_ms, open_since_ms=open_since_ms, last_ms=last_ms, in_flight=in_flight) is due


def test_the_pace_can_be_set():
    slow = Cadence(first_ms=1_000, every_ms=2_000)
    assert not slow.due(1_900, open_since_ms=1_000, last_ms=None, in_flight=False)
    assert slow.due(2_000, open_since_ms=1_000, last_ms=None, in_flight=False)
    assert not slow.due(3_999, open_since_ms=1_000, last_ms=2_000, in_flight=False)
    assert slow.due(4_000, open_since_ms=1_000, last_ms=2_000, in_flight=False)
