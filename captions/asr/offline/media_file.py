"""Decodes the sound of any file that FFmpeg reads, in pieces, to mono 16 kHz samples on one clock."""

import errno
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.container import InputContainer

from ...core.translatable import gettext_noop
from ...speech.ring import Samples
from ...speech.types import SAMPLE_RATE
from .media_error import MediaError

_SMALLEST_HOLE = SAMPLE_RATE // 10
_LARGEST_HOLE = 3600 * SAMPLE_RATE
_PIECE = SAMPLE_RATE

_UNREADABLE = gettext_noop("%(name)s is not an audio or video file that can be read.")
_SILENT = gettext_noop("%(name)s contains no audio.")
_DAMAGED = gettext_noop("The audio in %(name)s is damaged and cannot be read.")
_BREAKS_OFF = gettext_noop("%(name)s is damaged: nothing can be read after %(seconds)s seconds.")
_NO_FILE = gettext_noop("There is no file %(name)s.")
_FOLDER = gettext_noop("%(name)s is a folder, not a file.")
_NOT_READ = gettext_noop("%(name)s cannot be read (%(reason)s).")


class MediaFile:
    """An open file, a context manager, to be read once. It never holds more than a second of sound.

    `seconds` is the file's own statement of its length, None without one. `missing` are the seconds of sound that
    were damaged, or left out of the file.
    """

    def __init__(self, path: Path, name: str = "") -> None:
        """Opens the file. `name` is its name in messages, the path if empty. Raises MediaError."""
        self._name = name or str(path)
        self.missing = 0.0
        self._damaged = False
        self._samples = 0
        self._file: BinaryIO | None = None
        try:
            # FFmpeg gets the open file, because it takes a name for a URL, and it may not open anything else.
            self._file = path.open("rb")
            container = av.open(
                self._file, "r", options={"protocol_whitelist": "pipe"}, metadata_errors="ignore"
            )
        except OSError as error:
            self._close_file()
            raise _why_not(self._name, error) from error
        except (ValueError, av.FFmpegError) as error:
            self._close_file()
            raise MediaError(_UNREADABLE, name=self._name) from error
        assert isinstance(container, InputContainer)
        self._container = container
        if not container.streams.audio:
            self.__exit__(None, None, None)
            raise MediaError(_SILENT, name=self._name)
        self._stream = container.streams.audio[0]
        self.seconds = container.duration / av.time_base if container.duration else None

    def __enter__(self) -> "MediaFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._container.close()
        self._close_file()

    @property
    def position(self) -> float:
        return self._samples / SAMPLE_RATE

    def sound(self) -> Iterator[Samples | int]:
        """Pieces of at most a second, int16 of shape (n,); a number stands for that many missing samples.

        Raises MediaError if nothing can be decoded, or the file cannot be read any further.
        """
        resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
        begin = (self._container.start_time or 0) / av.time_base
        for frame in self._frames():
            if frame.time is not None:
                hole = round((frame.time - begin) * SAMPLE_RATE) - self._samples
                if hole > _LARGEST_HOLE or hole < -_LARGEST_HOLE:
                    begin += hole / SAMPLE_RATE  # The file's clock was set anew.
                elif hole > _SMALLEST_HOLE:
                    self.missing += hole / SAMPLE_RATE if self._samples else 0.0
                    self._samples += hole
                    yield hole
            # Holes are handled above, and the resampler would refuse frames with irregular times.
            frame.pts = None
            for part in resampler.resample(frame):
                yield from self._pieces(part)
        for part in resampler.resample(None):
            yield from self._pieces(part)
        if not self._samples:
            raise MediaError(_DAMAGED if self._damaged else _SILENT, name=self._name)
        if self._damaged and self._stream.duration and self._stream.time_base:
            whole = float(self._stream.duration * self._stream.time_base)
            self.missing = max(self.missing, whole - self.position)

    def _frames(self) -> Iterator[AudioFrame]:
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except av.FFmpegError as error:
                raise MediaError(_BREAKS_OFF, name=self._name, seconds=round(self.position)) from error
            if packet is None:
                return
            try:
                frames: list[Any] = packet.decode()
            except av.FFmpegError as error:
                if error.errno != errno.EAGAIN and not isinstance(error, av.EOFError):
                    self._damaged = True
                continue
            yield from frames

    def _pieces(self, part: AudioFrame) -> Iterator[Samples]:
        samples = part.to_ndarray().reshape(-1).astype(np.int16, copy=False)
        for start in range(0, samples.size, _PIECE):
            piece = samples[start : start + _PIECE]
            self._samples += piece.size
            yield piece

    def _close_file(self) -> None:
        if self._file:
            self._file.close()


def _why_not(name: str, error: OSError) -> MediaError:
    if isinstance(error, FileNotFoundError):
        return MediaError(_NO_FILE, name=name)
    if isinstance(error, IsADirectoryError):
        return MediaError(_FOLDER, name=name)
    # FFmpeg raises these for an empty file.
    if isinstance(error, av.FFmpegError) or error.errno == errno.EINVAL:
        return MediaError(_UNREADABLE, name=name)
    return MediaError(_NOT_READ, name=name, reason=error.strerror or "")
