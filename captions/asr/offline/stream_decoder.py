"""The process that decodes a container while it still comes in from a stranger: bytes in, sound out, within limits.

Run as `python -m captions.asr.offline.stream_decoder`. Its standard input is the container itself; on its standard
output it says `Sound` again and again, and `Missing` or `Unreadable` in the end. Nothing here needs Django.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np
from msgspec.msgpack import Decoder

from ...audio.containers import HEAD_BYTES, container_of
from ...core.translatable import gettext_noop
from ..ipc import pack
from .decoder import Missing, Sound, limit
from .media_error import MediaError, Unreadable

_UNKNOWN = gettext_noop(
    "The sound is in no container that is known here, which are WebM, Ogg, WAV, FLAC, MP3, AAC and MP4. If it is raw, "
    "say its encoding."
)
_SILENT = gettext_noop("There is no sound in what is sent, or in no format that is known here.")
_DAMAGED = gettext_noop("The sound is damaged and cannot be read any further.")
_TOO_LARGE = gettext_noop("The sound needs more memory than is allowed.")
# Reading is given up where so many packets in a row cannot be decoded.
_MOST_FAILURES = 20
# Live sound shall not wait until FFmpeg has seen enough of it.
_OPTIONS = {"protocol_whitelist": "pipe", "probesize": "2048", "analyzeduration": "1"}

FromStreamDecoder = Sound | Missing | Unreadable
FROM_STREAM_DECODER: Decoder[FromStreamDecoder] = Decoder(FromStreamDecoder)


class _Input:
    """What comes in, as a file that cannot be sought in. A read gives what is there, and waits only if nothing is."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._head = b""

    def peek(self) -> bytes:
        """The first bytes, once they are there."""
        while len(self._head) < HEAD_BYTES:
            more = os.read(self._descriptor, HEAD_BYTES - len(self._head))
            if not more:
                break
            self._head += more
        return self._head

    def read(self, size: int) -> bytes:
        if self._head:
            data, self._head = self._head[:size], self._head[size:]
            return data
        return os.read(self._descriptor, size)


def main() -> None:
    limit()
    source, out = os.dup(sys.stdin.fileno()), os.dup(sys.stdout.fileno())
    # Whatever else is printed is no message.
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, sys.stdin.fileno())
    os.dup2(nothing, sys.stdout.fileno())
    for message in _told(_Input(source)):
        frame = memoryview(pack(message))
        while frame:
            frame = frame[os.write(out, frame) :]


def _told(source: _Input) -> Iterator[FromStreamDecoder]:
    try:
        for piece in _sound(source):
            yield Sound(np.ascontiguousarray(piece, np.int16).data)
        yield Missing(0.0)
    except MediaError as error:
        yield Unreadable.of(error)
    except MemoryError:
        yield Unreadable(_TOO_LARGE, {})
    except Exception:
        # Whatever a library makes of it, what was sent is at fault.
        yield Unreadable(_DAMAGED, {})


def _sound(source: _Input) -> Iterator[Any]:
    """Raises MediaError, and whatever these libraries do."""
    head = source.peek()
    if not head:
        return
    container = container_of(head)
    if container is None:
        raise MediaError(_UNKNOWN)
    # Only now, for what these libraries do is to be limited.
    import av

    from .resampling import MonoResampler
    from .tracks import chosen, decodable

    with av.open(source, "r", format=container, options=_OPTIONS, metadata_errors="ignore") as media:
        streams = decodable(media)
        if not streams:
            raise MediaError(_SILENT)
        resampler = MonoResampler()
        failures = 0
        for packet in media.demux(chosen(streams)):
            try:
                for frame in packet.decode():
                    yield from resampler.push(frame)
                failures = 0
            except (av.FFmpegError, ValueError, RuntimeError):
                failures += 1
                if failures == _MOST_FAILURES:
                    raise
        with suppress(av.FFmpegError, ValueError):
            yield from resampler.flush()


if __name__ == "__main__":
    main()
