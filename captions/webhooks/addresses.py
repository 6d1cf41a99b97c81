"""The addresses to which events may be sent."""

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import urlunsplit

from django.utils.translation import gettext as _

from ..core.addresses import address_parts
from ..core.errors import RefusedError
from ..core.interface_language import translated
from ..core.resolving import is_public
from ..models.sealed_address import LONGEST_HOST
from .outcomes import PRIVATE


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
    parts = address_parts(text.strip(), ("https", "http") if private else ("https",))
    host = (parts.hostname or "").rstrip(".") if parts else ""
    if parts is None or not 0 < len(host) <= LONGEST_HOST:
        raise AddressError(_("Enter the whole address. It begins with https://."))
    if "@" in parts.netloc:
        raise AddressError(_("An address with a user name or a password is not accepted."))
    if not private and not _may_be_public(host):
        raise AddressError(translated(PRIVATE))
    return Address(host, urlunsplit((parts.scheme, parts.netloc, parts.path or "/", parts.query, "")))


def _may_be_public(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host != "localhost" and not host.endswith(".localhost")
    return is_public(host)
