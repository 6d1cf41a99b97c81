"""Addresses of services elsewhere, as people enter them. Pure."""

import re
from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

LONGEST_ADDRESS = 2_000

_PRINTABLE = re.compile(r"[!-~]+")


def address_parts(text: str, schemes: Collection[str]) -> SplitResult | None:
    """The parts of a whole address with one of these schemes; None if it is none. Its host is not looked at."""
    try:
        parts = urlsplit(text)
        _port = parts.port
    except ValueError:
        return None
    is_whole = (
        parts.scheme in schemes
        and len(text) <= LONGEST_ADDRESS
        and _PRINTABLE.fullmatch(text)
        and "\\" not in text
    )
    return parts if is_whole else None
