import pytest

from whisperstream_site.launcher.restarts import CONFIGURATION_ERROR, GiveUp, Restarts


def test_the_first_restart_is_quick():
    assert Restarts().delay_seconds(-9, lived_seconds=100) == 0.2


def test_delays_grow_while_it_ends_early_and_are_bounded():
    restarts = Restarts()
    delays = [restarts.delay_seconds(1, lived_seconds=0.5) for _ in range(5)]
    assert delays == pytest.approx([0.2, 0.8, 3.2, 10, 10])


def test_it_gives_up_on_what_never_settles():
    restarts = Restarts()
    for _ in range(5):
        restarts.delay_seconds(1, lived_seconds=0.5)
    with pytest.raises(GiveUp, match=r"^it ended 6 times soon after its start$"):
        restarts.delay_seconds(1, lived_seconds=0.5)


def test_a_role_that_settled_has_every_chance_again():
    restarts = Restarts()
    for _ in range(50):
        restarts.delay_seconds(-9, lived_seconds=60)


def test_a_configuration_error_is_not_tried_again():
    with pytest.raises(GiveUp, match=r"^it cannot run with the present settings$"):
        Restarts().delay_seconds(CONFIGURATION_ERROR, lived_seconds=0)
