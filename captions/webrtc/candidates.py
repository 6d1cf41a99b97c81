"""Decides which ICE candidates of a browser are used; it opens no connection.

The server sends packets to the address of a candidate, which is untrusted input. Private ranges are accepted, since
browser and server may share a network, and so are documentation ranges, which lead nowhere and which test networks
use. Addresses that could reach the server's own services, or the metadata service of its cloud, are refused.
"""

import ipaddress
import re
from dataclasses import dataclass

from ..core.errors import ProtocolError

MAX_BYTES = 512
LEAST_PORT = 1024

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_REFUSED = [
    ("loopback", ipaddress.ip_network("127.0.0.0/8")),
    ("loopback", ipaddress.ip_network("::1/128")),
    ("link-local", ipaddress.ip_network("169.254.0.0/16")),
    ("link-local", ipaddress.ip_network("fe80::/10")),
    ("unspecified", ipaddress.ip_network("0.0.0.0/8")),
    ("unspecified", ipaddress.ip_network("::/128")),
    ("multicast", ipaddress.ip_network("224.0.0.0/4")),
    ("multicast", ipaddress.ip_network("ff00::/8")),
    ("reserved", ipaddress.ip_network("240.0.0.0/4")),
    ("reserved", ipaddress.ip_network("::/8")),  # with 64:ff9b::/96, which leads to any IPv4 address
    ("reserved", ipaddress.ip_network("100::/64")),
]

_LINE = re.compile(
    r"(?:a=)?(?:candidate:)?(?P<foundation>[\w+/-]{1,32}) (?P<component>\d{1,3}) (?P<transport>[A-Za-z]{3,8})"
    r" (?P<priority>\d{1,10}) (?P<host>[\w.:%-]{1,255}) (?P<port>\d{1,5}) typ (?P<type>host|srflx|prflx|relay)"
    r"(?: [\x21-\x7e]{1,255})*",
    re.ASCII,
)


class CandidateError(ProtocolError):
    """A candidate that is refused; the session goes on without it. `message` is a sentence for the user.

    `code` is malformed, too_large, candidate_refused (its address or port) or candidate_limit.
    """


@dataclass(frozen=True, slots=True)
class Accepted:
    """A candidate to connect to. `line` is rewritten from the input and holds only what ICE needs."""

    host: str
    port: int
    line: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """A valid candidate that this server does not use. `reason` is tcp, mdns, rtcp or duplicate."""

    reason: str


class CandidateGate:
    """Checks the candidates of one peer connection.

    At most `limit` UDP candidates are checked, refused ones included. `allow_loopback` accepts 127.0.0.0/8 and ::1,
    for a machine that has no other network.
    """

    def __init__(self, limit: int = 20, *, max_bytes: int = MAX_BYTES, allow_loopback: bool = False) -> None:
        self._limit = limit
        self._max_bytes = max_bytes
        self._allow_loopback = allow_loopback
        self._seen: set[tuple[str, int]] = set()
        self._looked_at = 0

    def check(self, line: str) -> Accepted | Ignored:
        """Checks one candidate line, with or without its `candidate:` prefix. Raises CandidateError."""
        if len(line) > self._max_bytes:
            raise CandidateError("too_large", f"A candidate may have {self._max_bytes} bytes at most.")
        match = _LINE.fullmatch(line.strip(" \r\n"))
        if match is None:
            raise CandidateError("malformed", "This is not an ICE candidate.")
        if match["transport"].lower() != "udp":
            return Ignored("tcp")
        if match["component"] != "1":
            return Ignored("rtcp")
        host = match["host"]
        if host.lower().endswith((".local", ".local.")):
            return Ignored("mdns")

        if self._looked_at >= self._limit:
            raise CandidateError("candidate_limit", f"More than {self._limit} candidates were sent.")
        self._looked_at += 1
        address = self._address(host)
        port = int(match["port"])
        if not LEAST_PORT <= port <= 65535:
            raise CandidateError("candidate_refused", f"A candidate's port must be {LEAST_PORT} to 65535.")
        if (key := (str(address), port)) in self._seen:
            self._looked_at -= 1
            return Ignored("duplicate")
        self._seen.add(key)
        # aioice knows no candidate of type prflx, and needs no related address.
        kind = "host" if match["type"] == "prflx" else match["type"]
        line = f"{match['foundation']} 1 udp {match['priority']} {address} {port} typ {kind}"
        return Accepted(str(address), port, line)

    def _address(self, host: str) -> _Address:
        try:
            address = ipaddress.ip_address(host)
        except ValueError as error:
            raise CandidateError("candidate_refused", "A candidate must name an IP address.") from error
        if isinstance(address, ipaddress.IPv6Address) and address.scope_id:
            raise CandidateError("candidate_refused", "Candidates with link-local addresses are refused.")
        for form in [address, *_embedded(address)]:
            kind = _refused_class(form)
            if kind and not (kind == "loopback" and self._allow_loopback):
                raise CandidateError("candidate_refused", f"Candidates with {kind} addresses are refused.")
        return address


def _embedded(address: _Address) -> list[ipaddress.IPv4Address]:
    """The IPv4 addresses that an IPv6 address embeds: as IPv4-mapped, 6to4 or Teredo."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    return [embedded for embedded in found if embedded is not None]


def _refused_class(address: _Address) -> str | None:
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return None  # the embedded IPv4 address is checked instead
    for kind, network in _REFUSED:
        if address.version == network.version and address in network:
            return kind
    return None
