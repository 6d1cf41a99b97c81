"""Addresses in environment variables that may hold a user and a password, read strictly.

Where a password holds one of the characters that separate the parts of an address, libraries guess differently what is
meant, and quote parts of the password in their errors. So such an address is refused here, and no sentence quotes it.
"""

import re
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ImproperlyConfigured

_ENCODING = (
    "cannot be read as an address. In its user name and password, write # as %23, / as %2F, ? as %3F, @ as %40, "
    "% as %25, [ as %5B, ] as %5D and a space as %20 (percent-encoding)."
)
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
# Of the host and the port; an IPv6 address stands in brackets.
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+(?:%25[\w.~-]+)?\]|[^\[\]:]*)(?::(?P<port>.*))?", re.DOTALL)


def split(name: str, address: str, schemes: tuple[str, ...], expected: str) -> SplitResult:
    """The parts of the address in the variable `name`, whose scheme is one of `schemes`.

    Raises ImproperlyConfigured; `expected` completes the sentence "NAME must be …".
    """
    scheme, separator, rest = address.partition("://")
    if not separator or scheme.lower() not in schemes:
        raise ImproperlyConfigured(f"{name} must {expected}.")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    credentials, _, host = authority.rpartition("@")
    if (
        rest.count("@") != authority.count("@")
        or re.search(r"[@\[\]]", credentials)
        or re.search(r"[#\s\x00-\x1f\x7f]", rest)
        or _BAD_PERCENT.search(rest)
    ):
        raise ImproperlyConfigured(f"{name} {_ENCODING}")
    # PostgreSQL takes several hosts, of which it uses the first that answers.
    for each in host.split(","):
        parsed = _HOST.fullmatch(each)
        if not parsed:
            raise ImproperlyConfigured(f"{name} must {expected}; its host cannot be read.")
        if parsed["port"] and not (
            re.fullmatch("[0-9]{1,5}", parsed["port"]) and 0 < int(parsed["port"]) < 65536
        ):
            raise ImproperlyConfigured(f"{name} must {expected}; its port must be a number from 1 to 65535.")
    try:
        return urlsplit(address)
    except ValueError:
        # Characters that some would take for one of the above.
        raise ImproperlyConfigured(f"{name} {_ENCODING}") from None


def web(name: str, address: str, *, elsewhere: str) -> str:
    """An address of a web server without user and password, for which there are other variables: `elsewhere`.

    Raises ImproperlyConfigured.
    """
    expected = "be an address that begins with https:// or http:// and a host"
    parts = split(name, address, ("http", "https"), expected)
    if not parts.hostname:
        raise ImproperlyConfigured(f"{name} must {expected}.")
    if "@" in parts.netloc:
        raise ImproperlyConfigured(f"{name} must hold no user and no password: set {elsewhere} instead.")
    return address
