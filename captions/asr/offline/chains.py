"""Finds the parts of a file that is several files, one behind the other: FFmpeg reads only the first, or stops there.

Recorders that were interrupted, radio streams and programs that join files write such files. Pure but for reading.
"""

import io
from collections.abc import Iterator
from typing import BinaryIO

# Marks are looked for in blocks that grow: where somebody has written one behind the other, each costs little.
_LEAST_BLOCK, _BLOCK = 256, 1 << 20
# More parts than a recorder makes; the rest is read as one.
_MOST = 1_000

_OGG_HEAD = 27
_BEGINS = 2
_EBML = b"\x1a\x45\xdf\xa3"
_FLAC = b"fLaC\x00\x00\x00\x22"


class Part(io.RawIOBase):
    """The bytes of an open file from `start` to `end`, as a file of its own. Closing it leaves the file open."""

    def __init__(self, file: BinaryIO, start: int, end: int) -> None:
        super().__init__()
        self._file, self._start, self._end = file, start, end
        self._at = start

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at - self._start

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: self._start, io.SEEK_CUR: self._at, io.SEEK_END: self._end}[whence]
        self._at = min(max(self._start, origin + offset), self._end)
        return self.tell()

    def read(self, size: int = -1) -> bytes:
        left = self._end - self._at
        self._file.seek(self._at)
        found = self._file.read(left if size < 0 else min(size, left))
        self._at += len(found)
        return found


def beginnings(file: BinaryIO) -> list[int]:
    """Where the parts of a file that can be sought in begin, in order: [0] for most files. Raises OSError."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = file.read(12)
    if head[:4] == b"OggS":
        found = _ogg(file, size)
    elif head[:4] == b"RIFF" and head[8:] == b"WAVE":
        found = _riff(file, size)
    elif head[4:8] == b"ftyp":
        found = _mp4(file, size)
    elif head[:4] == b"fLaC":
        found = _marked(file, size, _FLAC, 4 + 38)
    elif head[:4] == _EBML:
        found = (at for at in _marked(file, size, _EBML, 64) if _is_matroska(file, at))
    else:
        return [0]
    rest = sorted({at for at, _ in zip(found, range(_MOST), strict=False)} - {0})
    return [0, *rest]


def _ogg(file: BinaryIO, size: int) -> Iterator[int]:
    """Where pages begin streams after pages with sound."""
    at, begun = 0, True
    while at + _OGG_HEAD <= size:
        file.seek(at)
        head = file.read(_OGG_HEAD + 255)
        if head[:5] != b"OggS\x00":
            # Damage: the next page is looked for.
            found = _find(file, b"OggS\x00", at + 1, size)
            if found is None:
                return
            at = found
            continue
        begins = bool(head[5] & _BEGINS)
        if begins and not begun:
            yield at
        begun = begins
        segments = head[26]
        at += _OGG_HEAD + segments + sum(head[_OGG_HEAD : _OGG_HEAD + segments])


def _riff(file: BinaryIO, size: int) -> Iterator[int]:
    at = 0
    while at + 12 <= size:
        file.seek(at)
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return
        yield at
        length = int.from_bytes(head[4:8], "little")
        at += 8 + length + length % 2


def _mp4(file: BinaryIO, size: int) -> Iterator[int]:
    """Where a box `ftyp` stands that follows on sound and its index."""
    at, kinds = 0, set[bytes]()
    while at + 8 <= size:
        file.seek(at)
        head = file.read(16)
        length, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length < 8:
            return
        if kind == b"ftyp" and {b"moov", b"mdat"} <= kinds:
            yield at
            kinds = set()
        kinds.add(kind)
        at += length


def _marked(file: BinaryIO, size: int, mark: bytes, apart: int) -> Iterator[int]:
    at: int | None = 0
    while at is not None and (at := _find(file, mark, at, size)) is not None:
        yield at
        at += apart


def _is_matroska(file: BinaryIO, at: int) -> bool:
    file.seek(at)
    head = file.read(64)
    return b"webm" in head or b"matroska" in head


def _find(file: BinaryIO, mark: bytes, at: int, size: int) -> int | None:
    length = _LEAST_BLOCK
    while at < size:
        file.seek(at)
        block = file.read(length)
        found = block.find(mark)
        if found >= 0:
            return at + found
        if len(block) <= len(mark):
            return None
        at += len(block) - len(mark) + 1
        length = min(2 * length, _BLOCK)
    return None
