"""Recorded speech as the packets of a browser, and the receiving side of a peer."""

from collections.abc import Iterable
from dataclasses import replace

import av
import numpy as np

from captions.webrtc.audio import Gap, Pcm
from captions.webrtc.jitter import AudioPacket
from captions.webrtc.receive_pipeline import ReceivePipeline
from captions.webrtc.red_payload import unpack
from tests.speech_data import Pcm as Samples

OPUS = 111
_PACKET = 320  # samples at 16 kHz
_TICKS = 960


def packets_of(speech: Samples) -> list[AudioPacket]:
    """20 ms packets with Chromium's settings for a microphone, each sent when its sound ends."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.format, encoder.layout, encoder.sample_rate = "s16", "mono", 48_000
    encoder.bit_rate = 32_000
    encoder.options = {"application": "voip"}
    resampler = av.AudioResampler(format="s16", layout="mono", rate=48_000, frame_size=_TICKS)
    whole = np.concatenate([speech, np.zeros(-speech.size % _PACKET, np.int16)])
    frame = av.AudioFrame.from_ndarray(whole[None], format="s16", layout="mono")
    frame.sample_rate = 16_000
    frames = [*resampler.resample(frame), *resampler.resample(None)]
    payloads = [bytes(packet) for part in [*frames, None] for packet in encoder.encode(part)]
    return [
        AudioPacket(1, index & 0xFFFF, index * _TICKS & 0xFFFFFFFF, payload, index * 0.02)
        for index, payload in enumerate(payloads)
    ]


def with_copies(packets: Iterable[AudioPacket]) -> list[AudioPacket]:
    """The packets as RED (RFC 2198), each with a copy of its predecessor."""
    before = b""
    redundant = []
    for packet in packets:
        header = (0x80 | OPUS) << 24 | _TICKS << 10 | len(before)
        copy = header.to_bytes(4, "big") if before else b""
        redundant.append(replace(packet, payload=copy + bytes([OPUS]) + before + packet.payload))
        before = packet.payload
    return redundant


class Receiver:
    """The receive pipeline of a peer, from packets to one array of samples."""

    def __init__(self, *, copies: bool = False) -> None:
        self._copies = copies
        self._now = 0.0
        self.heard: list[Pcm | Gap] = []
        self.path = ReceivePipeline(self.heard.append, lambda: self._now)

    def take(self, packets: Iterable[AudioPacket]) -> "Receiver":
        for packet in packets:
            self._now = packet.arrived
            for part in unpack(packet, OPUS) if self._copies else [packet]:
                self.path.add(part)
        self.path.flush()
        return self

    @property
    def samples(self) -> Samples:
        return np.concatenate(
            [
                np.zeros(part.samples, np.int16) if isinstance(part, Gap) else part.samples
                for part in self.heard
            ]
        )
