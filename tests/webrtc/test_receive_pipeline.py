import random
from dataclasses import replace

import av
import numpy as np
import pytest
from aiortc.codecs.opus import OpusEncoder

from captions.webrtc.audio import AudioChunk, Gap, Packet, Pcm
from captions.webrtc.jitter import AudioPacket
from captions.webrtc.receive_pipeline import IDLE_SECONDS, ReceivePipeline
from tests.webrtc.support import FRAME, opus_packets, tone


class Listener:
    def __init__(self) -> None:
        self.heard: list[AudioChunk] = []
        self.now = 0.0
        self.path = ReceivePipeline(self.heard.append, lambda: self.now)

    def take(self, packets: list[AudioPacket]) -> None:
        for packet in packets:
            self.now = packet.arrived
            self.path.add(packet)

    @property
    def samples(self) -> int:
        return sum(item.samples if isinstance(item, Gap) else item.samples.size for item in self.heard)


def test_a_tenth_of_the_packets_lost_leaves_the_clock_right() -> None:
    listener = Listener()
    chance = random.Random(5)
    packets = opus_packets(500, sequence=65_300, timestamp=2**32 - 100_000)
    received = [packets[0], *(packet for packet in packets[1:-1] if chance.random() > 0.1), packets[-1]]
    listener.take(received)
    listener.path.flush()
    assert listener.samples == 500 * 320
    counts = listener.path.stats.packets
    assert counts.released == counts.received == len(received)
    assert counts.lost == 500 - len(received)
    # A hole is waited for during four more packets, and never longer.
    assert 0.06 < listener.path.stats.longest_hold_seconds <= 0.2


def test_sound_fades_into_a_hole_instead_of_breaking_off() -> None:
    listener = Listener()
    packets = opus_packets(60)
    listener.take(packets[:30] + packets[40:])
    listener.path.flush()
    assert listener.samples == 60 * 320
    assert listener.path.stats.concealed == 3
    heard = np.concatenate([item.samples for item in listener.heard if isinstance(item, Pcm)])
    levels = np.abs(heard.reshape(60, 320).astype(float)).max(axis=1)
    assert levels[29] > 5000
    assert levels[30] > 0.7 * levels[29]
    assert levels[30] >= levels[31] >= levels[32] > 500
    assert (levels[34:39] < 5).all()
    assert levels[41] > 5000


def test_a_pause_of_the_sender_is_silence_and_nothing_is_made_up_for_it() -> None:
    listener = Listener()
    packets = opus_packets(60)
    # Its packets are numbered without a hole, only their time stamps jump.
    later = [replace(packet, sequence=packet.sequence - 20) for packet in packets[50:]]
    listener.take(packets[:30] + later)
    listener.path.flush()
    assert listener.samples == 60 * 320
    assert listener.path.stats.concealed == 0


def test_last_packets_after_a_hole_are_delivered_when_nothing_more_comes() -> None:
    listener = Listener()
    packets = opus_packets(10)
    listener.take(packets[:6] + packets[7:])
    assert listener.samples < 7 * 320
    listener.path.tick(listener.now + IDLE_SECONDS / 2)
    assert listener.samples < 7 * 320
    listener.path.tick(listener.now + IDLE_SECONDS)
    assert listener.samples >= 10 * 320 - 16
    listener.path.flush()
    assert listener.samples == 10 * 320


def test_what_came_before_a_pause_is_delivered_and_its_time_is_not() -> None:
    listener = Listener()
    packets = opus_packets(300)
    listener.take(packets[:8] + packets[9:10])
    listener.path.pause()
    assert listener.samples == 10 * 320
    assert listener.path.paused
    listener.take(packets[10:290])
    listener.path.tick(10)
    listener.path.flush()
    assert listener.samples == 10 * 320
    listener.path.resume()
    listener.take(packets[290:])
    listener.path.flush()
    assert listener.samples == 20 * 320


def test_packets_that_are_no_sound_do_no_harm() -> None:
    listener = Listener()
    packets = opus_packets(30)
    packets[10] = replace(packets[10], payload=b"")
    packets[11] = replace(packets[11], payload=b"\xff" * 7)
    packets[12] = replace(packets[12], payload=bytes(1200))
    listener.take(packets)
    listener.path.flush()
    assert listener.samples >= 30 * 320
    assert listener.path.stats.packets.released == 30


def test_a_new_source_continues_at_once() -> None:
    listener = Listener()
    listener.take(opus_packets(10))
    second = opus_packets(10, sequence=4000, timestamp=123_456_789, ssrc=2)
    listener.take([replace(packet, arrived=packet.arrived + 0.2) for packet in second])
    listener.path.flush()
    assert listener.samples == 20 * 320


