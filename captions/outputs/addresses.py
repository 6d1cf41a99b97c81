"""The addresses that people paste: which service they belong to, and whether captions may be sent there."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit, urlunsplit

from django.utils.translation import gettext as _

from ..core.errors import RefusedError
from ..models import OutputKind
from ..models.caption_output import LONGEST_HOST

LONGEST_ADDRESS = 2_000

_DOMAINS = {OutputKind.YOUTUBE: "youtube.com", OutputKind.ZOOM: "zoom.us"}
# Parameters that are added to each post.
_OWN = re.compile(r"(?:^|(?<=&))seq=[^&]*&?")
_PRINTABLE = re.compile(r"[!-~]+")


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
    parts, port = _parts(text.strip())
    host = (parts.hostname or "").rstrip(".")
    kind = next((kind for kind, domain in _DOMAINS.items() if _is_in(host, domain)), None)
    if host in allowed:
        kind = kind or (OutputKind.ZOOM if "zoom" in text.lower() else OutputKind.YOUTUBE)
        scheme, netloc = parts.scheme, parts.netloc
    elif kind is None:
        raise AddressError(
            _("This is not an address of YouTube or Zoom, and this server sends to no others.")
        )
    elif port not in (None, 80, 443):
        raise AddressError(_("An address of YouTube or Zoom has no port number."))
    elif not parts.path.strip("/"):
        raise _not_whole()
    else:
        scheme, netloc = "https", host
    query = _OWN.sub("", parts.query).rstrip("&")
    return Address(kind, host, urlunsplit((scheme, netloc, parts.path or "/", query, "")))


def _parts(text: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    host = parts.hostname or ""
    if (
        parts.scheme not in ("https", "http")
        or not 0 < len(host) <= LONGEST_HOST
        or len(text) > LONGEST_ADDRESS
        or not _PRINTABLE.fullmatch(text)
        or "\\" in text
    ):
        raise _not_whole()
    if "@" in parts.netloc:
        raise AddressError(_("An address with a user name or a password is not accepted."))
    return parts, port


def _not_whole() -> AddressError:
    return AddressError(_("Paste the whole address, as YouTube or Zoom shows it. It begins with https://."))


def _is_in(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")
