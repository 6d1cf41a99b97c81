"""Many transcripts as one ZIP file, generated while it is downloaded."""

from collections.abc import Iterable, Iterator
from datetime import tzinfo
from io import RawIOBase
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.utils import timezone

from ..core.filename import filename
from ..models import Session
from .export import FORMATS, Options, encode
from .stored import transcript_of

_CHUNK = 64 * 1024


class _Outgoing(RawIOBase):
    """A file that cannot seek: buffers what is written to it until `taken` fetches it."""

    def __init__(self) -> None:
        self._pieces = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        size = len(self._pieces)
        self._pieces += memoryview(data)  # type: ignore[arg-type]
        return len(self._pieces) - size

    def taken(self, least: int) -> Iterator[bytes]:
        """Yields and clears the buffer if it holds at least `least` bytes."""
        if len(self._pieces) >= least:
            yield bytes(self._pieces)
            self._pieces.clear()


def bundle(sessions: Iterable[Session], name: str, options: Options) -> Iterator[bytes]:
    """Yields a ZIP file with each of the sessions in the format `name`, a key of FORMATS, in chunks.

    File names are unique. The file of a session that is deleted during the download ends early. Dates are in the time
    zone that is current at the call, whichever one is current when the chunks are fetched.
    """
    return _bundle(sessions, name, options, timezone.get_current_timezone())


def _bundle(sessions: Iterable[Session], name: str, options: Options, zone: tzinfo) -> Iterator[bytes]:
    outgoing = _Outgoing()
    taken: set[str] = set()
    # Compressed: a program that reads the ZIP as a stream cannot tell where an uncompressed entry of unknown size ends.
    with ZipFile(outgoing, "w", ZIP_DEFLATED) as archive:
        for session in sessions:
            with timezone.override(zone):
                transcript = transcript_of(session, with_words=FORMATS[name].with_words)
            day = transcript.created_at.date()
            called = _unused(filename(transcript.title, transcript.language, day, name), taken)
            entry = ZipInfo(
                called, date_time=max(transcript.created_at.timetuple()[:6], (1980, 1, 1, 0, 0, 0))
            )
            entry.compress_type = ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as file:
                for chunk in encode(name, transcript, options):
                    file.write(chunk)
                    yield from outgoing.taken(_CHUNK)
    yield from outgoing.taken(1)


def _unused(name: str, taken: set[str]) -> str:
    stem, dot, ends = name.partition(".")
    called, number = name, 1
    while called.casefold() in taken:
        number += 1
        called = f"{stem}-{number}{dot}{ends}"
    taken.add(called.casefold())
    return called
