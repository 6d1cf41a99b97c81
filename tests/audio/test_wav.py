import io
import wave

import av
import numpy as np
import pytest

from captions.audio.pcm_stream import Encoding, PcmFormatError, PcmStream
from captions.audio.wav import wav_head

SAMPLES = (np.sin(np.arange(8_000) / 10) * 20_000).astype("<i2")


def test_another_library_reads_it() -> None:
    data = SAMPLES.tobytes()
    with wave.open(io.BytesIO(wav_head("s16", 8_000, 2, len(data)) + data)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8_000, 2, 2)
        assert file.readframes(file.getnframes()) == data


@pytest.mark.parametrize("encoding", ["s16", "s32", "f32", "mulaw", "alaw"])
def test_it_is_the_sound_that_a_stream_of_the_same_bytes_is(encoding: Encoding) -> None:
    sound = {"f32": (SAMPLES / 32_767).astype("<f4"), "s32": SAMPLES.astype("<i4") << 16}.get(
        encoding, SAMPLES
    )
    data = sound.tobytes()
    with av.open(io.BytesIO(wav_head(encoding, 16_000, 1, len(data)) + data), "r") as file:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=16_000)
        frames = [part for frame in file.decode(audio=0) for part in resampler.resample(frame)]
    heard = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames]).astype(int)
    wanted = PcmStream(encoding, 16_000).push(data)
    assert heard.size == wanted.size
    assert np.abs(heard - wanted).max() <= 1


def test_more_than_a_head_can_count_is_said_to_be_without_end() -> None:
    assert wav_head("s16", 16_000, 1, 2**33)[-4:] == b"\xff\xff\xff\xff"


def test_other_formats_are_refused() -> None:
    with pytest.raises(PcmFormatError, match="must"):
        wav_head("s16", 96_000, 1, 0)
