from hypothesis import given
from hypothesis import strategies as st

from captions.webrtc.reorder_delay import LEAST_SECONDS, MOST_SECONDS, ReorderDelay


def late(delay: ReorderDelay, sequence: int, at: float, seconds: float) -> None:
    delay.overtaken(sequence, 1, at)
    delay.came(sequence, at + seconds)


def test_it_waits_a_little_longer_than_the_latest_packet_was_late() -> None:
    delay = ReorderDelay()
    late(delay, 7, 1.0, 0.08)
    assert 0.09 < delay.seconds < MOST_SECONDS
    late(delay, 9, 2.0, 0.5)
    assert delay.seconds == MOST_SECONDS


def test_it_learns_that_waiting_is_in_vain() -> None:
    delay = ReorderDelay()
    assert LEAST_SECONDS < delay.seconds <= 0.09
    for sequence in range(3000):
        delay.came(sequence, sequence * 0.02)
    assert delay.seconds == LEAST_SECONDS


def test_another_stream_keeps_what_is_known_of_the_network() -> None:
    delay = ReorderDelay()
    late(delay, 7, 1.0, 0.1)
    delay.overtaken(20, 3, 1.1)
    delay.forget()
    known = delay.seconds
    delay.came(20, 1.1)
    assert delay.seconds == known


@given(st.lists(st.tuples(st.integers(0, 65_535), st.integers(0, 70_000), st.floats(-1, 1e6)), max_size=50))
def test_it_stays_within_its_bounds(events: list[tuple[int, int, float]]) -> None:
    delay = ReorderDelay()
    for sequence, count, now in events:
        delay.overtaken(sequence, count, now)
        delay.came((sequence + count) & 0xFFFF, now)
        assert LEAST_SECONDS <= delay.seconds <= MOST_SECONDS
