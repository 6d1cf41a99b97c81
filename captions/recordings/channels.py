"""The two channels of a recording with shared sound: the microphone, and what a tab or the computer played."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np

from ..audio.ogg import channels_of, packets
from ..audio.opus import OpusWriter
from ..audio.opus_packet import is_stereo
from ..audio.silence import TICK_RATE
from ..models import Recording, Session
from ..speech.ring import Samples
from ..speech.types import SAMPLE_RATE
from .devices import Stretches, write_heard
from .fetched import copies_folder
from .parts import SoundPart

_TICKS_A_SAMPLE = TICK_RATE // SAMPLE_RATE


def most_channels(recording: Recording | None, parts: Iterable[SoundPart]) -> int:
    """How many channels a file needs that holds a recording and some parts: 1 or 2."""
    found = [channels_of(str(part.path)) for part in parts]
    if recording is not None:
        with recording.file.open("rb") as file:
            found.append(channels_of(file))
    return max(found, default=1)


@contextmanager
def sources(
    session: Session, path: Path, name: str, alive: Callable[[], None], *, begins_ms: int = 0
) -> Iterator[list[tuple[Path, bool]]]:
    """The sound of a session at `path` as one file for each of its sources, with whether that is the shared sound.

    What was said over two devices is in them as the session heard it; `path` begins at `begins_ms` of its clock.
    Copies, which begin with `name`, are deleted at the end of the context. Raises OSError, and what `alive` raises.
    """
    stretches = Stretches.of(session)
    if stretches.is_empty and not session.has_shared:
        yield [(path, False)]
        return
    files = [(copies_folder() / f"{name}-{int(shared)}", shared) for shared in (False, True)]
    try:
        copies_folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        if stretches.is_empty:
            for copy, shared in files:
                write_channel(path, copy, alive, shared=shared)
        else:
            (own, _), (apart, _) = files
            write_heard(path, own, apart, alive, stretches=stretches, begins_ms=begins_ms)
        yield files if stretches.has_shared else files[:1]
    finally:
        for copy, _ in files:
            copy.unlink(missing_ok=True)


def write_channel(source: Path, target: Path, alive: Callable[[], None], *, shared: bool) -> None:
    """Writes one channel of a recording as a file of its own, on the same clock: the shared sound or the microphone.

    The shared sound is silent where nothing was shared. `alive` is called again and again. Raises OSError.
    """
    writer, channel = OpusWriter(target), _Channel(int(shared))
    end = 0
    try:
        for payload, at, ticks in packets(str(source)):
            alive()
            missing = max(0, at - end)
            end = at + ticks
            sound = None if shared and not is_stereo(payload) else channel.decode(payload)
            if sound is None:
                missing += ticks
            if missing:
                for rest in channel.flush():
                    writer.write(rest)
                writer.write(missing // _TICKS_A_SAMPLE)
            for piece in sound or ():
                writer.write(piece)
        for rest in channel.flush():
            writer.write(rest)
    finally:
        writer.close()


class _Channel:
    """Decodes packets to the samples of one of two channels."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._codec = av.AudioCodecContext.create("libopus", "r")
        self._codec.format, self._codec.layout, self._codec.sample_rate = "s16", "stereo", TICK_RATE
        self._resampler = _resampler()

    def decode(self, payload: bytes) -> list[Samples] | None:
        """The samples that are complete, int16 of shape (n,); None if the packet cannot be decoded."""
        try:
            frames = self._codec.decode(av.Packet(payload))
        except (av.FFmpegError, ValueError):
            return None
        found: list[Samples] = []
        for frame in frames:
            frame.pts = None
            found += map(self._samples, self._resampler.resample(frame))
        return found

    def flush(self) -> list[Samples]:
        """The samples that were held back. Packets may follow."""
        resampler, self._resampler = self._resampler, _resampler()
        return [self._samples(frame) for frame in resampler.resample(None)]

    def _samples(self, frame: av.AudioFrame) -> Samples:
        return np.asarray(frame.to_ndarray(), np.int16).reshape(-1, 2)[:, self._number]


def _resampler() -> av.AudioResampler:
    return av.AudioResampler(format="s16", layout="stereo", rate=SAMPLE_RATE)
