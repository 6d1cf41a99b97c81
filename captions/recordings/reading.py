"""Reads a range of bytes of a recording or an archive, from a local folder or a bucket."""

from collections.abc import Iterator
from contextlib import closing
from typing import IO

import httpx

from ..core.errors import UnavailableError
from ..models import Archive, Recording

_CHUNK = 64 * 1024
_SECONDS = 20


class FileMissingError(UnavailableError):
    """The file does not exist in its storage, or the storage cannot be reached."""


def path_of(kept: Recording | Archive) -> str | None:
    """The path of the file, which may not exist; None if its storage is not a local folder."""
    try:
        return kept.file.storage.path(kept.file.name or "")
    except NotImplementedError:
        return None


def read(kept: Recording | Archive, first: int, last: int) -> Iterator[bytes]:
    """The bytes from `first` to `last`, both included, in chunks; no other bytes are read.

    Raises FileMissingError at once, not only when the first chunk is read.
    """
    storage, name = kept.file.storage, kept.file.name or ""
    if path_of(kept) is None:
        return _fetched(storage.url(name), first, last)
    try:
        file = storage.open(name, "rb")
    except OSError as error:
        raise FileMissingError(name) from error
    return _read(file, first, last - first + 1)


def _read(file: IO[bytes], first: int, count: int) -> Iterator[bytes]:
    with closing(file):
        file.seek(first)
        while count > 0 and (chunk := file.read(min(_CHUNK, count))):
            count -= len(chunk)
            yield chunk


def _fetched(url: str, first: int, last: int) -> Iterator[bytes]:
    """Reads from a bucket by a signed URL, since the storage class would fetch the whole file."""
    client = httpx.Client(timeout=_SECONDS)
    try:
        request = client.build_request("GET", url, headers={"Range": f"bytes={first}-{last}"})
        response = client.send(request, stream=True)
        if response.status_code != httpx.codes.PARTIAL_CONTENT:
            raise FileMissingError(f"{response.status_code}")
    except (httpx.HTTPError, FileMissingError) as error:
        client.close()
        raise FileMissingError(str(error)) from error
    return _streamed(client, response)


def _streamed(client: httpx.Client, response: httpx.Response) -> Iterator[bytes]:
    with closing(client), closing(response):
        yield from response.iter_raw(_CHUNK)
