"""A network between a sender and a receiver that loses, delays and reorders RTP packets, the same way in every run."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace

from captions.webrtc.jitter import AudioPacket


@dataclass(frozen=True, slots=True)
class Link:
    """What happens to packets on their way; shares of one, and seconds.

    Each packet is on its way for up to `jitter` seconds, drawn anew for each (`in_order` keeps those that would
    overtake behind their predecessors, as one router's queue does), and `reordered` of them `detour` longer still.
    """

    loss: float = 0.0
    jitter: float = 0.0
    reordered: float = 0.0
    detour: float = 0.04
    in_order: bool = True

    def carry(self, packets: Iterable[AudioPacket], seed: int = 1) -> list[AudioPacket]:
        """The packets that arrive, as they arrive; `arrived` of those given says when each is sent."""
        chance = random.Random(seed)
        queue_free = 0.0
        received = []
        for packet in packets:
            lost = chance.random() < self.loss
            at = packet.arrived + chance.random() * self.jitter
            detour = chance.random() < self.reordered
            if self.in_order:
                at = queue_free = max(at, queue_free)
            if not lost:
                received.append(replace(packet, arrived=at + self.detour * detour))
        return sorted(received, key=lambda packet: packet.arrived)
