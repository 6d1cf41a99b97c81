"""The browser's side of a connection, made with aiortc, with a microphone whose sound is known exactly."""

import asyncio
import fractions
import random
import time
from collections.abc import Callable
from typing import Any

import av
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.codecs.opus import OpusEncoder
from aiortc.rtp import RtpPacket

from captions.webrtc.jitter import AudioPacket

FRAME = 960


def tone(index: int, samples: int = FRAME, layout: str = "mono") -> av.AudioFrame:
    """Frame number `index` of a continuous 440 Hz tone at 48 kHz."""
    times = (np.arange(samples) + index * samples) / 48_000
    wave = (np.sin(2 * np.pi * 440 * times) * 8000).astype(np.int16)
    if layout == "stereo":
        wave = np.repeat(wave, 2)
    frame = av.AudioFrame.from_ndarray(wave[None], format="s16", layout=layout)
    frame.sample_rate = 48_000
    frame.pts = index * samples
    frame.time_base = fractions.Fraction(1, 48_000)
    return frame


def opus_packets(count: int, *, sequence: int = 0, timestamp: int = 0, ssrc: int = 1) -> list[AudioPacket]:
    """`count` packets of 20 ms, each arriving 20 ms after the last."""
    encoder = OpusEncoder()
    payloads = [payload for index in range(count) for payload in encoder.encode(tone(index))[0]]
    return [
        AudioPacket(
            ssrc, (sequence + index) & 0xFFFF, (timestamp + index * FRAME) & 0xFFFFFFFF, payload, index * 0.02
        )
        for index, payload in enumerate(payloads)
    ]


class ToneTrack(MediaStreamTrack):
    """A tone in real time; silent on the wire once `muted`."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.sent = 0
        self._began: float | None = None
        self._unmuted = asyncio.Event()
        self._unmuted.set()

    def mute(self) -> None:
        self._unmuted.clear()

    def unmute(self) -> None:
        self._began = time.monotonic() - self.sent * 0.02
        self._unmuted.set()

    async def recv(self) -> av.AudioFrame:
        await self._unmuted.wait()
        if self._began is None:
            self._began = time.monotonic()
        await asyncio.sleep(max(0.0, self._began + self.sent * 0.02 - time.monotonic()))
        frame = tone(self.sent)
        self.sent += 1
        return frame


class BrowserSide:
    """A browser that offers one microphone. `loss` is the share of RTP packets that are lost, 0 to 1."""

    def __init__(self, *, loss: float = 0.0, seed: int = 1) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.track = ToneTrack()
        self.sent_packets = 0
        self._videos = 0
        self._loss = loss
        self._random = random.Random(seed)
        transport: Any = self.connection.addTrack(self.track).transport
        self._send: Callable[[bytes], Any] = transport._send_rtp
        transport._send_rtp = self._send_or_lose

    async def offer(self) -> str:
        await self.connection.setLocalDescription()
        return str(self.connection.localDescription.sdp)

    async def connect(self, answer: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def send_video(self) -> None:
        """Sends a packet of a payload type that was not agreed on, from a new source."""
        self._videos += 1
        header = RtpPacket(payload_type=120, sequence_number=1, timestamp=1, ssrc=self._videos)
        await self._send(header.serialize() + bytes(1000))

    async def close(self) -> None:
        self.track.stop()
        await self.connection.close()

    async def _send_or_lose(self, data: bytes) -> None:
        is_rtp = not 192 <= data[1] <= 223
        if is_rtp:
            if self._random.random() < self._loss:
                return
            self.sent_packets += 1
        await self._send(data)


async def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Waits until a condition becomes true; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It did not happen in time."
        await asyncio.sleep(0.01)
