"""Agreeing with a browser that its packets carry copies (`audio/red`, see copies.py), which aiortc does not know.

aiortc is told of a second Opus format, under a number that the browser does not use; the browser is told that this
number means copies, and that the server prefers it. Packets of that number then reach the receiver undecoded.
"""

import re
from dataclasses import dataclass

_MEDIA = re.compile(r"^m=audio \d+ UDP/TLS/RTP/SAVPF(?P<formats>(?: \d{1,3})+)", re.ASCII | re.MULTILINE)
_COPIES = re.compile(
    r"^a=rtpmap:(?P<format>\d{1,3}) red/48000/2\r?$", re.ASCII | re.MULTILINE | re.IGNORECASE
)
# Numbers that aiortc takes over from an offer.
_DYNAMIC = range(96, 128)


@dataclass(frozen=True, slots=True)
class Redundancy:
    """`number` is the payload type of packets with copies, `opus` that of the blocks in them."""

    number: int
    opus: int

    def in_offer(self, sdp: str) -> str:
        """The accepted offer, for aiortc."""
        formats = f"UDP/TLS/RTP/SAVPF {self.opus}"
        sdp = sdp.replace(f"{formats}\r\n", f"{formats} {self.number}\r\n", 1)
        return f"{sdp}a=rtpmap:{self.number} opus/48000/2\r\n"

    def in_answer(self, sdp: str) -> str:
        """The answer of aiortc, for the browser."""
        number, opus = self.number, self.opus
        sdp = sdp.replace(f"SAVPF {opus} {number}\r\n", f"SAVPF {number} {opus}\r\n", 1)
        return sdp.replace(
            f"a=rtpmap:{number} opus/48000/2\r\n",
            f"a=rtpmap:{number} red/48000/2\r\na=fmtp:{number} {opus}/{opus}\r\n",
            1,
        )


def offered(sdp: str, accepted: str) -> Redundancy | None:
    """What to agree on for an offer `sdp`, of which `accepted` is left; None if the browser sends no copies of it."""
    numbers, kept = _MEDIA.search(sdp), _MEDIA.search(accepted)
    if numbers is None or kept is None:
        return None
    opus = int(kept["formats"])
    used = {int(number) for number in numbers["formats"].split()}
    free = [number for number in reversed(_DYNAMIC) if number not in used]
    for match in _COPIES.finditer(sdp):
        described = re.compile(rf"^a=fmtp:{match['format']} {opus}(?:/{opus})+\r?$", re.MULTILINE)
        if described.search(sdp) and opus in _DYNAMIC and free:
            return Redundancy(free[0], opus)
    return None
