"""Parses the Range header of a request (RFC 9110, section 14)."""

import re
from dataclasses import dataclass

from django.http import HttpRequest

from ..core.errors import RefusedError

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
# Most digits of a byte position; no file is longer.
_LONGEST = 18


class UnsatisfiableError(RefusedError):
    """The file has no bytes in the requested range."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes from `first` to `last`, both included."""

    first: int
    last: int


def asked_for(request: HttpRequest, *, size: int, etag: str) -> ByteRange | None:
    """The range that is requested; None if the whole file is to be sent. Raises UnsatisfiableError.

    The whole file is sent, as the RFC allows, for several ranges, other units, a header that cannot be parsed, and a
    range of another version of the file (If-Range).
    """
    if request.method != "GET" or request.headers.get("If-Range", etag) != etag:
        return None
    match = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    if match is None or match.group(0) == "bytes=-" or max(map(len, match.groups())) > _LONGEST:
        return None
    first, last = match.groups()
    if not first:
        wanted = ByteRange(max(0, size - int(last)), size - 1)
    else:
        wanted = ByteRange(int(first), min(int(last), size - 1) if last else size - 1)
        if last and int(last) < int(first):
            return None
    if wanted.first > wanted.last:
        raise UnsatisfiableError
    return wanted
