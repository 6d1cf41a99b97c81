"""Sound in each form in which it may come, without a socket."""

from pathlib import Path

import numpy as np
import pytest

from captions.audio.opus import OpusStream
from captions.clients.deepgram.sound_in import SoundIn, sound_in
from captions.dialects.deepgram.asking import Ask
from captions.speech.ring import Samples
from captions.tokens.admission import Refusal
from tests.asr.offline.test_media_file import encode
from tests.speech_data import SAMPLE_RATE, load_pcm

NOTE = load_pcm("note-en-us")[: 5 * SAMPLE_RATE]


class Heard:
    """Takes samples and refusals."""

    def __init__(self) -> None:
        self.pieces: list[Samples] = []
        self.refusals: list[Refusal] = []

    async def take(self, samples: Samples) -> None:
        self.pieces.append(samples)

    async def fault(self, refusal: Refusal) -> None:
        self.refusals.append(refusal)

    def sound(self, **asked: object) -> SoundIn:
        return sound_in(Ask(**asked), self.take, self.fault)  # type: ignore[arg-type]

    @property
    def samples(self) -> Samples:
        return np.concatenate(self.pieces)


async def test_raw_samples_may_be_cut_anywhere() -> None:
    heard = Heard()
    sound = heard.sound(encoding="s16", rate=16_000)
    data = NOTE.astype("<i2").tobytes()
    for start in range(0, len(data), 1_001):
        await sound.push(data[start : start + 1_001])
    await sound.end()
    await sound.close()
    assert np.array_equal(heard.samples, NOTE)


async def test_floating_point_samples_of_two_channels_at_another_rate() -> None:
    heard = Heard()
    sound = heard.sound(encoding="f32", rate=48_000, channels=2)
    tone = np.sin(np.arange(48_000) * 2 * np.pi * 440 / 48_000).astype("<f4") / 2
    await sound.push(np.repeat(tone, 2).tobytes())
    await sound.end()
    assert heard.samples.size == pytest.approx(16_000, abs=64)
    assert np.abs(heard.samples).max() == pytest.approx(16_384, rel=0.1)


async def test_opus_packets_come_one_a_message() -> None:
    heard = Heard()
    sound = heard.sound(encoding="opus", rate=48_000)
    for payload, _ticks in OpusStream().push(NOTE):
        await sound.push(payload)
    await sound.end()
    await sound.close()
    assert heard.samples.size == pytest.approx(NOTE.size, abs=SAMPLE_RATE // 10)
    assert np.abs(heard.samples.astype(float)).mean() == pytest.approx(
        np.abs(NOTE.astype(float)).mean(), rel=0.1
    )


async def test_a_broken_opus_packet_is_left_out() -> None:
    heard = Heard()
    sound = heard.sound(encoding="opus", rate=48_000)
    packets = [payload for payload, _ticks in OpusStream().push(NOTE)]
    for number, payload in enumerate(packets):
        await sound.push(payload)
        if number % 10 == 0:
            await sound.push(b"\xff\xff\xff")
    assert heard.samples.size == pytest.approx(NOTE.size, abs=SAMPLE_RATE // 10)


async def test_what_is_no_opus_is_refused() -> None:
    sound = Heard().sound(encoding="opus", rate=48_000)
    for _ in range(19):
        await sound.push(b"\xff\xff\xff")
    with pytest.raises(Refusal, match="Opus packets"):
        await sound.push(b"\xff\xff\xff")


async def test_a_container_is_decoded_as_it_comes(tmp_path: Path) -> None:
    heard = Heard()
    sound = heard.sound()
    content = encode(tmp_path / "note.webm", NOTE, "libopus", 48_000).read_bytes()
    for start in range(0, len(content), 1_000):
        await sound.push(content[start : start + 1_000])
    await sound.end()
    await sound.close()
    assert heard.samples.size == pytest.approx(NOTE.size, abs=SAMPLE_RATE // 10)
    assert not heard.refusals


async def test_what_is_no_container_is_told() -> None:
    heard = Heard()
    sound = heard.sound()
    await sound.push(b"Dear diary, ")
    await sound.end()
    await sound.close()
    [refusal] = heard.refusals
    assert (refusal.status, refusal.code) == (400, "not_decodable")
    assert "WebM" in refusal.sentence


async def test_a_container_of_which_nothing_came() -> None:
    heard = Heard()
    sound = heard.sound()
    await sound.end()
    await sound.close()
    assert not heard.pieces


@pytest.mark.parametrize(("rate", "channels"), [(4_000, 1), (96_000, 1), (16_000, 3)])
def test_what_samples_may_not_be_is_said(rate: int, channels: int) -> None:
    with pytest.raises(Refusal, match="must"):
        Heard().sound(encoding="s16", rate=rate, channels=channels)
