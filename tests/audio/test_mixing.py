import numpy as np
import pytest
from numpy.typing import NDArray

from captions.audio.mixing import MonoMixer

RATE = 48_000
Sound = NDArray[np.float32]


def noise(seconds: float, seed: int = 1, level: float = 0.1) -> Sound:
    made = np.random.default_rng(seed).normal(0, level, round(seconds * RATE))
    return made.astype(np.float32)


def tone(seconds: float, level: float = 0.3) -> Sound:
    return (np.sin(2 * np.pi * 220 * np.arange(round(seconds * RATE)) / RATE) * level).astype(np.float32)


def mixed(channels: Sound, size: int = 960) -> Sound:
    mixer = MonoMixer(len(channels), RATE)
    pieces = [mixer.mix(channels[:, at : at + size]) for at in range(0, channels.shape[1], size)]
    return np.concatenate(pieces)


def level(sound: Sound) -> float:
    return float(np.sqrt(np.mean(np.square(sound))))


def test_channels_that_say_the_same_or_something_else_are_averaged() -> None:
    one, other = noise(2), noise(2, seed=2)
    assert np.allclose(mixed(np.stack([one, one])), one, atol=1e-6)
    assert np.allclose(mixed(np.stack([one, other])), (one + other) / 2, atol=1e-6)
    assert np.allclose(mixed(np.stack([one, 0 * one])), one / 2, atol=1e-6)
    assert np.array_equal(mixed(one[None]), one)


@pytest.mark.parametrize("size", [160, 960, 5_000, 96_000])
@pytest.mark.parametrize("other", [-1.0, -0.9, -0.6])
def test_channels_that_cancel_are_the_louder_one_in_pieces_of_any_size(size: int, other: float) -> None:
    one = noise(2)
    assert level(mixed(np.stack([one, other * one]), size)) == pytest.approx(level(one), rel=0.01)
    assert level(mixed(np.stack([other * one, one]), size)) == pytest.approx(level(one), rel=0.01)
    assert level(mixed(np.stack([one, -one, one, -one]), size)) == pytest.approx(level(one), rel=0.01)


def test_what_begins_to_cancel_is_heard_soon_and_without_a_click() -> None:
    one = tone(4)
    sign = np.where(np.arange(one.size) < one.size // 2, 1, -1).astype(np.float32)
    sound = mixed(np.stack([one, sign * one]))
    assert level(sound[: RATE * 2]) == pytest.approx(level(one), rel=0.02)
    assert level(sound[round(RATE * 2.8) :]) == pytest.approx(level(one), rel=0.02)
    steps = np.abs(np.diff(sound))
    steps[RATE * 2 - 5 : RATE * 2 + 5] = 0  # There the sound itself jumps.
    assert steps.max() < 1.5 * np.abs(np.diff(one)).max()


def test_a_moment_of_the_other_does_not_make_it_change_over() -> None:
    one = noise(4)
    other = -one.copy()
    other[RATE * 2 : RATE * 2 + 960] *= -1
    assert level(mixed(np.stack([one, other]))) == pytest.approx(level(one), rel=0.02)


def test_silence_is_silence() -> None:
    assert not mixed(np.zeros((2, RATE), np.float32)).any()
