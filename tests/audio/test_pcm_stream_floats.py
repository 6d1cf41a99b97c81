import numpy as np

from captions.audio.pcm_stream import PcmStream


def test_floating_point_samples_are_read_and_bounded() -> None:
    sound = np.array([0, 0.5, -0.5, 1, -1, 7, -7, np.nan, np.inf], "<f4").tobytes()
    stream = PcmStream("f32", 16_000)
    heard = np.concatenate([stream.push(sound[:5]), stream.push(sound[5:])])
    loudest = 32_767
    assert heard.tolist() == [0, 16_384, -16_384, loudest, -loudest, loudest, -loudest, 0, loudest]
    assert heard.dtype == np.int16
