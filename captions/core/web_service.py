"""Services elsewhere that are asked over HTTP: what their addresses and their headers say. Pure."""

import ipaddress
import math
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

_LONGEST_WAIT = 3_600.0


def host_of(url: str) -> str:
    return urlsplit(url).hostname or ""


def is_on_this_machine(host: str) -> bool:
    """Whether a host is this machine itself, so that nothing leaves it."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def wait_seconds(retry_after: str, now: datetime) -> float | None:
    """The time that a Retry-After header asks to wait, in seconds or as a date: a second to an hour; None if it says
    nothing.
    """
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(retry_after) - now).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return None
    return min(max(seconds, 1.0), _LONGEST_WAIT) if math.isfinite(seconds) else None
