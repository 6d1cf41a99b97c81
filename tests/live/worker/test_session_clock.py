"""A session's time: pauses stop it, a change of peers does not, and packets lie on it without a seam."""

import pytest

from captions.live.worker.session_clock import Hole, SessionClock
from captions.webrtc.audio import Packet

PACKET = 320


def test_stands_still_until_the_first_sound() -> None:
    clock = SessionClock(None)
    assert clock.hole_before(1, PACKET, now=500.0) is None


def test_a_session_that_moved_here_goes_on_counting_until_its_first_sound() -> None:
    clock = SessionClock(100.0)
    assert clock.hole_before(1, PACKET, now=102.0) == Hole(2 * 16_000 - PACKET)


def test_the_time_between_two_sources_passes_once() -> None:
    clock = SessionClock(None)
    clock.begin(1, clock_ms=0)
    clock.heard(10.0)
    assert clock.hole_before(1, PACKET, now=13.0) is None, (
        "within a source its own time stamps say what is missing"
    )
    hole = clock.hole_before(2, PACKET, now=13.0)
    assert hole == Hole(3 * 16_000 - PACKET)
    clock.begin(2, clock_ms=3_000)
    assert clock.hole_before(2, PACKET, now=20.0) is None


def test_sound_that_comes_faster_than_time_leaves_no_hole() -> None:
    clock = SessionClock(10.0)
    assert clock.hole_before(1, PACKET, now=10.01) is None


@pytest.mark.parametrize(("samples", "short"), [(1, True), (15_999, True), (16_000, False)])
def test_only_a_hole_that_could_hold_a_word_is_one(samples: int, short: bool) -> None:
    assert Hole(samples).short is short


def test_it_is_read_between_two_sources_and_behind_late_sound() -> None:
    clock = SessionClock(None)
    assert clock.reading(0, now=500.0) == 0, "it stands still"
    clock.heard(10.0)
    assert clock.reading(3_000, now=14.5) == 7_500
    assert clock.reading(3_000, now=9.9) == 3_000


def test_a_pause_does_not_pass() -> None:
    clock = SessionClock(None)
    clock.begin(1, clock_ms=0)
    clock.heard(10.0)
    clock.stop()
    assert clock.right_at is None
    assert clock.hole_before(2, PACKET, now=70.0) is None


def test_a_packet_carries_its_place() -> None:
    clock = SessionClock(None)
    clock.begin(1, clock_ms=2_000)
    assert clock.start_of(Packet(b"", 0, 960)) == 96_000
    clock.begin(1, clock_ms=2_020)
    assert clock.start_of(Packet(b"", 960, 960)) == 96_960, "whatever the clock shows when it is told"
    clock.begin(2, clock_ms=7_000)
    assert clock.start_of(Packet(b"", 0, 960)) == 336_000
