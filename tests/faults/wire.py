"""The program in the middle of the link: passes packets between two TUN devices, by the rules of standard input.

Each line there is a `Rules` as JSON, answered by `set`; an empty one asks for counts.
"""

import ctypes
import fcntl
import heapq
import json
import os
import random
import selectors
import struct
import sys
import time
from collections import Counter

from tests.faults.link import FAR, GOOD, NAMESPACE, NEAR, Rules

_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000
_CLONE_NEWNET = 0x40000000
_PROTOCOLS = {6: "tcp", 17: "udp"}
_PACKET_BYTES = 65_535
# More is not kept, as in the queue of a router.
_MOST_WAITING = 2_000


class Wire:
    """Decides what becomes of each packet: pure, with time in seconds and chance as inputs."""

    def __init__(self, chance: random.Random) -> None:
        self.rules = GOOD
        self.counts: Counter[str] = Counter()
        self._chance = chance
        self._waiting: list[tuple[float, int, int, bytes]] = []
        self._number = 0

    def take(self, packet: bytes, to: int, now: float) -> None:
        """Takes a packet that is to leave at the side `to`."""
        if _protocol(packet) in self.rules.blocked:
            self.counts["blocked"] += 1
        elif self._chance.random() < self.rules.loss or len(self._waiting) >= _MOST_WAITING:
            self.counts["dropped"] += 1
        else:
            late = self.rules.delay_ms + self._chance.random() * self.rules.jitter_ms
            self._number += 1
            heapq.heappush(self._waiting, (now + late / 1000, self._number, to, packet))

    def due(self, now: float) -> list[tuple[int, bytes]]:
        """The packets that leave by now, each with its side, in order."""
        found = []
        while self._waiting and self._waiting[0][0] <= now:
            _, _, to, packet = heapq.heappop(self._waiting)
            self.counts["passed"] += 1
            found.append((to, packet))
        return found

    def wait(self, now: float) -> float | None:
        """Seconds until the next packet leaves."""
        return max(0.0, self._waiting[0][0] - now) if self._waiting else None


def _protocol(packet: bytes) -> str:
    if len(packet) < 20 or packet[0] >> 4 != 4:
        return "other"
    return _PROTOCOLS.get(packet[9], "other")


def _tun(name: str) -> int:
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH", name.encode(), _IFF_TUN | _IFF_NO_PI))
    return device


def _enter_namespace() -> None:
    with open(f"/var/run/netns/{NAMESPACE}") as namespace:
        if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "The network namespace cannot be entered.")


def main() -> None:
    near = _tun(NEAR)
    # A device belongs to the namespace in which it was made; this process may hold both.
    _enter_namespace()
    sides = (near, _tun(FAR))
    wire = Wire(random.Random(1))
    selector = selectors.DefaultSelector()
    for number, side in enumerate(sides):
        selector.register(side, selectors.EVENT_READ, number)
    selector.register(sys.stdin.fileno(), selectors.EVENT_READ, None)
    print("ready", flush=True)
    asked = b""
    while True:
        for key, _ in selector.select(wire.wait(time.monotonic())):
            if key.data is None:
                piece = os.read(key.fd, 4096)
                if not piece:
                    return
                *lines, asked = (asked + piece).split(b"\n")
                for line in lines:
                    print(_answer(wire, line), flush=True)
                continue
            try:
                while True:
                    wire.take(os.read(key.fd, _PACKET_BYTES), 1 - key.data, time.monotonic())
            except BlockingIOError:
                pass
        for to, packet in wire.due(time.monotonic()):
            try:
                os.write(sides[to], packet)
            except OSError:
                # The device is not up, or its queue is full.
                wire.counts["refused"] += 1


def _answer(wire: Wire, line: bytes) -> str:
    if not line.strip():
        return json.dumps(wire.counts)
    told = json.loads(line)
    wire.rules = Rules(**{**told, "blocked": tuple(told["blocked"])})
    return "set"


if __name__ == "__main__":
    main()
