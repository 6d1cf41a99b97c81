"""What a Matroska or WebM file says of its own size."""

from typing import BinaryIO

_HEADER = b"\x1a\x45\xdf\xa3"
_SEGMENT = b"\x18\x53\x80\x67"
_READ = 4096


def is_cut_off(file: BinaryIO, start: int, end: int) -> bool:
    """Whether the file that begins at `start` should go on behind `end`; False where it does not say. Raises OSError.

    Its length in seconds may be stated by a program that counted in other units, but nobody is wrong about its bytes.
    """
    file.seek(start)
    head = file.read(_READ)
    if not head.startswith(_HEADER):
        return False
    size, at = _size(head, len(_HEADER))
    if size is None or not head.startswith(_SEGMENT, at + size):
        return False
    size, at = _size(head, at + size + len(_SEGMENT))
    return size is not None and start + at + size > end


def _size(data: bytes, at: int) -> tuple[int | None, int]:
    """The size of an element that is written at `at`, None if it is unknown; and where the element's content begins."""
    first = data[at] if at < len(data) else 0
    width = 9 - first.bit_length()
    if not first or at + width > len(data):
        return None, at
    bits = 7 * width
    size = int.from_bytes(data[at : at + width], "big") & ((1 << bits) - 1)
    return (None if size == (1 << bits) - 1 else size), at + width
