"""A network between a sender and a receiver that loses, delays and reorders RTP packets, the same way in every run."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace

from captions.webrtc.jitter import AudioPacket


@dataclass(frozen=True, slots=True)
class Link:
    """The behaviour of the network; shares are from 0 to 1, times in seconds.

    Each packet is delayed by a random time of up to `jitter` seconds; `in_order` keeps the order of packets
    nevertheless, as a router's queue does. The share `reordered` of packets is delayed by another `detour` seconds.
    """

    loss: float = 0.0
    jitter: float = 0.0
    reordered: float = 0.0
    detour: float = 0.04
    in_order: bool = True

    def carry(self, packets: Iterable[AudioPacket], seed: int = 1) -> list[AudioPacket]:
        """The packets that arrive, in the order of arrival; `arrived` of the given packets is the time of sending."""
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
