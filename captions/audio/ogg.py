"""Writes and reads Ogg Opus files (RFC 7845) of packets as they were received, each at a given time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from io import FileIO
from pathlib import Path
from typing import IO

import av

from .silence import SHORTEST, TICK_RATE, silence

_TIME_BASE = Fraction(1, TICK_RATE)
# Ticks that every player drops at the beginning, for the delay of the codec: the value of libopus.
_PRE_SKIP = 312
# Half a packet: a smaller difference is no hole but the rounding of a clock of milliseconds.
_TOLERANCE = TICK_RATE // 100
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_PAGE_MS = 500


class OggOpusFile:
    """A new file that is being written. Only its owner may read it, and it is locked while it is open.

    With one of `channels`, players mix packets of two down; with two, they play a packet of one on both.

    Each packet is placed at its time, within 10 ms: a hole before it becomes silence, and a packet whose time is
    already written is left out. Pages are written as they fill, so the file can be played even if the process dies; at
    most two pages are lost then, the open one and the one in FFmpeg's muxer. Methods raise OSError.
    """

    def __init__(self, path: Path, *, channels: int = 1, page_ms: int = _PAGE_MS) -> None:
        descriptor = os.open(path, _FLAGS, 0o600)
        self._file = FileIO(descriptor, "wb")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            options = {"page_duration": str(page_ms * 1000), "flush_packets": "1"}
            layout = "mono" if channels == 1 else "stereo"
            with _os_errors():
                self._container = av.open(self._file, "w", format="ogg", options=options)
                self._stream = self._container.add_stream("libopus", rate=TICK_RATE, layout=layout)
        except BaseException:
            self._file.close()
            raise
        self.channels = channels
        self._end = -_PRE_SKIP
        self._written = False

    @property
    def end(self) -> int:
        """The end of the sound in the file, in ticks of 1/48000 s."""
        return max(0, self._end)

    def write(self, payload: bytes, at: int, ticks: int) -> None:
        """Adds an Opus packet that begins at `at` and lasts `ticks`, both in 1/48000 s."""
        if self._end - at > _TOLERANCE:
            return
        if at - self._end >= (_TOLERANCE if self._written else SHORTEST):
            for packet, length in silence(at - self._end):
                self._mux(packet, length)
        self._mux(payload, ticks)
        self._written = True

    def sync(self) -> None:
        """Forces the pages written so far to the disk, so that they survive a power cut."""
        os.fdatasync(self._file.fileno())

    def close(self) -> None:
        """Writes the last page. May be called again."""
        if self._file.closed:
            return
        try:
            with _os_errors():
                self._container.close()
        finally:
            self._file.close()

    def _mux(self, payload: bytes, ticks: int) -> None:
        packet = av.Packet(payload)
        packet.stream = self._stream
        packet.time_base = _TIME_BASE
        packet.pts = packet.dts = self._end
        packet.duration = ticks
        with _os_errors():
            self._container.mux(packet)
        self._end += ticks


@contextmanager
def _os_errors() -> Iterator[None]:
    """Raises OSError for what FFmpeg says of a file that cannot be written."""
    try:
        yield
    except av.FFmpegError as error:
        raise OSError(error.errno, error.strerror) from error


def end_of(path: Path) -> int:
    """The end of the sound in a file that OggOpusFile wrote, in ticks of 1/48000 s; 0 if it has no whole page."""
    with suppress(av.FFmpegError, FileNotFoundError), av.open(str(path), "r", format="ogg") as container:
        return max(0, (container.streams.audio[0].duration or 0) - _PRE_SKIP)
    return 0


def channels_of(file: IO[bytes] | str) -> int:
    """How many channels a file that OggOpusFile wrote has; 1 where that cannot be read."""
    with suppress(av.FFmpegError), av.open(file, "r", format="ogg") as container:
        return container.streams.audio[0].codec_context.channels
    return 1


def packets(file: IO[bytes] | str) -> Iterator[tuple[bytes, int, int]]:
    """The packets of a file that OggOpusFile wrote, each with its time and its length in ticks of 1/48000 s.

    A truncated file ends with its last whole page; one without a page has no packets.
    """
    with suppress(av.FFmpegError), av.open(file, "r", format="ogg") as container:
        for packet in container.demux(audio=0):
            if packet.size and packet.pts is not None and packet.duration:
                yield bytes(packet), packet.pts, packet.duration
