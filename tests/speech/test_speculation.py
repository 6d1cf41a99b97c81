import pytest

from captions.speech.speculation import Speculation


@pytest.mark.parametrize(("final_seconds", "worth"), [(None, True), (0.1, True), (1.0, True), (1.1, False)])
def test_it_is_worth_it_while_finals_are_quick(final_seconds: float | None, worth: bool):
    assert Speculation().worth(final_seconds=final_seconds) is worth
