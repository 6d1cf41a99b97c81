"""How late packets are taken, by a process that is busy now and then."""

import pytest

from captions.webrtc.lateness import Lateness

TICKS = 960


def take(lateness: Lateness, number: int, late: float = 0.0, *, source: int = 1, first: int = 0) -> float:
    """Takes the packet that was sent `number` times 20 ms after the first; returns how late it seems."""
    lateness.take(source, (first + number * TICKS) % (1 << 32), 100.0 + number * 0.02 + late)
    return lateness.seconds


def test_what_comes_in_time_is_not_late_whatever_its_time_stamps_begin_with() -> None:
    lateness = Lateness()
    assert [take(lateness, number, first=(1 << 32) - 3 * TICKS) for number in range(50)] == pytest.approx(
        [0.0] * 50, abs=0.001
    )


def test_a_busy_process_takes_packets_late() -> None:
    lateness = Lateness()
    for number in range(50):
        take(lateness, number)
    assert take(lateness, 50, 3.0) == pytest.approx(3.0, abs=0.01)
    assert take(lateness, 51, 2.9) == pytest.approx(2.9, abs=0.01)
    assert take(lateness, 52) == pytest.approx(0.0, abs=0.01)


def test_the_first_packet_may_be_the_late_one() -> None:
    lateness = Lateness()
    take(lateness, 0, 2.0)
    assert take(lateness, 1, 0.0) == 0.0
    assert take(lateness, 2, 1.0) == pytest.approx(1.0, abs=0.01)


def test_packets_in_another_order_are_not_late_for_that() -> None:
    lateness = Lateness()
    for number in (0, 2, 1, 4, 3):
        lateness.take(1, number * TICKS, 100.0 + number * 0.02)
    assert lateness.seconds == pytest.approx(0.0, abs=0.001)


def test_a_clock_that_is_a_little_slower_makes_nothing_late() -> None:
    lateness = Lateness()
    assert max(take(lateness, number, number * 0.02 * 0.0004) for number in range(20_000)) < 0.001


@pytest.mark.parametrize("change", [{"source": 2}, {"first": 5_000_000}])
def test_another_source_and_time_stamps_that_jump_begin_anew(change: dict[str, int]) -> None:
    lateness = Lateness()
    for number in range(50):
        take(lateness, number)
    assert take(lateness, 51, 5.0, **change) == 0.0
    assert take(lateness, 52, 6.0, **change) == pytest.approx(1.0, abs=0.01)


def test_sound_that_goes_on_after_its_device_has_slept_is_not_late() -> None:
    lateness = Lateness()
    for number in range(50):
        take(lateness, number)
    assert take(lateness, 50, 40.0) == 0.0
    assert take(lateness, 51, 40.0) == pytest.approx(0.0, abs=0.01)
