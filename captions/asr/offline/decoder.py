"""The process that opens a file from a stranger: it gives its sound, within limits, and may be killed at any time.

Run as `python -m captions.asr.offline.decoder`; it is given a `DecodeRequest`. Nothing here needs Django.

It says `About` first and `Missing` last, or `Unreadable`.
"""

import os
import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from msgspec.msgpack import Decoder

from ...core.translatable import gettext_noop
from ..ipc import Message, Parent
from .media_error import MediaError, Unreadable
from .tracks import Track

_TOO_LONG = gettext_noop("%(name)s is longer than %(hours)s hours. Split it into shorter files.")
_TOO_LARGE = gettext_noop("%(name)s needs more memory than an audio file is allowed.")
_DAMAGED = gettext_noop("The audio in %(name)s is damaged and cannot be read.")
_NOT_ENDED = gettext_noop("%(name)s could not be read to the end (%(reason)s).")

# A file that cannot be read with that much is not one that anybody recorded.
_MEMORY_BYTES = 1 << 30
_CPU_SECONDS = 1800
_OPEN_FILES = 32
_WRITTEN_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class DecodeRequest:
    """The sound of the file at `path`, of which messages speak as `name`; at most `most_seconds` of it.

    `path` is encoded as the file system does: a name need not be text. Where `opus` is a path, the sound is also
    written there, on the same time line. `track` is the number of an audio track, 0 for the one that a player takes.
    """

    path: bytes
    name: str
    most_seconds: float
    opus: str = ""
    track: int = 0


class About(Message, frozen=True):
    """What the file is.

    `seconds` is the length of its sound, None where that is not known before it is decoded; `track` is the one that is
    read, of so `many` audio tracks; `tracks` are the audible ones if there are several. `dates` are those it states.
    """

    seconds: float | None = None
    track: Track = Track(1)
    many: int = 1
    tracks: tuple[Track, ...] = ()
    dates: tuple[str, ...] = ()


class Sound(Message, frozen=True):
    """The next samples, int16."""

    samples: memoryview


class Hole(Message, frozen=True):
    """So many samples are missing."""

    samples: int


class Missing(Message, frozen=True):
    """The sound is over, and so much of it could not be read; `broke_off` if nobody knows how much is after its end."""

    seconds: float
    broke_off: bool = False


FromDecoder = About | Sound | Hole | Missing | Unreadable
FROM_DECODER: Decoder[FromDecoder] = Decoder(FromDecoder)


def main(parent: Parent[DecodeRequest]) -> None:
    limit()
    request = parent.receive()
    try:
        for message in _messages(request):
            parent.send(message)
    except MediaError as error:
        parent.send(Unreadable.of(error))
    except MemoryError:
        parent.send(Unreadable(_TOO_LARGE, {"name": request.name}))
    except OSError as error:
        parent.send(Unreadable(_NOT_ENDED, {"name": request.name, "reason": error.strerror or ""}))
    except Exception:
        # Whatever a library makes of a stranger's file, it is the file that is at fault.
        parent.send(Unreadable(_DAMAGED, {"name": request.name}))


def _messages(request: DecodeRequest) -> Iterator[FromDecoder]:
    """Raises MediaError, MemoryError, OSError."""
    # Only now, for what these libraries do is to be limited.
    from ...audio.opus import OpusWriter
    from .media_file import MediaFile

    path, most = Path(os.fsdecode(request.path)), request.most_seconds
    too_long = MediaError(_TOO_LONG, name=request.name, hours=_short(most / 3600))
    with MediaFile(path, request.name, track=request.track, count_to=most) as media:
        if (media.seconds or 0) > most:
            raise too_long
        yield About(media.seconds, media.track, media.many, media.tracks, media.dates)
        opus = OpusWriter(Path(request.opus)) if request.opus else None
        try:
            for piece in media.sound():
                # What is missing between is as long as a clock in the file says, and such clocks err.
                if media.heard > most:
                    raise too_long
                if opus:
                    opus.write(piece)
                if isinstance(piece, int):
                    yield Hole(piece)
                else:
                    yield Sound(np.ascontiguousarray(piece, np.int16).data)
        finally:
            if opus:
                opus.close()
        yield Missing(media.missing, media.broke_off)


def _short(number: float) -> float:
    """With three digits at most."""
    rounded = float(f"{number:.3g}")
    return int(rounded) if rounded.is_integer() else rounded


def limit() -> None:
    """Bounds what this process may take from the machine, whatever a stranger has sent."""
    for what, most in (
        (resource.RLIMIT_AS, _MEMORY_BYTES),
        (resource.RLIMIT_CPU, _CPU_SECONDS),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_FSIZE, _WRITTEN_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (least, least))


if __name__ == "__main__":
    main(Parent(Decoder(DecodeRequest)))
