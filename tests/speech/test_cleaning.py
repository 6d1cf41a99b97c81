import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.speech.cleaning import Cleaning
from captions.speech.ring import Samples

FRAME = 10


class Late:
    """Returns what it takes, with the sign changed, so many samples later."""

    frame = FRAME

    def __init__(self, delay: int) -> None:
        self.delay = delay
        self._held: Samples = np.full(delay, 1, np.int16)

    def clean(self, sound: Samples) -> Samples:
        assert sound.shape == (FRAME,)
        held = np.concatenate([self._held, -sound])
        self._held = held[FRAME:]
        return held[:FRAME]


def numbered(start: int, count: int) -> Samples:
    return np.arange(start, start + count).astype(np.int16)


@given(st.sampled_from([0, 3, 10, 25]), st.lists(st.integers(0, 37), max_size=20))
def test_what_comes_out_belongs_where_it_came_in(delay: int, sizes: list[int]) -> None:
    cleaning = Cleaning(Late(delay))
    came = 0
    for size in sizes:
        cleaned = cleaning.push(numbered(came, size))
        came += size
        end = came - cleaning.pending
        assert cleaned.tolist() == [-each for each in range(end - cleaned.size, end)]
        assert cleaning.pending < FRAME + delay


@pytest.mark.parametrize("delay", [0, 6, 25])
@pytest.mark.parametrize("before", [0, 4, 33])
def test_what_does_not_follow_gets_nothing_of_what_was_before(delay: int, before: int) -> None:
    cleaning = Cleaning(Late(delay))
    cleaning.push(numbered(1_000, before))
    cleaning.begin()
    assert cleaning.pending == 0
    cleaned = cleaning.push(numbered(0, 95))
    assert cleaned.tolist() == [-each for each in range(90 - delay)]
    assert cleaning.pending == 5 + delay


def test_what_the_cleaner_raises_goes_on_to_the_caller() -> None:
    class Broken(Late):
        def clean(self, sound: Samples) -> Samples:
            raise OSError("broken")

    with pytest.raises(OSError, match="broken"):
        Cleaning(Broken(0)).push(numbered(0, FRAME))