def test_a_flood_is_cut_to_the_time_that_passed() -> None:
    listener = Listener()
    listener.take([replace(packet, arrived=0.0) for packet in opus_packets(600)])
    assert listener.samples <= 5 * 16_000
    assert listener.path.stats.too_fast == 350


def test_what_was_sent_in_stereo_is_heard_in_mono() -> None:
    encoder = OpusEncoder()
    frames = []
    for index in range(50):
        left = tone(index, layout="stereo")
        samples = left.to_ndarray()
        samples[:, 1::2] = 0
        one_sided = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
        one_sided.sample_rate, one_sided.pts, one_sided.time_base = 48_000, left.pts, left.time_base
        frames += encoder.encode(one_sided)[0]
    listener = Listener()
    listener.take(
        [AudioPacket(1, index, index * 960, payload, index * 0.02) for index, payload in enumerate(frames)]
    )
    heard = np.concatenate([item.samples for item in listener.heard if isinstance(item, Pcm)])
    # Half of the 8000 that one side has.
    assert 3500 < np.abs(heard[8000:]).max() < 4500


@pytest.mark.parametrize("other", [-1.0, -0.7])
def test_channels_that_cancel_are_heard(other: float) -> None:
    encoder = OpusEncoder()
    frames = []
    for index in range(100):
        left = tone(index, layout="stereo")
        samples = left.to_ndarray()
        samples[:, 1::2] = (samples[:, 1::2] * other).astype(np.int16)
        twisted = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
        twisted.sample_rate, twisted.pts, twisted.time_base = 48_000, left.pts, left.time_base
        frames += encoder.encode(twisted)[0]
    listener = Listener()
    listener.take(
        [AudioPacket(1, index, index * 960, payload, index * 0.02) for index, payload in enumerate(frames)]
    )
    heard = np.concatenate([item.samples for item in listener.heard if isinstance(item, Pcm)])
    assert 7000 < np.abs(heard[8000:]).max() < 9000


def test_a_packet_says_where_its_sound_lies() -> None:
    kept: list[Packet] = []
    heard: list[AudioChunk] = []
    path = ReceivePipeline(heard.append, lambda: 0.0, kept.append)
    packets = opus_packets(30)
    for packet in [*packets[:10], *packets[13:20]]:
        path.add(packet)
    path.flush()
    path.pause()
    path.resume()
    for packet in packets[25:]:
        path.add(packet)
    path.flush()
    # Three were lost; what came in the pause belongs to nothing.
    expected = [*range(10), *range(13, 25)]
    assert [packet.start for packet in kept] == [960 * number for number in expected]
    assert {packet.ticks for packet in kept} == {960}
    assert [packet.payload for packet in kept] == [
        packet.payload for packet in (*packets[:10], *packets[13:20], *packets[25:])
    ]


def _with_channels(count: int, channels: int, first: int = 0) -> list[AudioPacket]:
    """Packets in which the first channel has a tone, and the second one, if any, nothing."""
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.format = 48_000, "s16"
    encoder.layout, encoder.bit_rate = ("mono", 32_000) if channels == 1 else ("stereo", 64_000)
    payloads = []
    for index in range(count):
        sound = np.zeros((FRAME, channels), np.int16)
        sound[:, 0] = tone(index).to_ndarray()[0]
        frame = av.AudioFrame.from_ndarray(sound.reshape(1, -1), format="s16", layout=encoder.layout.name)
        frame.sample_rate = 48_000
        payloads += [bytes(packet) for packet in encoder.encode(frame)]
    numbers = range(first, first + count)
    return [
        AudioPacket(1, number, number * FRAME, payload, number * 0.02)
        for number, payload in zip(numbers, payloads, strict=False)
    ]


def test_two_channels_stay_apart_where_sound_is_shared() -> None:
    heard: list[AudioChunk] = []
    path = ReceivePipeline(heard.append, lambda: 100.0, shares=True)
    # A packet of one channel holds the microphone alone.
    for packet in (*_with_channels(50, 2), *_with_channels(20, 1, first=50)):
        path.add(packet)
    path.flush()
    pieces = [piece for piece in heard if isinstance(piece, Pcm)]
    own = np.concatenate([piece.samples for piece in pieces])
    shared = np.concatenate([piece.shared for piece in pieces if piece.shared is not None])
    assert own.size == shared.size == 70 * 320
    for part in (own[3_200:16_000], own[-3_200:]):
        assert 7000 < np.abs(part).max() < 9000
    assert np.abs(shared).max() < 10


def test_two_channels_are_one_microphone_where_no_sound_is_shared() -> None:
    listener = Listener()
    listener.take(_with_channels(50, 2))
    assert all(piece.shared is None for piece in listener.heard if isinstance(piece, Pcm))
