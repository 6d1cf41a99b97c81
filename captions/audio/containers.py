"""Tells from its first bytes which container sound comes in."""

HEAD_BYTES = 12
"""Enough to tell them apart."""

# By what they begin with, as FFmpeg calls them.
_BEGINNINGS = {b"OggS": "ogg", b"\x1a\x45\xdf\xa3": "matroska", b"fLaC": "flac", b"ID3": "mp3"}


def container_of(head: bytes) -> str | None:
    """FFmpeg's name for the container that begins with these HEAD_BYTES; None for one that is not known here."""
    return file_format_of(head) or _of_frame(head)


def file_format_of(head: bytes) -> str | None:
    """The same, for those alone whose beginning raw samples hardly ever have."""
    for beginning, name in _BEGINNINGS.items():
        if head.startswith(beginning):
            return name
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return "wav"
    if head[4:8] in (b"ftyp", b"styp"):
        return "mov"
    return None


def _of_frame(head: bytes) -> str | None:
    """Of sound that has no container: it begins with the header of a frame, eleven bits that are set."""
    if len(head) < 2 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    layer = head[1] & 0x06
    if layer:
        return "mp3"
    return "aac" if head[1] & 0xF0 == 0xF0 else None
