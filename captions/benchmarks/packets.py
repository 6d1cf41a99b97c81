"""Recordings as the packets of a microphone, and an imperfect network that transports them."""

import random
from collections.abc import Iterator
from dataclasses import replace

import av
import numpy as np

from ..speech.ring import Samples
from ..speech.types import SAMPLE_RATE
from ..webrtc.audio import TICK_RATE
from ..webrtc.jitter import AudioPacket

PACKET_SECONDS = 0.02
TICKS = round(TICK_RATE * PACKET_SECONDS)
_BIT_RATE = 32_000  # as browsers take it for a voice


class Microphone:
    """Plays `sound` (int16 mono 16 kHz, multiples of 20 ms) repeatedly, as Opus packets in the order of arrival.

    `lost` and `overtaken` are the shares of packets, 0 to 1, that are lost or arrive after the next one. The packets
    are the same in every run.
    """

    def __init__(self, sound: Samples, *, lost: float = 0.0, overtaken: float = 0.0, seed: int = 1) -> None:
        self._payloads = encoded(sound, SAMPLE_RATE)
        self._lost = lost
        self._overtaken = overtaken
        self._chance = random.Random(seed)  # noqa: S311
        self._sent = 0
        self._behind: AudioPacket | None = None

    def speak(self) -> Iterator[list[AudioPacket]]:
        """Yields the packets that arrive in each 20 ms; sequence numbers and time stamps continue at the next call."""
        for payload in self._payloads:
            at = self._sent * PACKET_SECONDS
            packet = AudioPacket(1, self._sent & 0xFFFF, self._sent * TICKS & 0xFFFFFFFF, payload, at)
            self._sent += 1
            yield list(self._carry(packet))

    def _carry(self, packet: AudioPacket) -> Iterator[AudioPacket]:
        behind, self._behind = self._behind, None
        chance = self._chance.random()
        if chance >= self._lost + self._overtaken:
            yield packet
        elif chance >= self._lost:
            self._behind = packet
        if behind is not None:
            yield replace(behind, arrived=packet.arrived)


def encoded(sound: Samples, rate: int) -> list[bytes]:
    """An Opus payload for each 20 ms of `sound` (int16 mono, `rate` Hz), encoded as browsers do."""
    encoder = av.AudioCodecContext.create("libopus", "w")
    encoder.format, encoder.layout, encoder.sample_rate = "s16", "mono", rate
    encoder.bit_rate = _BIT_RATE
    encoder.options = {"application": "voip"}
    samples = round(rate * PACKET_SECONDS)
    payloads: list[bytes] = []
    for start in range(0, sound.size, samples):
        part = sound[start : start + samples]
        frame = av.AudioFrame.from_ndarray(np.pad(part, (0, samples - part.size))[np.newaxis], "s16", "mono")
        frame.sample_rate = rate
        payloads += map(bytes, encoder.encode(frame))
    payloads += map(bytes, encoder.encode(None))
    # The codec adds some milliseconds of delay; a packet that contains only those is left out.
    return payloads[: -(-sound.size // samples)]
