"""Opus packets to sound."""

import logging

import av

from .audio import TICK_RATE
from .jitter import Release

logger = logging.getLogger(__name__)

_ONE_FRAME = 0b11111100


class PacketDecoder:
    """Decodes the packets of one stream in order, to 48 kHz mono: what was sent in stereo is mixed by the codec itself.

    It runs where it is called: a 20 ms packet takes about 0.03 ms, less than handing it to a thread and back.
    """

    def __init__(self) -> None:
        self._codec = av.AudioCodecContext.create("libopus", "r")
        self._codec.format, self._codec.layout, self._codec.sample_rate = "s16", "mono", TICK_RATE
        self._lost_one: bytes | None = None
        self.errors = 0

    def decode(self, release: Release) -> list[av.AudioFrame]:
        """The sound of one packet; nothing for one that cannot be decoded."""
        payload = release.packet.payload
        # An empty packet would put the codec into its draining state, from which it never returns.
        if not payload:
            return []
        # A frame without data, in a packet of the same kind, is Opus for "this frame was lost" (RFC 6716, 3.2.1).
        self._lost_one = bytes([payload[0] & _ONE_FRAME])
        return self._decode(payload)

    def conceal(self) -> list[av.AudioFrame]:
        """The codec's guess at a lost frame, from the sound before it; nothing where there was none."""
        return self._decode(self._lost_one) if self._lost_one is not None else []

    def restart(self) -> None:
        """Another stream begins, which a guess from this one would not fit."""
        self._lost_one = None

    def _decode(self, payload: bytes) -> list[av.AudioFrame]:
        try:
            return self._codec.decode(av.Packet(payload))
        except (av.FFmpegError, ValueError):
            self.errors += 1
            logger.debug("packet_not_decoded")
            return []
