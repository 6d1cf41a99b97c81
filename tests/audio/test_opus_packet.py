"""What the first bytes of an Opus packet say."""

import av
import numpy as np
import pytest

from captions.audio.opus_packet import OpusPacketError, ticks_of


@pytest.mark.parametrize("milliseconds", ["2.5", "5", "10", "20", "40", "60", "80", "120"])
@pytest.mark.parametrize(("application", "rate"), [("voip", 12_000), ("voip", 32_000), ("audio", 96_000)])
def test_the_length_of_what_the_codec_makes(milliseconds: str, application: str, rate: int) -> None:
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.format, encoder.bit_rate = 48_000, "stereo", "s16", rate
    encoder.options = {"frame_duration": milliseconds, "application": application}
    ticks = int(float(milliseconds) * 48)
    noise = np.random.default_rng(1).integers(-9_000, 9_000, (1, 2 * ticks * 4)).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(noise, format="s16", layout="stereo")
    frame.sample_rate = 48_000
    packets = [bytes(packet) for packet in encoder.encode(frame)]
    assert packets
    assert {ticks_of(packet) for packet in packets} == {ticks}


@pytest.mark.parametrize("payload", [b"", b"\x4b", b"\x4b\x00", b"\x4b\x3f"])
def test_what_is_no_packet(payload: bytes) -> None:
    with pytest.raises(OpusPacketError):
        ticks_of(payload)
