import pytest

from whisperstream_site.launcher.restarts import CONFIGURATION_ERROR, Again, GiveUp, Restarts


def test_the_first_restart_is_quick():
    assert Restarts().ended(-9, lived_seconds=100) == Again(0.2)


def test_delays_grow_while_it_ends_early_and_are_bounded():
    restarts = Restarts()
    verdicts = [restarts.ended(1, lived_seconds=0.5) for _ in range(5)]
    delays = [verdict.delay_seconds for verdict in verdicts if isinstance(verdict, Again)]
    assert delays == pytest.approx([0.2, 0.8, 3.2, 10, 10])


def test_it_gives_up_on_what_never_settles():
    restarts = Restarts()
    verdicts = [restarts.ended(1, lived_seconds=0.5) for _ in range(6)]
    assert verdicts[-1] == GiveUp("it ended 6 times soon after its start")


def test_a_role_that_settled_has_every_chance_again():
    restarts = Restarts()
    for _ in range(50):
        assert isinstance(restarts.ended(-9, lived_seconds=60), Again)


def test_a_configuration_error_is_not_tried_again():
    assert isinstance(Restarts().ended(CONFIGURATION_ERROR, lived_seconds=0), GiveUp)
