"""Names of sound and video files."""

from .characters import cut

_LONGEST_TITLE = 200
# What else follows a dot belongs to the title.
# fmt: off
_ENDINGS = frozenset((
    "3g2", "3ga", "3gp", "aac", "ac3", "aif", "aifc", "aiff", "amr", "asf", "au", "avi", "avr", "awb",
    "caf", "divx", "dts", "dv", "eac3", "f4a", "f4v", "flac", "flv", "gsm", "m1v", "m2a", "m2ts", "m2v",
    "m4a", "m4b", "m4p", "m4r", "m4v", "mka", "mkv", "mov", "mp1", "mp2", "mp3", "mp4", "mpa", "mpc",
    "mpeg", "mpg", "mts", "mxf", "oga", "ogg", "ogm", "ogv", "opus", "qt", "ra", "ram", "rf64", "rm",
    "rmvb", "sph", "spx", "tak", "ts", "tta", "vob", "voc", "w64", "wav", "wave", "weba", "webm", "wma",
    "wmv", "wv",
))
# fmt: on


def title_of(name: str, part: str = "") -> str:
    """The title for a file of this name: without the ending of sound and video files, and nothing else cut off.

    With `part`, that part of the file stands behind it in brackets.
    """
    stem, _, ending = name.rpartition(".")
    title = stem if stem.strip(". ") and ending.casefold() in _ENDINGS else name
    title = " ".join(title.split())
    if not part:
        return cut(title, _LONGEST_TITLE)
    part = f" ({cut(part, _LONGEST_TITLE // 2)})"
    return cut(title, _LONGEST_TITLE - len(part)) + part
