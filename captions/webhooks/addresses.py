"""The addresses to which events may be sent."""

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit, urlunsplit

from django.utils.translation import gettext as _

from ..core.errors import RefusedError
from ..core.resolving import is_public
from ..models.caption_output import LONGEST_HOST

LONGEST_ADDRESS = 2_000

_PRINTABLE = re.compile(r"[!-~]+")


class AddressError(RefusedError):
    """No events can be sent to this address."""


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    url: str = field(repr=False)


def read(text: str, *, private: bool) -> Address:
    """The address in a text that somebody entered; `private` ones may be without TLS. Raises AddressError.

    Where the name of a host leads is looked at whenever something is sent there.
    """
    text = text.strip()
    parts = _parts(text)
    host = (parts.hostname or "").rstrip(".")
    schemes = ("https", "http") if private else ("https",)
    if (
        parts.scheme not in schemes
        or not 0 < len(host) <= LONGEST_HOST
        or len(text) > LONGEST_ADDRESS
        or not _PRINTABLE.fullmatch(text)
        or "\\" in text
    ):
        raise AddressError(_("Enter the whole address. It begins with https://."))
    if "@" in parts.netloc:
        raise AddressError(_("An address with a user name or a password is not accepted."))
    if not private and not _may_be_public(host):
        raise AddressError(_("This server sends only to addresses on the internet."))
    return Address(host, urlunsplit((parts.scheme, parts.netloc, parts.path or "/", parts.query, "")))


def _parts(text: str) -> SplitResult:
    """Those of the empty address if it is none."""
    try:
        parts = urlsplit(text)
        _port = parts.port
    except ValueError:
        return urlsplit("")
    return parts


def _may_be_public(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host != "localhost" and not host.endswith(".localhost")
    return is_public(host)
