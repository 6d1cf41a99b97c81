"""Decodes the sound of any file that FFmpeg reads, in pieces, to mono 16 kHz samples on one clock."""

import errno
from collections.abc import Iterator
from math import inf
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer

from ...core.translatable import gettext_noop
from ...speech.ring import Samples
from ...speech.types import SAMPLE_RATE
from .chains import Part, beginnings
from .chunks import sound_bytes
from .dates import dates_in
from .matroska import is_cut_off
from .media_error import MediaError
from .resampling import MonoResampler
from .tracks import Track, audible, chosen, decodable, number_of, track_of

_SMALLEST_HOLE = SAMPLE_RATE // 10
# Of all holes of a file together.
_MOST_HOLES = 3600 * SAMPLE_RATE
_PIECE = SAMPLE_RATE
# A file is given up where reading fails so often in a row.
_MOST_FAILURES = 20
# The padding of a codec may count in the length that a file states.
_PADDING_SECONDS = 0.5
# These state a length that they counted; others guess it, or it is that of the bytes that are there.
_COUNTING = {"caf", "flac", "mov", "tta"}
# Their sound may go on under another number in the stream, which FFmpeg shows only to those who open it there.
_ONGOING = {"mpegts"}
_PACKET_OF_TS = 188
_REST_OF_TS = 100 * _PACKET_OF_TS

_UNREADABLE = gettext_noop("%(name)s is not an audio or video file that can be read.")
_SILENT = gettext_noop("%(name)s contains no audio.")
_UNKNOWN = gettext_noop(
    "The audio in %(name)s has a format that is not supported. Save it as MP3 or M4A, and add that."
)
_DAMAGED = gettext_noop("The audio in %(name)s is damaged and cannot be read.")
_NO_FILE = gettext_noop("There is no file %(name)s.")
_FOLDER = gettext_noop("%(name)s is a folder, not a file.")
_NOT_READ = gettext_noop("%(name)s cannot be read (%(reason)s).")

_READ_ERRORS = (av.FFmpegError, ValueError, RuntimeError, MemoryError)


