import numpy as np
import pytest

from captions.audio.noise.rates import DELAY, TIMES, Narrowing, Widening


@pytest.mark.parametrize("hertz", [200, 1_000, 5_000, 6_500])
def test_a_tone_comes_back_as_it_was(hertz: int) -> None:
    tone = np.sin(2 * np.pi * hertz * np.arange(16_000) / 16_000)
    wider, narrower = Widening(), Narrowing()
    back = np.concatenate([narrower.push(wider.push(piece)) for piece in tone.reshape(-1, 160)])
    assert back.shape == tone.shape
    late = 2 * DELAY
    assert back[2 * late :] == pytest.approx(tone[late:-late], abs=0.005)


def test_what_is_added_above_the_voice_is_not_heard() -> None:
    wider = Widening()
    wide = np.concatenate(
        [
            wider.push(piece)
            for piece in np.sin(2 * np.pi * 3_000 * np.arange(8_000) / 16_000).reshape(-1, 160)
        ]
    )
    power = np.abs(np.fft.rfft(wide[-12_000:] * np.hanning(12_000))) ** 2
    at = round(3_000 / (16_000 * TIMES) * 12_000)
    assert power[: at - 8].max() < power[at] * 1e-5
    assert power[at + 8 :].max() < power[at] * 1e-5
