"""How many bytes of sound a WAV, RF64, W64, AIFF, CAF or AU file says that it has."""

import struct
from typing import BinaryIO, NamedTuple

_MOST_CHUNKS = 100
# Programs that do not know the length yet write such sizes, and never come back where they write to a pipe or die.
_UNKNOWN = 0x7F00_0000
_IN_DS64 = 0xFFFF_FFFF


class SoundBytes(NamedTuple):
    """The bytes of sound that are in a file, and how many it should have."""

    there: int
    stated: int


class _Layout(NamedTuple):
    """How chunks are written: `size` is a struct format; `own` are the bytes of the header that a size counts too."""

    first: int
    name: int
    size: str
    own: int
    align: int
    sound: bytes


_RIFF = _Layout(12, 4, "<I", 0, 2, b"data")
_LAYOUTS = {
    b"RIFF": _RIFF,
    b"RF64": _RIFF,
    b"BW64": _RIFF,
    b"RIFX": _RIFF._replace(size=">I"),
    b"FORM": _RIFF._replace(size=">I", sound=b"SSND"),
    b"caff": _Layout(8, 4, ">q", 0, 1, b"data"),
    b"riff": _Layout(40, 16, "<q", 24, 8, b"data"),
}


def sound_bytes(file: BinaryIO, start: int, end: int) -> SoundBytes | None:
    """Of the file between `start` and `end`; None where it does not say how many there should be. Raises OSError."""
    file.seek(start)
    head = file.read(12)
    if head[:4] == b".snd" and len(head) == 12:
        at, stated = struct.unpack(">II", head[4:])
        found = _believed(end - start - at, stated)
    else:
        layout = _LAYOUTS.get(head[:4])
        found = _walked(file, start, end, layout) if layout else None
    return found if found and found.there > 0 and found.stated > 0 else None


def _walked(file: BinaryIO, start: int, end: int, layout: _Layout) -> SoundBytes | None:
    at, stated_in_ds64 = start + layout.first, 0
    width = struct.calcsize(layout.size)
    for _ in range(_MOST_CHUNKS):
        file.seek(at)
        header = file.read(layout.name + width)
        if len(header) < layout.name + width:
            return None
        name, (size,) = header[:4], struct.unpack(layout.size, header[layout.name :])
        begin, size = at + len(header), size - layout.own
        if name == layout.sound:
            if size == _IN_DS64 and stated_in_ds64:
                return SoundBytes(end - begin, stated_in_ds64)
            return _believed(end - begin, size) if width == 4 else SoundBytes(end - begin, size)
        if size < 0:
            return None
        if name == b"ds64":
            sizes = file.read(16)
            stated_in_ds64 = struct.unpack("<Q", sizes[8:])[0] if len(sizes) == 16 else 0
        at = begin + -(-size // layout.align) * layout.align
    return None


def _believed(there: int, stated: int) -> SoundBytes | None:
    return SoundBytes(there, stated) if stated < _UNKNOWN else None
