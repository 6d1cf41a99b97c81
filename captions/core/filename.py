"""File names of downloaded transcripts."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from urllib.parse import quote

from . import characters
from .invisible import JOINERS, is_mark

MAX_BYTES = 120
_UNTITLED = "transcript"


def filename(title: str, language: str, day: date, extension: str) -> str:
    """A name such as `2025-11-18-the-night-ferry.en.srt`: letters and digits of any script, with their marks.

    It has at most MAX_BYTES of UTF-8. An empty title becomes "transcript"; an empty language is left out.
    """
    slug = "-".join(_words(unicodedata.normalize("NFC", title).casefold()))
    code = re.sub("[^a-z0-9-]", "", language.casefold())
    end = f".{code}.{extension}" if code else f".{extension}"
    start = f"{day:%Y-%m-%d}-"
    room = MAX_BYTES - len(start) - len(end)
    return f"{start}{_cut(slug, room) or _UNTITLED}{end}"


def _words(text: str) -> Iterator[str]:
    word = ""
    for character in f"{text} ":
        if character.isalnum() or (word and (is_mark(character) or character in JOINERS)):
            word += character
        elif word:
            yield word.strip(JOINERS)
            word = ""


def _cut(slug: str, room: int) -> str:
    fits = slug.encode("utf-8", "ignore")[:room].decode("utf-8", "ignore")
    cut = characters.cut(slug, len(fits))
    if cut != slug and "-" in cut:
        # Cut at the end of a word.
        cut = cut[: cut.rindex("-")]
    return cut.strip("-")


def content_disposition(name: str) -> str:
    """The Content-Disposition header that makes a browser save a file as `name` (RFC 6266), with an ASCII fallback."""
    stem, dot, ends = name.partition(".")
    ascii_stem = re.sub(
        "-+", "-", unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    ).strip("-")
    plain = ascii_stem if len(ascii_stem) > len("2025-11-18") else f"{ascii_stem}-{_UNTITLED}"
    return f"attachment; filename=\"{plain}{dot}{ends}\"; filename*=UTF-8''{quote(name)}"