class MediaFile:
    """An open file, a context manager, to be read once. It never holds more than a second of sound.

    Of its so `many` audio tracks, `tracks` are the audible ones if there are several, and `track` is the one that is
    read. `dates` are what it states of when it was recorded, the best first. `seconds` is how long its sound is,
    counted packet by packet up to `count_to`, None where that is not possible: what files state is often a guess.

    `missing` are the seconds of sound that were damaged, or left out of the file; where nobody knows how much is
    missing after the end, `broke_off` is true.
    """

    def __init__(self, path: Path, name: str = "", *, track: int = 0, count_to: float = inf) -> None:
        """Opens the file. `name` is its name in messages, the path if empty; `track` is the number of the track that is
        wanted, 0 for the one that a player would take. Raises MediaError.
        """
        self._name = name or str(path)
        self._count_to = count_to
        self.missing = 0.0
        self.broke_off = False
        self._damaged = False
        self._samples = self._holes = 0
        self._failures = 0
        self._read_to = self._start = 0
        self._file: BinaryIO | None = None
        self._container: InputContainer | None = None
        try:
            # FFmpeg gets the open file, because it takes a name for a URL, and it may not open anything else.
            self._file = path.open("rb")
            self._begins = beginnings(self._file) if self._file.seekable() else [0]
            self._size = self._file.seek(0, 2) if self._file.seekable() else 0
            self._container = self._open(0)
            self._choose(track)
            self.seconds = self._counted()
        except MediaError:
            self._close()
            raise
        except OSError as error:
            self._close()
            raise _why_not(self._name, error) from error
        except (ValueError, RuntimeError, av.FFmpegError) as error:
            self._close()
            raise MediaError(_UNREADABLE, name=self._name) from error

    def __enter__(self) -> "MediaFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    @property
    def position(self) -> float:
        return self._samples / SAMPLE_RATE

    @property
    def heard(self) -> float:
        """The seconds of sound so far, without what is missing between them."""
        return (self._samples - self._holes) / SAMPLE_RATE

    def sound(self) -> Iterator[Samples | int]:
        """Pieces of at most a second, int16 of shape (n,); a number stands for that many missing samples.

        Raises MediaError if nothing can be decoded. What cannot be read after that is `missing`, or `broke_off`.
        """
        number = 0
        while number < len(self._begins):
            if number:
                self._next_part(number)
            if self._container is not None:
                yield from self._part(self._container, self._stream)
                self._look_for_more(number)
            number += 1
        if not self._samples:
            raise MediaError(_DAMAGED if self._damaged else _SILENT, name=self._name)

    def _part(self, container: InputContainer, stream: AudioStream) -> Iterator[Samples | int]:
        resampler = MonoResampler()
        base = self._samples
        begin = first = (container.start_time or 0) / av.time_base
        for frame in self._frames(container, stream):
            if frame.time is not None:
                hole = round((frame.time - begin) * SAMPLE_RATE) - (self._samples - base)
                if hole > _MOST_HOLES - self._holes or hole < -_MOST_HOLES:
                    begin += hole / SAMPLE_RATE  # The file's clock was set anew.
                elif hole > _SMALLEST_HOLE:
                    self.missing += hole / SAMPLE_RATE if self._samples else 0.0
                    self._samples += hole
                    self._holes += hole
                    yield hole
            try:
                for samples in resampler.push(frame):
                    yield from self._pieces(samples)
            except _READ_ERRORS:
                self._damaged = True
                resampler = MonoResampler()
        try:
            for samples in resampler.flush():
                yield from self._pieces(samples)
        except _READ_ERRORS:
            self._damaged = True
        heard = (self._samples - base) / SAMPLE_RATE
        end = self._counted_end(container, stream)
        lacking = max(self._lacking_by_bytes(heard), 0.0 if end is None else end - first - heard)
        if lacking > _PADDING_SECONDS:
            self.missing += lacking
            self.broke_off = False

    def _frames(self, container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
        """The frames that can be decoded; reading goes on behind damage, where there is more."""
        self._failures = 0
        while self._failures < _MOST_FAILURES:
            try:
                for packet in container.demux(stream):
                    self._failures = 0
                    if packet.pos is not None:
                        self._read_to = self._start + packet.pos + packet.size
                    yield from self._decoded(packet)
            except _READ_ERRORS:
                self._damaged = True
                self._failures += 1
            else:
                return
        self.broke_off = True

    def _decoded(self, packet: Any) -> Iterator[AudioFrame]:
        try:
            frames: list[AudioFrame] = packet.decode()
        except _READ_ERRORS as error:
            if getattr(error, "errno", 0) != errno.EAGAIN and not isinstance(error, av.EOFError):
                self._damaged = True
            return
        yield from (frame for frame in frames if frame.samples)

    def _pieces(self, samples: Samples) -> Iterator[Samples]:
        for start in range(0, samples.size, _PIECE):
            piece = samples[start : start + _PIECE]
            self._samples += piece.size
            yield piece

    def _open(self, number: int) -> InputContainer:
        """Opens a part of the file. Raises av.FFmpegError, ValueError, OSError."""
        assert self._file is not None
        self._start = self._begins[number]
        source: BinaryIO | Part = self._file
        if len(self._begins) > 1:
            end = self._begins[number + 1] if number + 1 < len(self._begins) else self._size
            source = Part(self._file, self._start, end)
        elif self._file.seekable():
            self._file.seek(0)
        container = av.open(source, "r", options={"protocol_whitelist": "pipe"}, metadata_errors="ignore")
        assert isinstance(container, InputContainer)
        return container

    def _counted(self) -> float | None:
        """Reads the packets of sound, without decoding them, and opens the file again if it is not too long."""
        if not self._size:
            return None
        seconds = 0.0
        for number in range(len(self._begins)):
            if number:
                self._next_part(number)
            if self._container is None:
                continue
            try:
                for packet in self._container.demux(self._stream):
                    if packet.duration and packet.time_base:
                        seconds += float(packet.duration * packet.time_base)
                    if seconds > self._count_to:
                        return seconds
            except _READ_ERRORS:
                continue
        self._next_part(0)
        self._damaged = self.broke_off = False
        return seconds or None

    def _counted_end(self, container: InputContainer, stream: AudioStream) -> float | None:
        """Where the sound ends on the container's clock, in seconds, if the container counted that. Raises OSError."""
        kind = container.format.name.split(",")[0]
        if kind in _COUNTING and stream.duration and stream.time_base:
            return float(((stream.start_time or 0) + stream.duration) * stream.time_base)
        if kind == "matroska" and container.duration and len(container.streams) == 1 and self._is_cut_off():
            return ((container.start_time or 0) + container.duration) / av.time_base
        return None

    def _lacking_by_bytes(self, heard: float) -> float:
        """How many seconds of a part are not there, by its size, where all of it has the same rate. Raises OSError."""
        assert self._file is not None
        found = sound_bytes(self._file, self._start, self._end) if self._size else None
        return heard * max(0, found.stated - found.there) / found.there if found else 0.0

    def _is_cut_off(self) -> bool:
        assert self._file is not None
        return bool(self._size) and is_cut_off(self._file, self._start, self._end)

    @property
    def _end(self) -> int:
        """Where the part that is open ends in the file."""
        return next((begin for begin in self._begins if begin > self._start), self._size)

    def _choose(self, wanted: int) -> None:
        """Raises MediaError if there is no track to read, and what `_open` raises."""
        container = self._container
        assert container is not None
        self.dates = dates_in(container)
        if not container.streams.audio:
            raise MediaError(_SILENT, name=self._name)
        streams = decodable(container)
        if not streams:
            raise MediaError(_UNKNOWN, name=self._name)
        self.tracks: tuple[Track, ...] = ()
        self.many = len(container.streams.audio)
        stream = chosen(streams)
        if len(container.streams.audio) > 1 and self._size:
            heard = audible(container, streams)
            self.tracks = tuple(track_of(container, each) for each in heard)
            number = number_of(container, chosen(heard or streams))
            # It was read from at several places.
            container.close()
            self._container = container = self._open(0)
            streams = decodable(container)
            stream = next(
                (each for each in streams if number_of(container, each) == (wanted or number)),
                chosen(streams),
            )
        self._stream = stream
        self.track = track_of(container, stream)

    def _next_part(self, number: int) -> None:
        """Opens the next part; without sound in it, there is no container."""
        if self._container is not None:
            self._container.close()
        self._container = None
        try:
            container = self._open(number)
            streams = decodable(container)
            if not streams:
                container.close()
                return
            same = [each for each in streams if number_of(container, each) == self.track.number]
            self._container, self._stream = container, (same or [chosen(streams)])[0]
        except (*_READ_ERRORS, OSError):
            self._damaged = self.broke_off = True

    def _look_for_more(self, number: int) -> None:
        """Adds a part where a stream goes on behind the last packet that was read."""
        assert self._container is not None
        if self._container.format.name not in _ONGOING or number + 1 < len(self._begins):
            return
        at = self._read_to // _PACKET_OF_TS * _PACKET_OF_TS
        if self._start < at and self._size - at > _REST_OF_TS:
            self._begins.append(at)

    def _close(self) -> None:
        if self._container is not None:
            self._container.close()
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
