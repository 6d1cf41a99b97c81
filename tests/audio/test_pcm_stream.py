import numpy as np
import pytest

from captions.audio.pcm_stream import Encoding, PcmFormatError, PcmStream
from captions.speech.types import SAMPLE_RATE
from tests.speech_data import Pcm


def sine(rate: int, seconds: float = 0.5, hertz: float = 440.0) -> Pcm:
    return (8_000 * np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate)).astype(np.int16)


def pushed(stream: PcmStream, data: bytes, piece: int) -> Pcm:
    return np.concatenate(
        [*(stream.push(data[at : at + piece]) for at in range(0, len(data), piece)), stream.flush()]
    )


@pytest.mark.parametrize("piece", [1, 3, 320, 10_000])
def test_pieces_of_any_size_are_the_same_sound(piece: int) -> None:
    sound = sine(SAMPLE_RATE)
    assert np.array_equal(pushed(PcmStream("s16", SAMPLE_RATE), sound.tobytes(), piece), sound)


@pytest.mark.parametrize("rate", [8_000, 24_000, 44_100, 48_000])
def test_any_rate_becomes_16_khz(rate: int) -> None:
    heard = pushed(PcmStream("s16", rate), sine(rate).tobytes(), 441)
    wanted = sine(SAMPLE_RATE)
    assert abs(heard.size - wanted.size) <= 64
    middle = slice(1_000, 7_000)
    error = heard[middle].astype(int) - wanted[middle]
    assert np.abs(error).max() < 400, "resampled in pieces, without clicks between them"


def test_channels_are_mixed() -> None:
    left, right = sine(SAMPLE_RATE), np.zeros(SAMPLE_RATE // 2, np.int16)
    stereo = np.stack([left, right], axis=1).tobytes()
    heard = pushed(PcmStream("s16", SAMPLE_RATE, 2), stereo, 7)
    assert np.array_equal(heard, left // 2)


def test_32_bits_lose_their_lower_half() -> None:
    sound = sine(SAMPLE_RATE)
    data = (sound.astype("<i4") << 16).tobytes()
    assert np.array_equal(pushed(PcmStream("s32", SAMPLE_RATE), data, 1_001), sound)


def test_floating_point_samples_are_read_and_bounded() -> None:
    sound = np.array([0, 0.5, -0.5, 1, -1, 7, -7, np.nan, np.inf], "<f4").tobytes()
    stream = PcmStream("f32", 16_000)
    heard = np.concatenate([stream.push(sound[:5]), stream.push(sound[5:])])
    loudest = 32_767
    assert heard.tolist() == [0, 16_384, -16_384, loudest, -loudest, loudest, -loudest, 0, loudest]
    assert heard.dtype == np.int16


@pytest.mark.parametrize(
    ("encoding", "codes", "samples"),
    [
        # ITU-T G.711, tables 1 and 2: the largest value, the smallest, and silence.
        ("mulaw", [0x80, 0x00, 0xFF, 0x7F, 0xEF], [32_124, -32_124, 0, 0, 132]),
        ("alaw", [0xAA, 0x2A, 0xD5, 0x55, 0x80], [32_256, -32_256, 8, -8, 5_504]),
    ],
)
def test_g711_is_decoded_by_its_tables(encoding: Encoding, codes: list[int], samples: list[int]) -> None:
    from captions.audio import pcm_stream

    table = pcm_stream._MULAW if encoding == "mulaw" else pcm_stream._ALAW
    assert [int(table[code]) for code in codes] == samples
    assert PcmStream(encoding, 8_000).push(bytes(codes) * 400).size > 1_500


@pytest.mark.parametrize(("rate", "channels"), [(7_999, 1), (96_000, 1), (16_000, 0), (16_000, 3)])
def test_other_formats_are_refused_with_a_sentence(rate: int, channels: int) -> None:
    with pytest.raises(PcmFormatError, match="must"):
        PcmStream("s16", rate, channels)
