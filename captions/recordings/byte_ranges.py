"""Which part of a file a request asks for (RFC 9110, 14)."""

import re
from dataclasses import dataclass

from django.http import HttpRequest

from ..core.errors import RefusedError

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
# More digits mean nothing that a file could have.
_LONGEST = 18


class UnsatisfiableError(RefusedError):
    """The file has no such bytes."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """From `first` to `last`, both included."""

    first: int
    last: int


def asked_for(request: HttpRequest, *, size: int, etag: str) -> ByteRange | None:
    """The one range that is asked for, or None where the whole file is to be sent. Raises UnsatisfiableError.

    Several ranges at once, other units, what is not understood and a range of another version of the file are answered
    with the whole, as a server may.
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
