"""Clients that speak, and clients that push: only the latter are ahead."""

from captions.live.worker.pace import Pace


def heard(pace: Pace, seconds: float, *, waited: float = 1.0, held: float = 0.0) -> None:
    """Takes so much sound in pieces of 0.2 s; `waited` and `held` are times for a second of it."""
    for _ in range(round(seconds / 0.2)):
        pace.take(0.2, waited=waited * 0.2, held=held * 0.2)


def test_whoever_speaks_is_not_ahead_even_with_a_clock_that_is_fast() -> None:
    pace = Pace()
    heard(pace, 3_600, waited=0.95)
    assert not pace.is_ahead


def test_what_was_recorded_before_the_connection_may_come_at_once() -> None:
    pace = Pace()
    heard(pace, 2.8, waited=0)
    heard(pace, 60)
    assert not pace.is_ahead


def test_pushed_sound_is_ahead_however_long_the_worker_holds_it_back() -> None:
    pace = Pace()
    heard(pace, 4, waited=0)
    assert pace.is_ahead
    heard(pace, 60, waited=0.1, held=5)
    assert pace.is_ahead


def test_sound_at_twice_the_pace_is_ahead() -> None:
    pace = Pace()
    heard(pace, 10, waited=0.5)
    assert pace.is_ahead


def test_what_was_said_while_the_worker_was_slow_may_come_at_once() -> None:
    pace = Pace()
    heard(pace, 10)
    for _ in range(5):
        pace.take(0.2, waited=0, held=20)
        heard(pace, 20, waited=0.005)
        assert not pace.is_ahead


def test_after_a_silence_in_which_nothing_was_sent_pushed_sound_is_ahead() -> None:
    pace = Pace()
    pace.take(0.2, waited=60, held=0)
    heard(pace, 4, waited=0)
    assert pace.is_ahead


def test_whoever_pushes_first_and_then_speaks_is_soon_not_ahead() -> None:
    pace = Pace()
    heard(pace, 600, waited=0, held=0.3)
    heard(pace, 35)
    assert not pace.is_ahead
    heard(pace, 600, waited=0, held=0.3)
    pace.take(0.2, waited=4, held=0)
    assert not pace.is_ahead, "a pause is enough"
