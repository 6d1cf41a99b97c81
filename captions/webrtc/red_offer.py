"""Negotiates RED (`audio/red`, see red_payload.py), which aiortc does not support, by rewriting the SDP.

The offer for aiortc gets a second Opus format, with a payload type that the browser does not use. In the answer to
the browser this payload type is RED, and preferred. Its packets then reach the receiver undecoded.
"""

import re
from dataclasses import dataclass

_MEDIA = re.compile(r"^m=audio \d+ UDP/TLS/RTP/SAVPF(?P<formats>(?: \d{1,3})+)", re.ASCII | re.MULTILINE)
_FORMATS = re.compile(r"^m=\w+ \d+ [A-Z/]+(?P<formats>(?: \d{1,3})+)", re.ASCII | re.MULTILINE)
_COPIES = re.compile(
    r"^a=rtpmap:(?P<format>\d{1,3}) red/48000/2\r?$", re.ASCII | re.MULTILINE | re.IGNORECASE
)
# The payload types that aiortc takes over from an offer.
_DYNAMIC = range(96, 128)


@dataclass(frozen=True, slots=True)
class Redundancy:
    """The payload types that RED uses in one connection."""

    number: int
    """The payload type of RED packets."""
    opus: int
    """The payload type of the Opus blocks in them."""

    def in_offer(self, sdp: str) -> str:
        """The accepted offer with the second Opus format, for aiortc."""
        formats = f"UDP/TLS/RTP/SAVPF {self.opus}"
        sdp = sdp.replace(f"{formats}\r\n", f"{formats} {self.number}\r\n", 1)
        return f"{sdp}a=rtpmap:{self.number} opus/48000/2\r\n"

    def in_answer(self, sdp: str) -> str:
        """aiortc's answer with RED in place of the second Opus format, for the browser."""
        number, opus = self.number, self.opus
        sdp = sdp.replace(f"SAVPF {opus} {number}\r\n", f"SAVPF {number} {opus}\r\n", 1)
        return sdp.replace(
            f"a=rtpmap:{number} opus/48000/2\r\n",
            f"a=rtpmap:{number} red/48000/2\r\na=fmtp:{number} {opus}/{opus}\r\n",
            1,
        )


def offered(sdp: str, accepted: str) -> Redundancy | None:
    """The payload types for the offer `sdp`, which was reduced to `accepted`; None if it does not offer RED."""
    kept = _MEDIA.search(accepted)
    if kept is None:
        return None
    opus = int(kept["formats"])
    # Also those of sections that are refused: some programs send their video all the same.
    used = {int(number) for match in _FORMATS.finditer(sdp) for number in match["formats"].split()}
    free = [number for number in reversed(_DYNAMIC) if number not in used]
    for match in _COPIES.finditer(sdp):
        described = re.compile(rf"^a=fmtp:{match['format']} {opus}(?:/{opus})+\r?$", re.MULTILINE)
        if described.search(sdp) and opus in _DYNAMIC and free:
            return Redundancy(free[0], opus)
    return None
