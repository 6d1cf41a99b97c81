"""The addresses that people paste: which service they belong to, and whether captions may be sent there."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlunsplit

from django.utils.translation import gettext as _

from ..core.addresses import address_parts
from ..core.errors import RefusedError
from ..models import OutputKind
from ..models.sealed_address import LONGEST_HOST

_DOMAINS = {OutputKind.YOUTUBE: "youtube.com", OutputKind.ZOOM: "zoom.us"}
# Parameters that are added to each post.
_OWN = re.compile(r"(?:^|(?<=&))seq=[^&]*&?")


class AddressError(RefusedError):
    """No captions can be sent to this address."""


@dataclass(frozen=True, slots=True)
class Address:
    kind: OutputKind
    host: str
    url: str = field(repr=False)


def read(text: str, allowed: Collection[str]) -> Address:
    """The address in a text that somebody pasted; `allowed` are further hosts. Raises AddressError.

    Addresses of YouTube and Zoom always become HTTPS; that of another host stays as it is.
    """
    parts = _parts(text.strip())
    host = (parts.hostname or "").rstrip(".")
    kind = next((kind for kind, domain in _DOMAINS.items() if _is_in(host, domain)), None)
    if host in allowed:
        kind = kind or (OutputKind.ZOOM if "zoom" in text.lower() else OutputKind.YOUTUBE)
        scheme, netloc = parts.scheme, parts.netloc
    elif kind is None:
        raise AddressError(
            _("This is not an address of YouTube or Zoom, and this server sends to no others.")
        )
    elif parts.port not in (None, 80, 443):
        raise AddressError(_("An address of YouTube or Zoom has no port number."))
    elif not parts.path.strip("/"):
        raise _not_whole()
    else:
        scheme, netloc = "https", host
    query = _OWN.sub("", parts.query).rstrip("&")
    return Address(kind, host, urlunsplit((scheme, netloc, parts.path or "/", query, "")))


def _parts(text: str) -> SplitResult:
    parts = address_parts(text, ("https", "http"))
    if parts is None or not 0 < len(parts.hostname or "") <= LONGEST_HOST:
        raise _not_whole()
    if "@" in parts.netloc:
        raise AddressError(_("An address with a user name or a password is not accepted."))
    return parts


def _not_whole() -> AddressError:
    return AddressError(_("Paste the whole address, as YouTube or Zoom shows it. It begins with https://."))


def _is_in(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")
