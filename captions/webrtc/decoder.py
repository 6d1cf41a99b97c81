"""Decodes Opus packets."""

import logging

import av
import numpy as np

from ..audio.mixing import MonoMixer, channels_of
from ..audio.opus_packet import is_stereo
from .audio import TICK_RATE
from .jitter import Release

logger = logging.getLogger(__name__)

_ONE_FRAME = 0b11111100


class PacketDecoder:
    """Decodes the packets of one stream, in order, to 48 kHz mono frames.

    The codec itself would mix stereo down, but to nothing where its channels cancel. It decodes in the caller's thread:
    decoding a packet takes less time than handing it to another thread.

    With `apart` the frames have two channels, of which the second is silent where a packet has only one.
    """

    def __init__(self, *, apart: bool = False) -> None:
        self._apart = apart
        self._codec = av.AudioCodecContext.create("libopus", "r")
        self._codec.format, self._codec.layout, self._codec.sample_rate = "s16", "stereo", TICK_RATE
        self._mixer = MonoMixer(2, TICK_RATE)
        self._lost_one: bytes | None = None
        self.errors = 0

    def decode(self, release: Release) -> list[av.AudioFrame]:
        """The frames of one packet; none if it cannot be decoded."""
        payload = release.packet.payload
        # An empty packet would put the codec into its draining state for good.
        if not payload:
            return []
        # A packet of the same kind with an empty frame means "this frame was lost" (RFC 6716, 3.2.1).
        self._lost_one = bytes([payload[0] & _ONE_FRAME])
        return self._decode(payload)

    def conceal(self) -> list[av.AudioFrame]:
        """The codec's concealment of a lost frame, made from the sound before it; none at the beginning."""
        return self._decode(self._lost_one) if self._lost_one is not None else []

    def restart(self) -> None:
        """Prepares for another stream, whose losses cannot be concealed from this one."""
        self._lost_one = None

    def _decode(self, payload: bytes) -> list[av.AudioFrame]:
        try:
            frames = self._codec.decode(av.Packet(payload))
            if not self._apart:
                return [self._mixed(frame) for frame in frames]
            return frames if is_stereo(payload) else [_on_the_left(frame) for frame in frames]
        except (av.FFmpegError, ValueError):
            self.errors += 1
            logger.debug("packet_not_decoded")
            return []

    def _mixed(self, frame: av.AudioFrame) -> av.AudioFrame:
        sound = np.round(self._mixer.mix(channels_of(frame)) * 32768).clip(-32768, 32767)
        mono = av.AudioFrame.from_ndarray(sound.astype(np.int16).reshape(1, -1), format="s16", layout="mono")
        mono.sample_rate, mono.pts = frame.sample_rate, frame.pts
        return mono


def _on_the_left(frame: av.AudioFrame) -> av.AudioFrame:
    """The frame with its second channel silent."""
    sound = frame.to_ndarray().reshape(-1, 2).copy()
    sound[:, 1] = 0
    alone = av.AudioFrame.from_ndarray(sound.reshape(1, -1), format="s16", layout="stereo")
    alone.sample_rate, alone.pts = frame.sample_rate, frame.pts
    return alone
