"""Finds the IP addresses to which posts may go: never those of private networks, which only the server can reach."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Container

from .errors import UnavailableError

Resolve = Callable[[str, int], Awaitable[list[str]]]

_MOST = 4
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class UnreachableError(UnavailableError):
    """The host has no address to which anything may be sent."""


class _Everywhere:
    def __contains__(self, host: object) -> bool:
        return True


EVERYWHERE: Container[str] = _Everywhere()
"""All hosts, also private ones."""


async def resolve(host: str, port: int) -> list[str]:
    """The IP addresses of a host. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


async def checked(host: str, port: int, allowed: Container[str], resolve: Resolve = resolve) -> list[str]:
    """The first of the host's addresses; those of `allowed` hosts may be private. Raises UnreachableError."""
    try:
        found = await resolve(host, port)
    except (OSError, UnicodeError) as error:
        raise UnreachableError(f"{host} has no address") from error
    if host not in allowed:
        found = [address for address in found if is_public(address)]
    if not found:
        raise UnreachableError(f"{host} has no public address")
    return list(dict.fromkeys(found))[:_MOST]


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the internet, also the IPv4 address that may be inside an IPv6 one."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        # A zone, as in fe80::1%eth0, is of a local network.
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast
