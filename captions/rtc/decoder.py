"""Opus packets to sound."""

import logging

import av
from aiortc.codecs.opus import OpusDecoder
from aiortc.jitterbuffer import JitterFrame

from .jitter import Release

logger = logging.getLogger(__name__)


class PacketDecoder:
    """Decodes the packets of one stream in order, at 48 kHz.

    It runs where it is called: a 20 ms packet takes about 0.05 ms, less than handing it to a thread and back.
    """

    def __init__(self) -> None:
        self._codec = OpusDecoder()
        self.errors = 0

    def decode(self, release: Release) -> list[av.AudioFrame]:
        """The sound of one packet; nothing for one that cannot be decoded."""
        payload = release.packet.payload
        # An empty packet would put the codec into its draining state, from which it never returns.
        if not payload:
            return []
        try:
            frames = self._codec.decode(JitterFrame(payload, 0))
        except (av.FFmpegError, ValueError):
            self.errors += 1
            logger.debug("A packet could not be decoded.")
            return []
        return [frame for frame in frames if isinstance(frame, av.AudioFrame)]
