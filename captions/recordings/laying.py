"""Lays the sound of a session on its clock: what workers recorded and, where that has holes, what a page delivered."""

from collections.abc import Iterable, Iterator
from itertools import chain

from ..audio.ogg import packets
from ..audio.silence import TICK_RATE, is_silence
from ..models import Recording
from .parts import SoundPart

Packet = tuple[bytes, int, int]
"""The payload, its position on the session's clock, and its length, both in 1/48000 s."""

# As exact as OggOpusFile places packets.
_TOLERANCE = TICK_RATE // 100
_END = (b"", 1 << 62, 0)


def laid(recording: Recording | None, parts: Iterable[SoundPart]) -> Iterator[Packet]:
    """The packets of a recording and of parts, in order of time."""
    parts = list(parts)
    recorded = chain(_recording(recording), _parts(part for part in parts if not part.is_late))
    late = [part for part in parts if part.is_late]
    return _filled(recorded, _parts(late)) if late else recorded


def _recording(recording: Recording | None) -> Iterator[Packet]:
    if recording is not None:
        with recording.file.open("rb") as file:
            yield from packets(file)


def _parts(parts: Iterable[SoundPart]) -> Iterator[Packet]:
    for part in parts:
        for payload, at, ticks in packets(str(part.path)):
            yield payload, part.start + at, ticks


def _filled(recorded: Iterator[Packet], late: Iterator[Packet]) -> Iterator[Packet]:
    """The recorded packets, with late ones in the holes between them: a hole was filled with silence when it was
    recorded.
    """
    end = 0
    waiting = next(late, None)
    for packet in chain((each for each in recorded if not is_silence(each[0])), [_END]):
        while waiting is not None and waiting[1] + waiting[2] <= packet[1] + _TOLERANCE:
            if waiting[1] >= end - _TOLERANCE:
                yield waiting
                end = waiting[1] + waiting[2]
            waiting = next(late, None)
        if packet is not _END:
            yield packet
            end = max(end, packet[1] + packet[2])
