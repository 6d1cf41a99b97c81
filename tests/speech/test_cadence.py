import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        (1_599, 1_000, 1_400, False, False),
        (1_600, 1_000, 1_400, False, True),
        (9_000, 1_000, 1_400, True, False),
        (1_400, 1_000, 1_400, False, False),  # no new sound since
    ],
)
def test_when_a_partial_is_due(
    clock_ms: int, open_since_ms: int | None, last_ms: int | None, in_flight: bool, due: bool
):
    assert Cadence().due(clock_ms, open_since_ms=open_since_ms, last_ms=last_ms, in_flight=in_flight) is due


@pytest.mark.parametrize(
    ("partial_seconds", "backlog_seconds", "every_ms"),
    [
        (None, 0, 200),  # nothing is known yet
        (0.02, 0, 200),
        (0.1, 0, 200),
        (0.2, 0, 400),  # half of the time at most is spent on one session
        (0.2, 2, 600),  # finals wait
        (0.0, 60, 1_000),
        (30.0, 0, 1_000),
    ],
)
def test_it_gets_slower_as_the_recogniser_gets_busy(
    partial_seconds: float | None, backlog_seconds: float, every_ms: int
):
    found = Cadence().every_ms(partial_seconds=partial_seconds, backlog_seconds=backlog_seconds)
    assert found == every_ms


SECONDS = st.floats(0, 100)


@given(SECONDS, SECONDS, SECONDS, SECONDS)
def test_it_stays_within_its_bounds_and_never_gets_faster_under_load(
    seconds: float, more: float, backlog: float, more_backlog: float
):
    cadence = Cadence()
    idle = cadence.every_ms(partial_seconds=seconds, backlog_seconds=backlog)
    busy = cadence.every_ms(partial_seconds=seconds + more, backlog_seconds=backlog + more_backlog)
    assert cadence.fastest_ms <= idle <= busy <= cadence.slowest_ms


@given(st.lists(st.floats(0.001, 3), min_size=1, max_size=30))
def test_a_session_takes_half_of_the_recogniser_at_most(decodes: list[float]):
    """However long decodes take, up to the slowest pace, as much time passes between them as they need."""
    cadence = Cadence()
    clock = asked = 1_000
    spent = 0.0
    for seconds in decodes:
        answered = asked + round(seconds * 1000)
        clock = answered
        while not cadence.due(
            clock, open_since_ms=0, last_ms=asked, in_flight=clock < answered, partial_seconds=seconds
        ):
            clock += 20
        spent += min(seconds, cadence.slowest_ms / 1000 / cadence.rest)
        asked = clock
    assert spent * cadence.rest <= (asked - 1_000) / 1000 + 0.002 * len(decodes)


def test_the_pace_can_be_set():
    slow = Cadence(first_ms=1_000, fastest_ms=2_000, slowest_ms=2_000)
    assert not slow.due(1_900, open_since_ms=1_000, last_ms=None, in_flight=False)
    assert slow.due(2_000, open_since_ms=1_000, last_ms=None, in_flight=False)
    assert not slow.due(3_999, open_since_ms=1_000, last_ms=2_000, in_flight=False)
    assert slow.due(4_000, open_since_ms=1_000, last_ms=2_000, in_flight=False)
