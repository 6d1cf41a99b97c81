"""Seekable files of the storage `sound`, for libav: local paths, or files in a bucket that are fetched in blocks."""

import io
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import httpx

from ..models import Recording
from .reading import FileMissingError, path_of

_BLOCK = 64 * 1024
# Seeking in a recording of several hours reads about a dozen blocks.
_MOST_BLOCKS = 64
_SECONDS = 5
# libav's AVSEEK_SIZE: a `whence` that asks for the size of the file.
_SIZE = 0x10000


class RemoteFile(io.RawIOBase):
    """A file of `size` bytes at a URL, fetched in blocks as they are read, each once.

    `read` raises FileMissingError if a block cannot be fetched, and after _MOST_BLOCKS, since this class is not meant
    for reading a whole file.
    """

    def __init__(self, url: str, size: int) -> None:
        self._url, self._size, self._at = url, size, 0
        self._blocks: dict[int, bytes] = {}
        self._client = httpx.Client(timeout=_SECONDS)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == _SIZE:
            return self._size
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, target: Any) -> int:
        """Reads at most to the end of the current block."""
        if self._at >= self._size:
            return 0
        number, offset = divmod(self._at, _BLOCK)
        part = self._block(number)[offset : offset + len(target)]
        target[: len(part)] = part
        self._at += len(part)
        return len(part)

    def close(self) -> None:
        self._client.close()
        super().close()

    def _block(self, number: int) -> bytes:
        if number not in self._blocks:
            if len(self._blocks) >= _MOST_BLOCKS:
                raise FileMissingError("more than a part was read")
            self._blocks[number] = self._fetch(number * _BLOCK)
        return self._blocks[number]

    def _fetch(self, first: int) -> bytes:
        last = min(first + _BLOCK, self._size) - 1
        try:
            response = self._client.get(self._url, headers={"Range": f"bytes={first}-{last}"})
        except httpx.HTTPError as error:
            raise FileMissingError(str(error)) from error
        if response.status_code != httpx.codes.PARTIAL_CONTENT or len(response.content) != last - first + 1:
            raise FileMissingError(f"{response.status_code}")
        return response.content


@contextmanager
def seekable(recording: Recording) -> Iterator[str | RemoteFile]:
    """The recording as libav can open it: a local path, or a file in a bucket. Neither need exist."""
    path = path_of(recording)
    if path is not None:
        yield path
        return
    url = recording.file.storage.url(recording.file.name or "")
    with closing(RemoteFile(url, recording.size)) as file:
        yield file
