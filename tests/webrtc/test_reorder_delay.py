from hypothesis import given
from hypothesis import strategies as st

from captions.webrtc.reorder_delay import LEAST_SECONDS, MOST_SECONDS, Patience


def late(patience: Patience, sequence: int, at: float, seconds: float) -> None:
    patience.overtaken(sequence, 1, at)
    patience.came(sequence, at + seconds)


def test_it_waits_a_little_longer_than_the_latest_packet_was_late() -> None:
    patience = Patience()
    late(patience, 7, 1.0, 0.08)
    assert 0.09 < patience.seconds < MOST_SECONDS
    late(patience, 9, 2.0, 0.5)
    assert patience.seconds == MOST_SECONDS


def test_it_learns_that_waiting_is_in_vain() -> None:
    patience = Patience()
    assert LEAST_SECONDS < patience.seconds <= 0.09
    for sequence in range(3000):
        patience.came(sequence, sequence * 0.02)
    assert patience.seconds == LEAST_SECONDS


def test_another_stream_keeps_what_is_known_of_the_network() -> None:
    patience = Patience()
    late(patience, 7, 1.0, 0.1)
    patience.overtaken(20, 3, 1.1)
    patience.forget()
    known = patience.seconds
    patience.came(20, 1.1)
    assert patience.seconds == known


@given(st.lists(st.tuples(st.integers(0, 65_535), st.integers(0, 70_000), st.floats(-1, 1e6)), max_size=50))
def test_it_stays_within_its_bounds(events: list[tuple[int, int, float]]) -> None:
    patience = Patience()
    for sequence, count, now in events:
        patience.overtaken(sequence, count, now)
        patience.came((sequence + count) & 0xFFFF, now)
        assert LEAST_SECONDS <= patience.seconds <= MOST_SECONDS
